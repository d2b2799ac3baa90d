-- What the server prints otherwise than it was written, and reads otherwise again: casts of arrays, columns without names.
create type mood as enum ('sad', 'ok');
create table ticket (
  id int primary key,
  state varchar(20) not null default 'new' check (state in ('new', 'it''s (ARRAY[''done''])::text[]', E'back\\slash')),
  code varchar(5)[] default array['a', 'b']::varchar(5)[],
  word text check (word = any (array['x'::varchar(3), 'y'::varchar(3)])),
  flag char(1) check (flag in ('y', 'n')),
  feeling mood check (feeling in ('sad', 'ok')),
  at timestamp check (at not in ('2020-01-01 00:00', '2021-01-01 00:00')),
  open boolean generated always as (state in ('new', 'seen')) stored
);
create index ticket_open on ticket (id) where state in ('new', 'seen');
create index ticket_rank on ticket ((case when state in ('new', 'seen') then 1 else 2 end));
create domain state as varchar(20) check (value in ('new', 'seen'));
create view tickets as
  select id, state, state in ('new', 'seen') as active, (array['a', 'b']::varchar[])::text[] as letters from ticket
  union all
  select 0, 'none', null, null where exists (select null, 'x' from ticket where id in (select 1 union select null));
create materialized view counted as
  select state, count(*) as number from ticket where state in ('new', 'seen') group by state union select 'all', null;
create table refused (id int, state varchar(20));
create rule refused as on insert to ticket where new.state in ('old', 'older') do also
  insert into refused select new.id, r.state from (select 'new'::varchar as state union select null) r where r.state in ('a', 'b');
create function noted() returns trigger language plpgsql as $$ begin perform (array['a'::varchar, 'b'])::text[]; return new; end $$;
create trigger noted before update on ticket for each row when (new.state in ('new', 'seen')) execute function noted();
alter table ticket enable row level security;
create policy partly on ticket using (state in ('new', 'seen')) with check (state not in ('old', 'older'));
insert into ticket (id, state) values (1, 'new'), (2, E'back\\slash');
