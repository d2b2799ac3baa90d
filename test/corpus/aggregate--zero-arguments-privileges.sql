do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
create aggregate my_count(*) (sfunc = int8inc, stype = int8, initcond = '0');
alter aggregate my_count(*) owner to pgark_corpus_owner;
revoke all on function my_count() from public;
grant execute on function my_count() to pgark_corpus_reader;
