do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
revoke usage on schema public from public;
grant create on schema public to pgark_corpus_reader;
