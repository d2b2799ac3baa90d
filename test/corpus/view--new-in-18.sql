-- requires: 18
create table t (id uuid default uuidv7() primary key, tags int[], name text collate "pg_unicode_fast", check (array_sort(tags) is not null or tags is null)) with (autovacuum_vacuum_max_threshold = 100, fillfactor = 70);
create view v as select casefold(name) as folded, crc32(name::bytea) as sum, array_reverse(tags) as back from t;
create function touch() returns setof text begin atomic update t set name = 'x' returning old.name; end;
create table parent (a int, b uuid) partition by list (a);
create table part partition of parent for values in (1);
insert into parent values (1, '00000000-0000-0000-0000-000000000001');
alter table parent add constraint later foreign key (b) references t (id) not valid;
insert into t (id, tags) values ('00000000-0000-0000-0000-000000000002', '{2,1}');
