-- requires: 17
do $$ begin create role pgark_corpus_keeper; exception when duplicate_object or unique_violation then null; end $$;
create table t (a int);
create table kept (a int);
grant select, maintain on t to pgark_corpus_keeper;
grant maintain on kept to pgark_corpus_keeper with grant option;
alter default privileges grant insert, maintain on tables to pgark_corpus_keeper;
