do $$ begin create role pgark_corpus_owner; exception when duplicate_object or unique_violation then null; end $$;
create schema s authorization pgark_corpus_owner;
create table s.t (id serial primary key, g int generated always as identity, a text); alter table s.t owner to pgark_corpus_owner;
insert into s.t (a) values ('x');
create view s.v as select * from s.t; alter view s.v owner to pgark_corpus_owner;
create materialized view s.m as select * from s.t; alter materialized view s.m owner to pgark_corpus_owner;
create sequence s.q; alter sequence s.q owner to pgark_corpus_owner;
create statistics s.st on id, a from s.t; alter statistics s.st owner to pgark_corpus_owner;
create table s.p (a int) partition by list (a); create table s.p1 partition of s.p for values in (1); alter table s.p owner to pgark_corpus_owner;
