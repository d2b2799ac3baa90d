do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
alter default privileges for role pgark_corpus_owner revoke all on tables from pgark_corpus_owner;
