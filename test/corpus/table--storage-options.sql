-- Statistics targets, storage, n_distinct, fillfactor, TOAST options.
create table t (a text, b text, c int, d bytea) with (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false, toast.autovacuum_vacuum_cost_delay = 1.5);
alter table t alter column a set statistics 500, alter column b set storage external, alter column d set storage plain,
  alter column c set (n_distinct = -0.5, n_distinct_inherited = 100), alter column c set statistics 0;
insert into t values ('a', 'b', 1, '\x00');
