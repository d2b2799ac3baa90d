-- requires: 17
-- Until 16 a multirange stays with whoever made it, when its range is given to another.
do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
create schema r;
grant all on schema r to pgark_corpus_owner;
set session authorization pgark_corpus_owner;
create type r.anothers as range (subtype = float8, subtype_diff = float8mi);
revoke execute on function r.anothers(float8, float8) from public;
reset session authorization;
