-- Every way a type is printed: modifiers, arrays, intervals, quoted names.
create schema t;
create type t."Mood" as enum ('sad', 'ok');
create domain t.positive as int check (value > 0);
create type t.pair as (a int, b text);
create table t.types (
  a smallint, b integer[], c bigint[][], d numeric(10,2), e numeric(5,0)[], f char, g char(5), h varchar, i varchar(40), j varchar(3)[],
  k "char", l bit(3), m bit varying(5), n time(3), o timetz, p timestamp(0), q timestamptz(6), r interval, s interval day to second(3), t interval year to month,
  u t."Mood", v t."Mood"[], w t.positive, x t.pair, y t.pair[], z text, aa name, ab json, ac jsonb, ad uuid, ae bytea, af inet, ag cidr, ah macaddr, ai point, aj box,
  ak tsvector, al tsquery, am int4range, an tstzrange[], ao xml, ap money, aq oid, ar regclass, as_ real, at double precision, au pg_lsn);
insert into t.types (a, b, d, u, v, w, x) values (1, '{1,2}', 1.50, 'ok', '{sad,ok}', 5, '(1,x)');
