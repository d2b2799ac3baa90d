create schema s;
create function s.twice(int) returns int language sql immutable as $$ select $1 * 2 $$;
create table s.t (a int, b int generated always as (s.twice(a)) stored);
insert into s.t (a) values (3);
