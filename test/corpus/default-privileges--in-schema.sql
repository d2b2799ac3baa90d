do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role "pgark_corpus_Odd "" =/ role";
exception when duplicate_object or unique_violation then null;
end $$;
create schema app;
alter default privileges for role pgark_corpus_owner in schema app grant all on tables to pgark_corpus_reader;
alter default privileges for role pgark_corpus_owner in schema app grant execute on functions to public;
alter default privileges for role pgark_corpus_owner in schema app grant select, update on sequences to "pgark_corpus_Odd "" =/ role" with grant option;
alter default privileges for role pgark_corpus_owner in schema app grant usage on types to pgark_corpus_reader;
