do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_writer;
exception when duplicate_object or unique_violation then null;
end $$;
create table t (id int);
alter table t owner to pgark_corpus_owner;
grant select, insert on t to pgark_corpus_reader with grant option;
set session authorization pgark_corpus_reader;
grant select on t to pgark_corpus_writer with grant option;
set session authorization pgark_corpus_writer;
grant select on t to public;
reset session authorization;
insert into t values (1);
