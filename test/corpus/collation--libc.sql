do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
create collation c_copy from "C";
create collation split (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX');
alter collation split owner to pgark_corpus_owner;
comment on collation c_copy is 'a copy';
create table t (a text collate c_copy, b text collate split);
insert into t values ('x', 'y');
