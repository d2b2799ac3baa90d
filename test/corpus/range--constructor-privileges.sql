-- Privileges of the functions that come with a range type.
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_writer;
exception when duplicate_object or unique_violation then null;
end $$;
create schema r;
grant all on schema r to pgark_corpus_reader;
create type r.by_hand as range (subtype = int4);
revoke execute on function r.by_hand(int4, int4) from public;
grant execute on function r.by_hand(int4, int4) to pgark_corpus_reader with grant option;
grant execute on function r.by_hand(int4, int4, text) to pgark_corpus_writer;
set session authorization pgark_corpus_reader;
grant execute on function r.by_hand(int4, int4) to pgark_corpus_writer;
reset session authorization;
alter default privileges revoke execute on functions from public;
create type r."By Default" as range (subtype = text);
alter default privileges grant execute on functions to public;
create type r.untouched as range (subtype = numeric);
create table r.t (a r.by_hand default r.by_hand(1, 2));
insert into r.t default values;
