create table t (a int, b text); insert into t values (1, 'x');
create view v1 as select * from t;
create view v2 with (security_barrier) as select a from t where a > 0;
create view v3 with (security_barrier = false) as select a, b from t where a > 0 with local check option;
create view v4 as select a, b from t where a > 0 with cascaded check option;
create view v5 ("Other Name", b) as select a, b from t;
create recursive view r (n) as values (1) union all select n + 1 from r where n < 5;
create view empty as select;
comment on view v1 is 'one'; comment on column v1.a is 'a of one';
