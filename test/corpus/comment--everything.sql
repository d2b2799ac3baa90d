create table t (a int primary key, b text constraint b_ok check (b <> ''), c int references t);
comment on table t is 'it''s a table with a \ backslash';
comment on column t.b is 'two
lines'; comment on constraint b_ok on t is 'ok'; comment on constraint t_c_fkey on t is 'self'; comment on constraint t_pkey on t is 'key';
create index i on t (b); comment on index i is 'index';
insert into t values (1, 'x', 1);
