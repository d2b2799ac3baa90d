do $$ begin create role pgark_corpus_super superuser; exception when duplicate_object or unique_violation then null; end $$;
create table t (a int primary key);
create subscription plain connection 'dbname=nowhere' publication pub with (connect = false);
create subscription "Odd;-- ""one""" connection E'host=''h h'' password=''it\\''s = a\\\\secret'' dbname=x' publication "P ""1""", p2, "a,b" with (connect = false, slot_name = 'odd_slot');
create subscription no_slot connection 'dbname=nowhere' publication pub with (connect = false, slot_name = none);
create subscription sync connection 'dbname=nowhere' publication pub with (connect = false, synchronous_commit = 'remote_apply');
comment on subscription plain is E'plain\n;';
alter subscription no_slot owner to pgark_corpus_super;
