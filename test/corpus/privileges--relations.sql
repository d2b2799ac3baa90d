do $$ begin create role pgark_corpus_reader; exception when duplicate_object or unique_violation then null; end $$;
create table t (a int, b text, c int); insert into t values (1, 'x', 2);
grant select (a, b), update (b) on t to pgark_corpus_reader;
grant insert on t to public;
revoke all on t from postgres; grant select, update on t to postgres with grant option;
create view v as select a, b from t; grant select (a) on v to pgark_corpus_reader; grant select on v to public;
create sequence s; grant usage on sequence s to pgark_corpus_reader;
create materialized view m as select 1 as x; grant all on m to pgark_corpus_reader;
create table none (a int); revoke all on none from postgres;
