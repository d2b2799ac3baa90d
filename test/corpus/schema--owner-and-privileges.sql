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
create schema app authorization pgark_corpus_owner;
grant usage on schema app to pgark_corpus_reader;
grant create, usage on schema app to "pgark_corpus_Odd "" =/ role" with grant option;
create schema shut;
revoke all on schema shut from current_user;
