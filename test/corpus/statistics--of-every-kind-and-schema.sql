-- requires: 14
-- Extended statistics: each kind, expressions alone and with columns, another schema, a target, an owner, on a partitioned table and a materialized view.
do $$ begin create role pgark_corpus_counter; exception when duplicate_object or unique_violation then null; end $$;
create schema s; create table t (gone int, a int, b int, c text); alter table t drop column gone; create statistics d (dependencies) on a, b from t; create statistics s.n (ndistinct) on b, c from t; create statistics m (mcv) on a, c from t; create statistics e on (a + b) from t;
create statistics x (mcv, ndistinct) on a, (lower(c)), (b % 2) from t; alter statistics m set statistics 77; alter statistics e set statistics 0; comment on statistics s.n is 'n'; alter statistics d owner to pgark_corpus_counter; create table p (a int, b int) partition by list (a); create statistics on_p on a, b from p;
create materialized view mv as select 1 as one, 2 as two; create statistics on_mv on one, two from mv; insert into t values (1, 2, 'x');
