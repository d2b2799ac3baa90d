do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
create table before_rule (id int);
alter default privileges grant select on tables to pgark_corpus_reader;
create table after_rule (id int);
revoke all on table after_rule from pgark_corpus_reader;
insert into before_rule values (1);
