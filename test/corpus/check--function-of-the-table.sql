-- A check that calls a function on the table's own row type: a loop that only a separate constraint solves.
create table t (a int, b int);
create function is_fine(t) returns boolean language sql immutable as $$ select $1.a is not null $$;
alter table t add constraint fine check (is_fine(t));
comment on constraint fine on t is 'a loop';
insert into t values (1, 2);
