-- requires: 15
create table t (a int); insert into t values (1);
create view v with (security_invoker = true, security_barrier) as select a from t;
