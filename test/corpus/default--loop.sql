-- A default that calls a function which takes the table's row type.
create table t (a int, b int);
create function first_a(t) returns int language sql stable as $$ select 1 $$;
alter table t alter column b set default first_a(row(1, 2)::t);
insert into t (a) values (1);
