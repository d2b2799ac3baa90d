-- Views that are on loops: through a function, through a rule, through each other.
create table t (id int primary key, a int);
create view v1 as select 1 as a, 'x'::text as b;
create function takes(v1) returns int language sql as 'select 1';
create or replace view v1 as select a, takes(row(a, 'x')::v1)::text as b from t;
alter view v1 set (security_barrier = true);
comment on view v1 is 'a loop'; comment on column v1.b is 'half of it';
alter view v1 alter column a set default 3;
create view v2 as select 1 as a; create view v3 as select a from v2; create or replace view v2 as select a from t where a in (1, 2);
create view writable as select id, a from t group by id;
create rule w as on update to writable do instead update t set a = new.a where id = old.id;
create rule wv as on insert to v2 do instead insert into t values (1, new.a);
