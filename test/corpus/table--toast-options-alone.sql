-- Only the toast table has options; a materialized view's too.
create table t (a text) with (toast.autovacuum_vacuum_cost_delay = 1.5); create table without (a int); alter table without set (toast.autovacuum_enabled = false);
create materialized view m with (toast.autovacuum_enabled = false, fillfactor = 60) as select 'x'::text as x;
