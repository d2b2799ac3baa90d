-- A table of a type whose attributes were dropped, with constraints, defaults, privileges and its own storage.
do $$ begin create role pgark_corpus_reader; exception when duplicate_object or unique_violation then null; end $$;
create type kind as (a int, gone text, b text, c numeric(5,2));
create table t of kind (a with options default 7, b default 'x', unique (b), primary key (a), constraint c_positive check (c > 0)) with (fillfactor = 80);
alter type kind drop attribute gone cascade;
alter type kind add attribute d date cascade;
alter table t alter column b set storage external;
grant select (b) on t to pgark_corpus_reader;
comment on column t.d is 'a day';
create table part of kind partition by list (a);
create table part1 partition of part for values in (1);
create table later (a int, b text, c numeric(5,2), d date);
alter table later of kind;
insert into t (b, c) values ('y', 1);
