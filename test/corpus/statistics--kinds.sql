create schema s; create table t (a int, b int, c text); insert into t select i, i % 3, i::text from generate_series(1, 50) i;
create statistics st1 on a, b from t;
create statistics s."St 2" (dependencies, mcv) on b, c from t;
alter statistics st1 set statistics 42;
comment on statistics st1 is 'one';
