do $$ begin create role pgark_corpus_owner; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role pgark_corpus_reader; exception when duplicate_object or unique_violation then null; end $$;
select lo_create(4000), lo_create(2147483648), lo_create(4294967295), lo_from_bytea(3000000000, ''), lo_from_bytea(50, decode(repeat('00ff', 5000), 'hex'));
comment on large object 4294967295 is 'the last'; comment on large object 50 is 'low number';
alter large object 2147483648 owner to pgark_corpus_owner; grant all on large object 2147483648 to public;
grant select on large object 50 to pgark_corpus_reader with grant option; revoke all on large object 4000 from postgres;
