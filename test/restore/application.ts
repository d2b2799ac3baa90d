import { tableDigests } from "../../src/index.ts";
import type { TestDatabase } from "../helpers/database.ts";
import { schemaDump } from "../helpers/programs.ts";

/**
 * A database with everything that stands in the way of rows: foreign keys in a loop, to themselves, deferrable, not
 * valid, from and to partitioned tables; triggers in every state; and secondary indexes of every sort.
 */
export const SCHEMA = `
  create schema app;
  create table app.log (id int generated always as identity primary key, entry text not null);
  create function app.note() returns trigger language plpgsql as
    $$begin insert into app.log (entry) values (tg_name || ' ' || tg_op); return coalesce(new, old); end$$;

  create table app.parent (id int primary key, name text not null, favourite int);
  create table app.child (
    id int generated always as identity primary key,
    parent int not null references app.parent on delete cascade,
    previous int references app.child,
    size numeric(10, 2) not null check (size >= 0),
    double numeric generated always as (size * 2) stored,
    constraint child_of_parent unique (parent, id));
  alter table app.parent add constraint favourite foreign key (favourite) references app.child deferrable initially deferred;
  comment on constraint favourite on app.parent is 'it''s a loop';
  create table app.old (parent int);
  alter table app.old add constraint old_parent foreign key (parent) references app.parent not valid;

  create table app.event (id int, at date, parent int references app.parent, note text, primary key (id, at)) partition by range (at);
  create table app.event_old partition of app.event for values from ('2020-01-01') to ('2021-01-01');
  create table app.event_new partition of app.event for values from ('2021-01-01') to ('2022-01-01') partition by list (id);
  create table app.event_new_1 partition of app.event_new default;
  create table app.echo (id int primary key, event int, at date, foreign key (event, at) references app.event);
  alter table app.event_old add constraint only_of_the_old foreign key (parent) references app.parent (id);

  create trigger a_row after insert on app.child for each row execute function app.note();
  create trigger b_before before insert or update on app.child for each row execute function app.note();
  create trigger c_statement after insert or delete on app.child for each statement execute function app.note();
  create trigger d_always after insert on app.child for each row execute function app.note();
  create trigger e_replica after insert on app.child for each row execute function app.note();
  create trigger f_disabled after insert on app.child for each row execute function app.note();
  create constraint trigger g_constraint after insert on app.child deferrable initially deferred for each row execute function app.note();
  create trigger h_update after update on app.child for each row execute function app.note();
  create trigger i_delete after delete on app.parent for each row execute function app.note();
  alter table app.child enable always trigger d_always, enable replica trigger e_replica, disable trigger f_disabled;
  create trigger of_partitions after insert on app.event for each row execute function app.note();
  alter table app.event_old enable always trigger of_partitions;

  create index child_plain on app.child (size desc nulls last) include (previous) with (fillfactor = 71);
  create index child_partial on app.child (previous) where previous is not null;
  create index child_expression on app.child ((size::text || '\\'), (id % 7));
  alter index app.child_expression alter column 1 set statistics 0;
  create unique index child_unique on app.child (id, size);
  comment on index app.child_unique is 'unique, but no constraint: \\ ''quoted''';
  create unique index parent_name on app.parent (name text_pattern_ops);
  create index "Odd ""name" on app.parent using hash (name);
  create index event_note on app.event (note);
  create index only_old on app.event_old (note);
  create index parent_clustered on app.parent (favourite);
  alter table app.parent cluster on parent_clustered;
  create unique index echo_identity on app.echo (id);
  alter table app.echo replica identity using index echo_identity;
  create materialized view app.sizes as select parent, sum(size) as size from app.child group by parent;
`;

export const ROWS = `
  set session_replication_role = replica;
  insert into app.parent select n, 'name ' || n, case when n % 3 = 0 then n end from generate_series(1, 300) n;
  insert into app.child (parent, previous, size) select n % 300 + 1, nullif(n - 1, 0), n from generate_series(1, 3000) n;
  insert into app.old values (1), (999);
  insert into app.event select n, date '2020-01-01' + n % 730, n % 300 + 1, 'note ' || n from generate_series(1, 2000) n;
  insert into app.echo select n, n, date '2020-01-01' + n % 730 from generate_series(1, 500) n;
  insert into app.log (entry) values ('first'), ('second');
  set session_replication_role = origin;
  refresh materialized view app.sizes;
`;

/** The tables that hold rows. */
export const TABLES = ["app.child", "app.echo", "app.event_new_1", "app.event_old", "app.log", "app.old", "app.parent"];

/** Everything about a database that a restore of rows must not change when it fails, and but for the rows not when it succeeds. */
export async function stateOf(database: TestDatabase, major = "17"): Promise<{ readonly definitions: string; readonly finer: readonly object[]; readonly rows: readonly object[] }> {
  return { definitions: await schemaDump(database.url, major), finer: await database.query(FINER), rows: await tableDigests(database.url) };
}

/** What pg_dump does not tell: states of the triggers of partitions, of keys and indexes, all schemas, large objects. */
const FINER = `
  select 'trigger' as what, tgrelid::regclass::text as name, tgname::text as part, tgenabled::text as state from pg_trigger where not tgisinternal
  union all select 'key', conrelid::regclass::text, conname, convalidated::text || condeferred || coalesce(obj_description(oid, 'pg_constraint'), '') from pg_constraint where contype = 'f' and conparentid = 0
  union all select 'index', indexrelid::regclass::text, '', indisvalid::text || indisclustered || indisreplident from pg_index where indrelid::regclass::text !~ '^pg_'
  union all select 'schema', nspname, '', '' from pg_namespace where nspname !~ '^pg_'
  union all select 'large object', oid::text, '', '' from pg_largeobject_metadata
  order by 1, 2, 3, 4`;
