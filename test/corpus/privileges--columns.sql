do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_writer;
exception when duplicate_object or unique_violation then null;
end $$;
create table t (id int, "Odd Name" text, note text);
grant select (id, "Odd Name"), update (note) on t to pgark_corpus_reader;
grant insert (id) on t to pgark_corpus_writer with grant option;
grant all (note) on t to pgark_corpus_writer;
grant select on t to pgark_corpus_writer;
insert into t values (1, 'a', 'b');
