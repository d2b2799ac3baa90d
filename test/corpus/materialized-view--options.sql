create table t (a int, b text); insert into t values (1, 'x');
create materialized view m with (fillfactor = 70, toast.autovacuum_enabled = off) as select a, b from t;
create materialized view "Not Populated" as select a from t with no data;
create materialized view chained as select m.a, count(*) as n from m group by m.a;
create materialized view again as select * from chained;
alter materialized view m alter column b set storage external;
comment on materialized view m is 'm'; comment on column m.a is 'a';
create view over_m as select * from m;
