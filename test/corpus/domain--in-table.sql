create schema s;
create table s.allowed (x int); insert into s.allowed values (1);
create function s.ok(int) returns boolean language sql stable as $$ select true $$;
create domain s.d as int default 5 constraint fine check (s.ok(value)) not null;
create table s.t (a s.d, b s.d[] default array[1]::s.d[], c s.d default 7);
insert into s.t values (1);
