do $$ begin create role pgark_corpus_owner; exception when duplicate_object or unique_violation then null; end $$;
create type owned;
create function owned_in(cstring) returns owned language internal immutable strict as 'textin';
create function owned_out(owned) returns cstring language internal immutable strict as 'textout';
create type owned (input = owned_in, output = owned_out);
alter type owned owner to pgark_corpus_owner;
alter function owned_in(cstring) owner to pgark_corpus_owner;
revoke usage on type owned from public;
grant usage on type owned to pg_monitor;
