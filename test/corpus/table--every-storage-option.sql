-- Storage options of the table and of its toast table, integers, reals and booleans, and an option that was reset.
create table t (a int, b text) with (fillfactor = 40, autovacuum_enabled = false, autovacuum_vacuum_scale_factor = 0.05, autovacuum_freeze_min_age = 7, parallel_workers = 3, toast_tuple_target = 500, user_catalog_table = true,
  toast.autovacuum_enabled = false, toast.vacuum_index_cleanup = 'off', toast.autovacuum_vacuum_threshold = 11, log_autovacuum_min_duration = -1, vacuum_truncate = false);
create table reset (a text) with (fillfactor = 50, toast.autovacuum_enabled = true); alter table reset reset (fillfactor), reset (toast.autovacuum_enabled);
create table half (a text) with (fillfactor = 50, parallel_workers = 1); alter table half reset (fillfactor);
insert into t values (1, 'x');
