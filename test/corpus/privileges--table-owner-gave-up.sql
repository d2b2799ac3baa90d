do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
create table t (id int, note text);
alter table t owner to pgark_corpus_owner;
revoke insert, update, delete on t from pgark_corpus_owner;
grant select on t to pgark_corpus_reader;
insert into t values (1, 'read only now');
create table none (id int);
revoke all on none from current_user;
