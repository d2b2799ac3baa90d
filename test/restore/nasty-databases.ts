/** Small databases, each full of one sort of trouble for rows that meet others. */

export interface NastyDatabase {
  readonly name: string;
  /** The first major that has it. */
  readonly since: number;
  readonly sql: string;
}

export const NASTY: readonly NastyDatabase[] = [
  {
    name: "quoted names and odd keys",
    since: 13,
    sql: `
      create schema "My ""S""";
      create table "My ""S"""."A.b" ("Id" uuid primary key, "sel ect" text not null, "ctid'x" int, unique ("sel ect"));
      create table "My ""S"""."C" ("a b" text, "s" int, "t" date, "source" text, primary key ("a b", "s", "t"));
      create table "My ""S"""."D" ("A" uuid references "My ""S"""."A.b" on delete set null, "x""y" text, r int, s text, t text, o int, primary key (s));
      insert into "My ""S"""."A.b" select md5(n::text)::uuid, 'v' || n, n from generate_series(1, 40) n;
      insert into "My ""S"""."C" select 'k' || n % 5, n, date '2024-01-01' + n, 'Ä''"\\,' || n from generate_series(1, 40) n;
      insert into "My ""S"""."D" select case when n % 3 > 0 then md5(n::text)::uuid end, E'\\t\\n\\\\N' || n, n, 's' || n, null, n from generate_series(1, 40) n;`,
  },
  {
    name: "several unique keys that hang together",
    since: 13,
    sql: `
      create table users (id bigint primary key, email text unique, name text not null, slot int, deleted boolean not null default false, rank int, constraint rank_once unique (rank) deferrable initially immediate);
      create unique index users_live on users (lower(name)) where not deleted;
      create unique index users_slot on users (slot, coalesce(rank, -id));
      insert into users select n, 'u' || n || '@x', case when n % 2 = 0 then 'Name' || n else 'name' || n end, n % 7, n % 11 = 0, case when n % 4 > 0 then n end from generate_series(1, 80) n;
      create table only_unique (a int, b text, v text, constraint z unique (a), constraint y unique (b));
      insert into only_unique select case when n % 5 > 0 then n end, case when n % 7 > 0 then 'b' || n end, 'v' || n % 3 from generate_series(1, 50) n;
      create table two_strict (a int not null unique, b int not null unique, c text);
      insert into two_strict select n, 100 - n, 'c' from generate_series(1, 30) n;`,
  },
  {
    name: "nulls not distinct",
    since: 15,
    sql: `
      create table n1 (a int, b int, v text, unique nulls not distinct (a, b));
      insert into n1 select n % 6, case when n % 4 > 0 then n end, 'v' from generate_series(1, 30) n on conflict do nothing;
      create table n2 (id int primary key, a int, b text, unique nulls not distinct (a), unique nulls not distinct (b) deferrable initially deferred);
      insert into n2 select n, nullif(n, 7), nullif('b' || n, 'b9') from generate_series(1, 30) n;
      create unique index on n2 (b, a) nulls not distinct where id > 3;`,
  },
  {
    name: "exclusion constraints and ranges",
    since: 13,
    sql: `
      create extension btree_gist;
      create table room (id int primary key, room text, during tstzrange, constraint no_overlap exclude using gist (room with =, during with &&));
      insert into room select n, 'r' || n % 4, tstzrange(timestamptz '2024-01-01' + n * interval '1 hour', timestamptz '2024-01-01' + (n + 3) * interval '1 hour') from generate_series(1, 60) n;
      create table seat (id int primary key, seat int, taken boolean, at int4range, exclude using gist (seat with =, at with &&) where (taken) deferrable initially deferred);
      insert into seat select n, n % 5, n % 3 > 0, int4range(n, n + 4) from generate_series(1, 60) n;
      create table spot (p point, c circle, note text, exclude using gist (c with &&));
      insert into spot select point(n, n), circle(point(n * 10, 0), 3), 'n' from generate_series(1, 30) n;`,
  },
  {
    name: "inheritance",
    since: 13,
    sql: `
      create table base (id int primary key, note text, price numeric(10, 2) check (price >= 0));
      create table heir (extra int unique) inherits (base);
      alter table heir add primary key (id);
      create table grandheir (more json) inherits (heir);
      insert into base select n, 'base', n from generate_series(1, 30) n;
      insert into heir select n, 'heir', n, n from generate_series(20, 50) n;
      insert into grandheir select n, 'grand', n, n, json_build_object('a', n) from generate_series(1, 20) n;
      insert into grandheir select n, 'grand', n, n, json_build_object('a', n) from generate_series(1, 10) n;
      create table to_base (id int primary key, b int references base);
      insert into to_base select n, n from generate_series(1, 30) n;`,
  },
  {
    name: "trees and loops of foreign keys",
    since: 13,
    sql: `
      create table node (id int primary key, parent int references node on delete cascade, label text unique, path text);
      insert into node select n, case when n > 1 then n - 1 - n % 2 * (n > 2)::int end, 'l' || n, repeat('x', n) from generate_series(1, 60) n;
      create table a (id int primary key, b int, v text);
      create table b (id int primary key, a int references a, v text);
      alter table a add constraint to_b foreign key (b) references b;
      insert into a select n, null, 'v' from generate_series(1, 40) n;
      insert into b select n, n, 'v' from generate_series(1, 40) n;
      update a set b = 41 - id where id % 3 > 0;
      create table c (id int primary key, d int not null, v text);
      create table d (id int primary key, c int not null references c deferrable initially deferred, v text);
      alter table c add constraint to_d foreign key (d) references d deferrable initially deferred;
      begin; insert into c select n, n, 'v' from generate_series(1, 40) n; insert into d select n, n, 'v' from generate_series(1, 40) n; commit;
      create table leaf (id int primary key, node int references node on delete set null, a int references a on delete cascade, d int references d, unique (node, a));
      insert into leaf select n, n, n % 40 + 1, n % 40 + 1 from generate_series(1, 60) n;
      create table soft (id int primary key default 0, node int not null default 1 references node on delete set default);
      insert into soft select n, n from generate_series(1, 30) n;`,
  },
  {
    name: "references to other keys than the primary one",
    since: 13,
    sql: `
      create table country (id int primary key, code char(2) unique not null, name text, unique (code, name));
      insert into country select n, chr(65 + n / 26) || chr(65 + n % 26), 'n' || n % 4 from generate_series(1, 40) n;
      create table city (id int primary key, country char(2) references country (code) on update cascade, name text);
      insert into city select n, (select code from country where id = n % 40 + 1), 'c' || n from generate_series(1, 60) n;
      create table both_of (id int primary key, code char(2), name text, foreign key (code, name) references country (code, name) match full);
      insert into both_of select n, case when n % 3 > 0 then (select code from country where id = n) end, case when n % 3 > 0 then (select name from country where id = n) end from generate_series(1, 30) n;
      create table up (id int primary key, up text unique, of text references up (up));
      insert into up select n, 'u' || n, case when n > 1 then 'u' || n / 2 end from generate_series(1, 40) n;`,
  },
  {
    name: "partitions of every sort",
    since: 13,
    sql: `
      create table ev (id int, at date, kind text, v text, primary key (id, at, kind)) partition by range (at);
      create table ev_1 partition of ev for values from ('2024-01-01') to ('2024-02-01');
      create table ev_2 partition of ev for values from ('2024-02-01') to ('2024-04-01') partition by list (kind);
      create table ev_2a partition of ev_2 for values in ('a');
      create table ev_2x partition of ev_2 default;
      insert into ev select n, date '2024-01-01' + n % 90, chr(97 + n % 3), 'v' || n from generate_series(1, 120) n;
      alter table ev_1 add constraint ev_1_v unique (v);
      create table h (k text, n int, v text, unique (k, n)) partition by hash (k);
      create table h0 partition of h for values with (modulus 2, remainder 0);
      create table h1 partition of h for values with (modulus 2, remainder 1);
      insert into h select 'k' || n % 20, nullif(n, 5), 'v' from generate_series(1, 60) n;
      create table nokey (a int, b text) partition by list (a);
      create table nokey_1 partition of nokey for values in (1, null);
      create table nokey_rest partition of nokey default;
      insert into nokey select nullif(n % 4, 3), 'b' || n % 5 from generate_series(1, 80) n;
      create table follower (id int primary key, ev int, at date, kind text, foreign key (ev, at, kind) references ev);
      insert into follower select n, n, date '2024-01-01' + n % 90, chr(97 + n % 3) from generate_series(1, 60) n;`,
  },
  {
    name: "identity, generated columns, domains, enums",
    since: 13,
    sql: `
      create type mood as enum ('sad', 'ok', 'happy');
      create domain pos as int check (value > 0);
      create domain mail as text not null check (value ~ '@');
      create type pair as (a int, b text);
      create table i1 (id int generated always as identity primary key, v text, m mood, p pos, twice int generated always as (p * 2) stored unique);
      insert into i1 (v, m, p) select 'v', (enum_range(null::mood))[n % 3 + 1], n from generate_series(1, 40) n;
      create table i2 (id int generated always as identity, code text primary key, v text);
      insert into i2 (code, v) select 'c' || n, 'v' from generate_series(1, 40) n;
      create table i3 (id bigserial primary key, mail mail, pairs pair[], m mood[] check (cardinality(m) < 3));
      insert into i3 (mail, pairs, m) select 'a' || n || '@b', array[row(n, 'x')::pair], array['ok']::mood[] from generate_series(1, 40) n;
      create table i4 (id int generated by default as identity, v int, check (v <> 13), constraint v_of_id check (v < 1000 or id > 0));
      insert into i4 (v) select n % 9 from generate_series(1, 40) n;`,
  },
  {
    name: "types without an equality",
    since: 13,
    sql: `
      create table odd (id int primary key, j json, x xml, p point, pg polygon, b bytea, f float8, n numeric, t timestamptz, i interval, bits varbit, jb jsonb, ch char(5), arr text[], tsv tsvector);
      insert into odd select n, ('{"a": ' || n || '}')::json, xmlparse(content '<a>' || n || '</a>'), point(n, n), polygon(box(point(0, 0), point(n, n))), decode(md5(n::text), 'hex'),
        case n % 5 when 0 then float8 'NaN' when 1 then '-0' when 2 then 'Infinity' else n / 3.0 end, (n || '.50')::numeric, timestamptz '2024-01-01 00:00+00' + n * interval '1 s', n * interval '1 month', B'101', jsonb_build_object('a', n), 'c', array['a', null, 'b,"'], to_tsvector('simple', 'a b ' || n) from generate_series(1, 30) n;
      create table odd_keyless (j json, x xml, p point, n numeric);
      insert into odd_keyless select ('{"a":' || n % 3 || '}')::json, '<a/>', point(n % 2, 0), case when n % 2 = 0 then 1.0 else 1.00 end from generate_series(1, 30) n;
      create table nothing ();
      insert into nothing default values; insert into nothing default values; insert into nothing default values;
      create table one (a text);
      insert into one select nullif('a' || n % 3, 'a0') from generate_series(1, 20) n;
      create unlogged table fast (id numeric primary key, big text, raw bytea);
      alter table fast alter big set storage external;
      insert into fast select n + 0.0, repeat(md5(n::text), 400), decode(repeat(md5(n::text), 200), 'hex') from generate_series(1, 30) n;
      create table empty_one (id int primary key, v text);`,
  },
  {
    name: "citext and triggers",
    since: 13,
    sql: `
      create extension citext;
      create table c1 (name citext primary key, v citext, n int);
      insert into c1 select 'Name' || n, 'V' || n, n from generate_series(1, 40) n;
      create table c2 (id int primary key, ref citext references c1 on update cascade on delete cascade, u citext unique);
      insert into c2 select n, 'nAME' || n, 'U' || n from generate_series(1, 40) n;
      create table log (id serial primary key, what text);
      create function more() returns trigger language plpgsql as $$ begin insert into log (what) values (tg_op || ' ' || tg_table_name); return new; end $$;
      create function refuse() returns trigger language plpgsql as $$ begin if new.n = 5 then raise exception 'never five'; end if; new.v := new.v || '!'; return new; end $$;
      create trigger t1 after insert or update on c2 for each row execute function more();
      create trigger t2 before update on c1 for each row execute function refuse();
      create constraint trigger t3 after insert or update on c2 deferrable initially deferred for each row execute function more();
      alter table c2 enable always trigger t1;`,
  },
  {
    name: "wide tables",
    since: 13,
    sql: `
      do $$ begin
        execute 'create table wide (id int primary key, ' || (select string_agg('c' || n || ' ' || (array['int', 'text', 'boolean', 'date'])[n % 4 + 1], ', ') from generate_series(1, 1500) n) || ')';
        execute 'create table wide_keyless (' || (select string_agg('c' || n || ' int', ', ') from generate_series(1, 1500) n) || ')';
      end $$;
      insert into wide (id, c4, c1, c1500) select n, n, 't' || n, n from generate_series(1, 40) n;
      insert into wide_keyless (c1, c1500) select n % 5, n % 3 from generate_series(1, 40) n;`,
  },
];
