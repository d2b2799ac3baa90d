-- requires: 18
do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
alter default privileges for role pgark_corpus_owner grant select on large objects to pgark_corpus_reader;
