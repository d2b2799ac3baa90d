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
create function secret() returns int language sql security definer as 'select 1';
alter function secret() owner to pgark_corpus_owner;
revoke all on function secret() from public;
grant execute on function secret() to pgark_corpus_reader with grant option;
set session authorization pgark_corpus_reader;
grant execute on function secret() to pgark_corpus_writer;
reset session authorization;
create function nobody() returns int language sql as 'select 1';
revoke all on function nobody() from public, current_user;
