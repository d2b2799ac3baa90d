do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
create table log (t text);
create procedure note(in t text, inout n int default 3) language plpgsql as $$ begin insert into log values (t); end $$;
alter procedure note owner to pgark_corpus_owner;
revoke execute on procedure note from public;
grant execute on procedure note to pgark_corpus_reader with grant option;
comment on procedure note is 'a procedure';
insert into log values ('x');
