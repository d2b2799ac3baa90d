do $$ begin create role pgark_corpus_owner; exception when duplicate_object or unique_violation then null; end $$;
create schema "s;";
create type "s;".hours;
create function "s;".canonical("s;".hours) returns "s;".hours language internal immutable strict as 'numeric_uplus';
create type "s;".hours as range (subtype = timestamp, canonical = "s;".canonical, subtype_diff = tsrange_subdiff);
create or replace function "s;".canonical(given "s;".hours) returns "s;".hours language plpgsql immutable strict as $$
begin
  if isempty(given) or (lower_inc(given) and not upper_inc(given)) then return given; end if;
  return "s;".hours(lower(given) + case when lower_inc(given) then '0' else '1 hour' end::interval, upper(given) + case when upper_inc(given) then '1 hour' else '0' end::interval);
end $$;
comment on function "s;".canonical("s;".hours) is 'hour by hour';
alter function "s;".canonical("s;".hours) owner to pgark_corpus_owner;
grant usage on schema "s;" to public;
create domain "s;".a_day as "s;".hours default '[2020-01-01 00:00,2020-01-01 23:00]';
create table t (id int, a timestamp, b timestamp, h "s;".hours generated always as ("s;".hours(a, b, '[]')) stored, d "s;".a_day);
insert into t (id, a, b) values (1, '2020-01-01 01:00', '2020-01-01 03:00'), (2, '2020-01-02', '2020-01-03');
create index on t using gist (h);
