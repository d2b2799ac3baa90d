-- Expressions, strings with backslashes and quotes, typed nulls, functions of the schema.
create schema s;
create function s.next_code() returns text language sql as $$ select 'x'::text $$;
create table s.t (
  id int default 1 + 2, a text default 'it''s', b text default E'tab\tback\\slash', c varchar(10) default null, d timestamptz default now(),
  e text default s.next_code(), f int[] default '{1,2,3}', g jsonb default '{"a": [1]}', h boolean default (not false), i date default current_date - 1, j interval default '1 day 02:00',
  k text default $q$dollar$q$);
insert into s.t (id) values (1);
