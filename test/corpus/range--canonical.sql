create schema s;
create type s.days;
create function s.days_canonical(s.days) returns s.days language internal immutable strict as 'daterange_canonical';
create function s.days_apart(date, date) returns float8 language internal immutable strict as 'daterange_subdiff';
create type s.days as range (subtype = date, canonical = s.days_canonical, subtype_diff = s.days_apart);
comment on type s.days is 'canonical';
create table t (d s.days default '[2020-01-01,2020-01-05]', e s.days[], exclude using gist (d with &&));
insert into t values (default, '{"[2020-01-01,2020-01-05]"}');
create function f(s.days) returns date language sql as 'select upper($1)';
