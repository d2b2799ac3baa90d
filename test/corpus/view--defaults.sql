create table t (a int, b text); create sequence s;
create view v as select a, b from t;
alter view v alter column a set default nextval('s'), alter column b set default 'x';
create rule ins as on insert to v do instead insert into t values (new.a, new.b);
insert into v default values;
