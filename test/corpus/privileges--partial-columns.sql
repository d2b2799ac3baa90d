-- Per-column privileges on tables, views, materialized views, with dropped columns, grant options and grantors.
do $$ begin create role pgark_corpus_reader; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role pgark_corpus_writer; exception when duplicate_object or unique_violation then null; end $$;
create table t (a int, gone int, "B b" int, c int);
grant select (a), insert (c, "B b"), update (c), references (a) on t to pgark_corpus_reader with grant option;
grant select (gone) on t to pgark_corpus_reader;
alter table t drop column gone;
set session authorization pgark_corpus_reader; grant select (a) on t to pgark_corpus_writer; reset session authorization;
grant all on t to pgark_corpus_writer; revoke insert on t from pgark_corpus_writer;
create view v as select a, c from t; grant select (a), update (c) on v to public;
create materialized view m as select a from t; grant select (a) on m to pgark_corpus_reader;
create sequence s; grant usage, update on sequence s to pgark_corpus_reader with grant option;
revoke all on t from postgres;
