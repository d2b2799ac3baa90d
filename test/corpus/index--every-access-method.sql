-- One index of each method, with its options.
create extension btree_gin; create table t (a int, b text, c point, d tsvector, e int[], f int4range, g inet);
create index on t using btree (a) with (fillfactor = 70, deduplicate_items = off); create index on t using hash (b) with (fillfactor = 80); create index on t using gist (c) with (buffering = on, fillfactor = 75);
create index on t using gin (d) with (fastupdate = off); create index on t using gin (e, a) with (gin_pending_list_limit = 128); create index on t using spgist (f) with (fillfactor = 60); create index on t using brin (a, g inet_inclusion_ops) with (pages_per_range = 4, autosummarize = on);
insert into t (a, b, e) values (1, 'x', '{1,2}');
