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
    create text search dictionary dictionary (template = simple);
    alter text search configuration pg_catalog.simple alter mapping for asciiword, word with dictionary;`);
  await using session = await catalogSession(database.url);
  const told: PgarkEvent[] = [];
  const { warnings } = await readCatalog(session, { onEvent: (event) => told.push(event) });
  const objects = ["mapping of a built-in text search configuration simple to public.dictionary"];
  expect(warnings).toStrictEqual(objects.map((object) => ({ code: "UNMODELLED_OBJECT", object, message: `${object} exists and is not in this archive` })));
  expect(told).toStrictEqual(warnings.map((warning) => ({ type: "warning", warning })));
});

it.each(Object.keys(testServers()))("warns of built-in text search configurations that somebody changed, on PostgreSQL %s", async (major) => {
  await using database = await createDatabase(/* sql */ `
    alter text search configuration pg_catalog.simple drop mapping for email;
    alter text search configuration pg_catalog.english alter mapping for word with simple;
    alter text search configuration pg_catalog.russian alter mapping for word with english_stem, russian_stem;
    alter text search configuration pg_catalog.german drop mapping for asciiword, word;
    alter text search configuration pg_catalog.german add mapping for word, asciiword with german_stem;`, { major });
  const { warnings } = await catalogOf(database.url);
  const object = (name: string) => ["UNMODELLED_OBJECT", `change of a built-in text search configuration ${name}`];
  expect(warnings.map((warning) => [warning.code, warning.object])).toStrictEqual(["english", "russian", "simple"].map(object));
});

it("warns of an invalid index, and says what it was to be", async () => {
  await using database = await createDatabase(/* sql */ `
    create table child (id int);
    insert into child values (null), (null);
    create index child_id on child (id);
    update pg_index set indisvalid = false where indexrelid = 'child_id'::regclass;`);
  await using session = await catalogSession(database.url);
  const { warnings } = await readCatalog(session);
  expect(warnings.map(({ code, object }) => [code, object])).toStrictEqual([["INVALID_INDEX", "index public.child_id"]]);
  expect(warnings[0]?.message).toContain("CREATE INDEX child_id ON public.child USING btree (id)");
});

it("warns of a function that a user made in a system schema, and of a dropped schema public", async () => {
  await using database = await createDatabase(/* sql */ `
    drop schema public;
    create function pg_catalog.ours() returns int language sql as 'select 1';`);
  const { warnings } = await catalogOf(database.url);
  expect(warnings.map(({ code, object }) => [code, object])).toStrictEqual([
    ["UNMODELLED_OBJECT", "function in a system schema pg_catalog.ours"],
    ["PUBLIC_SCHEMA_DROPPED", "schema public"],
  ]);
});
