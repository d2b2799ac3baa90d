/**
 * No server of the tests has a label provider: the labels are written into the catalogs by hand, which a superuser
 * may do, and the statements are compared as text.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readCatalog } from "../../src/catalog/catalog.ts";
import { securityLabelStatements } from "../../src/catalog/security-label.ts";
import { dump, openArchive } from "../../src/index.ts";
import { createDatabase, testServers } from "../helpers/database.ts";
import { addressOf } from "./address.ts";
import { catalogOf, catalogSession } from "./session.ts";

const folder = mkdtempSync(join(tmpdir(), "pgark-labels-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** As `SECURITY LABEL FOR "p 1" ON …` would, had the server a provider of that name. */
const LABELLED = /* sql */ `
  set allow_system_table_mods = on;
  create schema "S;";
  create table "S;"."T" (a int, gone int, "B b" int); alter table "S;"."T" drop column gone;
  create view v as select 1 as x;
  create type c as (x int, y int);
  create function f(int, text) returns int language sql as 'select 1';
  create function et() returns event_trigger language plpgsql as 'begin end';
  create event trigger watch on ddl_command_end execute function et();
  create publication pub;
  select lo_create(870002);
  insert into pg_seclabel (objoid, classoid, objsubid, provider, label) values
    ('"S;"."T"'::regclass, 'pg_class'::regclass, 0, 'p 1', E'it''s;\\n'),
    ('"S;"."T"'::regclass, 'pg_class'::regclass, 0, 'other', 'top'),
    ('"S;"."T"'::regclass, 'pg_class'::regclass, 3, 'p 1', 'of a column'),
    ('v'::regclass, 'pg_class'::regclass, 0, 'p 1', E'back\\\\slash'),
    ('c'::regtype, 'pg_type'::regclass, 0, 'p 1', 'type'),
    ((select typrelid from pg_type where oid = 'c'::regtype), 'pg_class'::regclass, 2, 'p 1', 'attribute'),
    ('f(int, text)'::regprocedure, 'pg_proc'::regclass, 0, 'p 1', 'function'),
    ((select oid from pg_event_trigger where evtname = 'watch'), 'pg_event_trigger'::regclass, 0, 'p 1', 'trigger'),
    ((select oid from pg_publication where pubname = 'pub'), 'pg_publication'::regclass, 0, 'p 1', 'publication'),
    ('public'::regnamespace, 'pg_namespace'::regclass, 0, 'p 1', 'public'),
    (870002, 'pg_largeobject'::regclass, 0, 'p 1', 'bytes');
  reset allow_system_table_mods;`;

const STATEMENTS = [
  `SECURITY LABEL FOR "p 1" ON SCHEMA public IS 'public';`,
  `SECURITY LABEL FOR "p 1" ON TYPE public.c IS 'type';`,
  `SECURITY LABEL FOR "p 1" ON COLUMN public.c.y IS 'attribute';`,
  `SECURITY LABEL FOR "p 1" ON FUNCTION public.f(integer, text) IS 'function';`,
  `SECURITY LABEL FOR other ON TABLE "S;"."T" IS 'top';`,
  `SECURITY LABEL FOR "p 1" ON TABLE "S;"."T" IS 'it''s;\n';`,
  `SECURITY LABEL FOR "p 1" ON COLUMN "S;"."T"."B b" IS 'of a column';`,
  `SECURITY LABEL FOR "p 1" ON VIEW public.v IS E'back\\\\slash';`,
  `SECURITY LABEL FOR "p 1" ON LARGE OBJECT 870002 IS 'bytes';`,
  `SECURITY LABEL FOR "p 1" ON PUBLICATION pub IS 'publication';`,
  `SECURITY LABEL FOR "p 1" ON EVENT TRIGGER watch IS 'trigger';`,
];

it.each(Object.keys(testServers()))("finds the labels of objects and columns on PostgreSQL %s", async (major) => {
  await using database = await createDatabase(LABELLED, { major });
  const { objects, securityLabels, warnings } = await catalogOf(database.url);
  expect(objects.flatMap((object) => securityLabelStatements(addressOf(object), securityLabels.get(object.key) ?? [])).sort()).toStrictEqual(STATEMENTS.toSorted());
  expect(warnings).toStrictEqual([]);
});

it("writes a label behind its object, that of an event trigger in the last pass", async () => {
  await using database = await createDatabase(LABELLED);
  const file = join(folder, "labelled.ark");
  await dump(database.url, file);
  await using archive = await openArchive(file);
  const { entries } = archive.toc;
  const labels = entries.filter(({ kind }) => kind === "security-label");
  expect(labels.flatMap(({ create }) => create).sort()).toStrictEqual(STATEMENTS.toSorted());
  for (const label of labels) {
    const object = entries.find(({ id }) => id === label.parent);
    expect([label.address, label.pass, label.dependencies]).toStrictEqual([object?.address, object?.pass, [object?.id]]);
  }
});

it("finds the label of a subscription, which stands in a catalog of the cluster", async () => {
  await using database = await createDatabase();
  await using session = await catalogSession(database.url);
  // Rolled back: nothing of this stays in the cluster.
  await session.execute("BEGIN");
  await session.execute("CREATE SUBSCRIPTION sub CONNECTION 'dbname=nowhere' PUBLICATION pub WITH (connect = false)");
  await session.execute("SET LOCAL allow_system_table_mods = on");
  await session.execute("INSERT INTO pg_shseclabel (objoid, classoid, provider, label) SELECT oid, 'pg_subscription'::regclass, 'p', 'sub' FROM pg_subscription WHERE subname = 'sub' AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())");
  const { objects, securityLabels } = await readCatalog(session);
  await session.execute("ROLLBACK");
  const found = objects.flatMap((object) => securityLabelStatements(addressOf(object), securityLabels.get(object.key) ?? []));
  expect(found).toStrictEqual([`SECURITY LABEL FOR p ON SUBSCRIPTION sub IS 'sub';`]);
});

it("warns of labels on members of extensions and on objects of PostgreSQL's own", async () => {
  await using database = await createDatabase(/* sql */ `
    drop extension plpgsql;
    create extension plpgsql;
    create function member() returns int language sql as 'select 1';
    alter extension plpgsql add function member();
    set allow_system_table_mods = on;
    insert into pg_seclabel (objoid, classoid, objsubid, provider, label) values
      ('member()'::regprocedure, 'pg_proc'::regclass, 0, 'p', 'm'),
      ('pg_catalog.pg_class'::regclass, 'pg_class'::regclass, 0, 'p', 'system');`);
  const { securityLabels, warnings } = await catalogOf(database.url);
  expect([...securityLabels]).toStrictEqual([]);
  expect(warnings.map(({ object }) => object)).toStrictEqual(["security label by p on function public.member()", "security label by p on table pg_class"]);
});
