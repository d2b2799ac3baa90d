do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
create type secret as enum ('a');
alter type secret owner to pgark_corpus_owner;
revoke usage on type secret from public;
grant usage on type secret to pgark_corpus_reader;
comment on type secret is 'an enum';
