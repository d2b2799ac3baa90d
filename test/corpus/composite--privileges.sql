do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
create type pair as (a int, b int);
revoke all on type pair from public;
grant usage on type pair to pgark_corpus_reader;
