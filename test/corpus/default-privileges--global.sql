do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
alter default privileges for role pgark_corpus_owner revoke execute on functions from public;
alter default privileges for role pgark_corpus_owner grant select on tables to pgark_corpus_reader;
alter default privileges for role pgark_corpus_owner grant usage, select on sequences to pgark_corpus_reader;
alter default privileges for role pgark_corpus_owner grant usage on schemas to pgark_corpus_reader with grant option;
alter default privileges for role pgark_corpus_owner revoke all on types from public;
