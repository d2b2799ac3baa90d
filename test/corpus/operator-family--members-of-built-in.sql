create type small as (n int);
create function cmp(int, small) returns int language sql immutable as 'select btint4cmp($1, $2.n)';
create function lt(int, small) returns bool language sql immutable as 'select $1 < $2.n';
create operator <# (leftarg = int, rightarg = small, function = lt);
alter operator family integer_ops using btree add operator 1 <# (int, small), function 1 (int, small) cmp(int, small);
create operator class mine for type small using btree family integer_ops as function 1 (small, small) cmp(int, small);
