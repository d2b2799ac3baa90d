-- A view whose query calls a function that takes the view's own row type.
create table t (a int, b text collate "C"); insert into t values (1, 'x');
create view v as select a, b from t;
create function of_v(v) returns int language sql as $$ select $1.a $$;
create or replace view v with (security_barrier) as select a, b from t where of_v(row(a, b)::v) > 0;
comment on view v is 'a loop'; comment on column v.a is 'a';
create view w as select * from v;
