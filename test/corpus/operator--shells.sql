do $$ begin create role pgark_corpus_owner; exception when duplicate_object or unique_violation then null; end $$;
create schema "s;hell";
create type mood as enum ('sad', 'ok');
create function f(int, mood) returns bool language sql immutable as 'select true';
create function g(mood) returns bool language sql immutable as 'select true';
-- Still named by the operator that made them.
create operator "s;hell".<<@ (leftarg = int, rightarg = mood, function = f, commutator = operator("s;hell".->>), negator = operator("s;hell".<#>));
comment on operator "s;hell".->> (mood, int) is 'a shell with a comment';
alter operator "s;hell".<#> (int, mood) owner to pgark_corpus_owner;
-- Left behind alone, with two operands and with one.
create operator <=!=> (leftarg = int, rightarg = mood, function = f, commutator = operator(public.>=!=<));
drop operator <=!=> (int, mood);
comment on operator >=!=< (mood, int) is 'alone';
create operator ~~! (rightarg = mood, function = g, negator = operator(public.~~@));
drop operator ~~! (none, mood);
alter operator ~~@ (none, mood) owner to pgark_corpus_owner;
