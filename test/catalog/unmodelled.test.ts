import { expect, it } from "vitest";
import type { PgarkEvent } from "../../src/events.ts";
import { readCatalog } from "../../src/catalog/catalog.ts";
import { createDatabase, testServers } from "../helpers/database.ts";
import { catalogOf, catalogSession } from "./session.ts";

it("has no warning for an empty database", async () => {
  for (const major of Object.keys(testServers())) {
    await using database = await createDatabase("", { major });
    expect((await catalogOf(database.url)).warnings).toStrictEqual([]);
  }
});

it("warns of each object that is not carried, by kind and name, and tells it as an event", async () => {
  await using database = await createDatabase(/* sql */ `
    create schema "S";
    create access method heap2 type table handler heap_tableam_handler;
    create type shell;
    create type base;
    create function base_in(cstring) returns base language internal immutable strict as 'int4in';
    create function base_out(base) returns cstring language internal immutable strict as 'int4out';
    create type base (input = base_in, output = base_out, like = int4);
    create cast (text as point) with inout;
    create conversion c for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
    create function et() returns event_trigger language plpgsql as 'begin end';
    create event trigger "Watch" on ddl_command_end execute function et();
    create foreign data wrapper w;
    create server srv foreign data wrapper w;
    create user mapping for public server srv;
    create foreign table "S"."Far" (id int) server srv;
    create operator "S".=== (leftarg = int, rightarg = int, function = int4eq);
    create operator class my_class for type int using btree as function 1 btint4cmp(int, int);
    create publication pub;
    create text search parser parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
    create text search template template (lexize = dsimple_lexize);
    create text search dictionary dictionary (template = template);
    create text search configuration configuration (parser = parser);
    create function to_point(internal) returns internal language internal stable as 'int4in';
    create transform for point language sql (from sql with function to_point(internal));`);
  await using session = await catalogSession(database.url);
  const told: PgarkEvent[] = [];
  const { warnings } = await readCatalog(session, { onEvent: (event) => told.push(event) });
  const objects = [
    "access method heap2", "base type public.base", "cast (text AS point)", "conversion public.c", "event trigger \"Watch\"", 'foreign table "S"."Far"', "foreign-data wrapper w",
    'operator "S".===(integer,integer)', "operator class public.my_class", "operator family public.my_class", "publication pub",
    "server srv", "shell type public.shell", "text search configuration public.configuration", "text search dictionary public.dictionary",
    "text search parser public.parser", "text search template public.template", "transform FOR point LANGUAGE sql", "user mapping FOR public SERVER srv",
  ];
  expect(warnings).toStrictEqual(objects.map((object) => ({ code: "UNMODELLED_OBJECT", object, message: `${object} exists and is not in this archive` })));
  expect(told).toStrictEqual(warnings.map((warning) => ({ type: "warning", warning })));
});

it("warns of an invalid index and of a foreign key whose triggers are disabled", async () => {
  await using database = await createDatabase(/* sql */ `
    create table parent (id int primary key);
    create table child (id int references parent);
    insert into child values (null), (null);
    create index child_id on child (id);
    update pg_index set indisvalid = false where indexrelid = 'child_id'::regclass;
    alter table child disable trigger all;`);
  await using session = await catalogSession(database.url);
  const { warnings } = await readCatalog(session);
  expect([...new Set(warnings.map(({ object }) => object))]).toStrictEqual(["disabled state of constraint child_id_fkey on table public.child", "invalid index public.child_id"]);
});

it("warns of changed privileges on what PostgreSQL or an extension brought, and of a dropped schema public", async () => {
  await using database = await createDatabase(/* sql */ `
    drop schema public;
    grant select on pg_catalog.pg_statistic to public;
    revoke execute on function pg_catalog.pg_sleep(float8) from public;
    revoke usage on language sql from public;
    create schema s;
    drop extension plpgsql;
    create extension plpgsql;
    create function s.f() returns int language sql as 'select 1';
    alter extension plpgsql add function s.f();
    revoke all on function s.f() from public;`);
  const { warnings } = await catalogOf(database.url);
  expect(warnings.map(({ code, object }) => [code, object])).toStrictEqual([
    ["UNMODELLED_PRIVILEGES", "language sql"],
    ["UNMODELLED_PRIVILEGES", "system function pg_sleep(double precision)"],
    ["UNMODELLED_PRIVILEGES", "system table pg_catalog.pg_statistic"],
    ["UNMODELLED_PRIVILEGES", "function s.f"],
    ["PUBLIC_SCHEMA_DROPPED", "schema public"],
  ]);
});
