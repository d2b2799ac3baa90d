do $$ begin create role pgark_corpus_owner; exception when duplicate_object or unique_violation then null; end $$;
create schema "The ""Operators""; drop";
create function "The ""Operators""; drop"."same;
as"(int, text) returns bool language sql immutable as 'select $1::text = $2';
create operator "The ""Operators""; drop".=== (
  leftarg = int, rightarg = text, function = "The ""Operators""; drop"."same;
as", restrict = eqsel, join = eqjoinsel);
comment on operator "The ""Operators""; drop".=== (int, text) is 'the same
as; drop';
alter operator "The ""Operators""; drop".=== (int, text) owner to pgark_corpus_owner;
create function negative(int) returns int language sql immutable as 'select -$1';
create operator !!@ (rightarg = int, function = negative);
comment on operator !!@ (none, int) is 'in front';
create operator <-+*/<>=~!@#%^&|`? (leftarg = int, rightarg = int, function = int4eq);
create view v as select 1 operator("The ""Operators""; drop".===) '1' as a, !!@ 5 as b;
create table t (a int, b text, check (a operator("The ""Operators""; drop".===) b));
