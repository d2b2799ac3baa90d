create schema s; create function s.norm(text) returns text language sql immutable as $$ select lower($1) $$;
create table s.t (a text); create index on s.t (s.norm(a)); create unique index on s.t (a) where s.norm(a) <> '';
insert into s.t values ('A');
