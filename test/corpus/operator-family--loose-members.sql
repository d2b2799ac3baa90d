create schema s;
create type s.cents as (n int8);
create function s.cmp(s.cents, s.cents) returns int language sql immutable as 'select btint8cmp($1.n, $2.n)';
create function s.cmp(s.cents, int8) returns int language sql immutable as 'select btint8cmp($1.n, $2)';
create function s.lt(s.cents, s.cents) returns bool language sql immutable as 'select $1.n < $2.n';
create function s.lt(s.cents, int8) returns bool language sql immutable as 'select $1.n < $2';
create function s.gt(s.cents, s.cents) returns bool language sql immutable as 'select $1.n > $2.n';
create function s.gt(int8, s.cents) returns bool language sql immutable as 'select $1 > $2.n';
create operator s.<# (leftarg = s.cents, rightarg = s.cents, function = s.lt, commutator = operator(s.>#));
create operator s.># (leftarg = s.cents, rightarg = s.cents, function = s.gt, commutator = operator(s.<#));
create operator s.<## (leftarg = s.cents, rightarg = int8, function = s.lt, commutator = operator(s.>##));
create operator s.>## (leftarg = int8, rightarg = s.cents, function = s.gt, commutator = operator(s.<##));
create operator family s."fam;ily" using btree;
-- Before the class: loose. After it the server takes those of the class's type for the class's own.
alter operator family s."fam;ily" using btree add operator 1 s.<# (s.cents, s.cents);
create operator class s.cents_ops for type s.cents using btree family s."fam;ily" as function 1 s.cmp(s.cents, s.cents);
alter operator family s."fam;ily" using btree add operator 5 s.># (s.cents, s.cents);
alter operator family s."fam;ily" using btree add
  operator 1 s.<## (s.cents, int8), operator 5 s.>## (int8, s.cents), function 1 (s.cents, int8) s.cmp(s.cents, int8);
create table t (a s.cents);
create index on t (a s.cents_ops);
