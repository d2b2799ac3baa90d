-- Expressions, collations, operator classes with options, order, nulls, include, where, statistics on an expression.
create table t (gone int, a text, b int, c jsonb, d text[]); alter table t drop column gone;
create index "all of it" on t (lower(a) collate "C" text_pattern_ops desc nulls first, (b + 1) asc nulls last, b desc) include (a, c) where b > 0 and a is not null; create unique index one on t ((1)) where a = 'one';
create index on t ((c ->> 'k')); create index with_options on t using gist (to_tsvector('simple', a) tsvector_ops (siglen = 32)); create index paths on t using gin (c jsonb_path_ops);
alter index "all of it" alter column 2 set statistics 333; alter index "all of it" alter column 1 set statistics 0; comment on index "all of it" is 'everything'; create index on t ((t is null)); create index on t (coalesce(d, '{}'));
insert into t values ('x', 1, '{"k": 1}', '{}');
