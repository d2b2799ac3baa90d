do $$ begin create role pgark_corpus_owner; exception when duplicate_object or unique_violation then null; end $$;
create schema s;
create type s."never
completed";
create type s.with_function;
create function s.reads(cstring) returns s.with_function language internal immutable strict as 'textin';
comment on type s.with_function is 'only a name yet';
alter type s.with_function owner to pgark_corpus_owner;
