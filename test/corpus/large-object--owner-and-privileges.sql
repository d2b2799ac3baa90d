do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
select lo_from_bytea(770001, '\xdeadbeef00ff');
select lo_create(770002);
alter large object 770001 owner to pgark_corpus_owner;
grant select on large object 770001 to pgark_corpus_reader;
comment on large object 770001 is 'four bytes and more';
create table refs (id int, content oid);
insert into refs values (1, 770001), (2, 770002);
