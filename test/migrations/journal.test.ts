import { expect, test } from "vitest";
import type { MigrationFolder } from "../../src/migrations/folder.ts";
import { compareLevels, readLevel } from "../../src/migrations/journal.ts";
import type { AppliedMigration, Comparison } from "../../src/migrations/journal.ts";
import { createDatabase } from "../helpers/database.ts";
import { openSession } from "./helpers.ts";

const T0 = Date.UTC(2026, 0, 1);
const folder: MigrationFolder = {
  path: "drizzle",
  shape: "journal",
  migrations: ["a", "b", "c"].map((tag, at) => ({ tag, createdAt: T0 + at * 5000 + 7, hash: `hash-${tag}`, statements: [] })),
};
const [a, b, c] = folder.migrations.map(({ hash, createdAt }): AppliedMigration => ({ hash, createdAt: String(createdAt) }));
const unknown: AppliedMigration = { hash: "hash-x", createdAt: String(T0 + 99_000) };
const rows = (...wanted: readonly (AppliedMigration | undefined)[]): AppliedMigration[] => wanted.filter((row) => row !== undefined);

test.each<[string, readonly AppliedMigration[], Comparison]>([
  ["all applied is equal", rows(a, b, c), { state: "equal", applied: ["a", "b", "c"], pending: [], edited: [], unknown: [] }],
  ["none applied is older", [], { state: "older", applied: [], pending: ["a", "b", "c"], edited: [], unknown: [] }],
  ["some applied is older", rows(a), { state: "older", applied: ["a"], pending: ["b", "c"], edited: [], unknown: [] }],
  ["all and one more is newer", rows(a, b, c, unknown), { state: "newer", applied: ["a", "b", "c"], pending: [], edited: [], unknown: ["hash-x"] }],
  ["one more but not all is diverged", rows(a, b, unknown), { state: "diverged", applied: ["a", "b"], pending: ["c"], edited: [], unknown: ["hash-x"] }],
  ["a hole is diverged", rows(a, c), { state: "diverged", applied: ["a", "c"], pending: ["b"], edited: [], unknown: [] }],
  ["an edited file is applied, by its time", rows(a, b, { hash: "old", createdAt: c?.createdAt ?? "" }), { state: "equal", applied: ["a", "b", "c"], pending: [], edited: ["c"], unknown: [] }],
  ["the hash finds what was journalled at another time", rows(a, b, { hash: "hash-c", createdAt: "1" }), { state: "equal", applied: ["a", "b", "c"], pending: [], edited: [], unknown: [] }],
  ["an unknown row shows its name where it has one", rows(a, b, c, { ...unknown, name: "later" }), { state: "newer", applied: ["a", "b", "c"], pending: [], edited: [], unknown: ["later"] }],
])("compareLevels: %s", (_, applied, expected) => {
  expect(compareLevels(folder, applied)).toStrictEqual(expected);
});

test("compareLevels: two files of equal content are two migrations", () => {
  const twins: MigrationFolder = { ...folder, migrations: folder.migrations.map((migration) => ({ ...migration, hash: "same" })) };
  expect(compareLevels(twins, [{ hash: "same", createdAt: a?.createdAt ?? "" }])).toMatchObject({ state: "older", applied: ["a"], pending: ["b", "c"] });
});

test("compareLevels: a 1.0 folder knows the rows of 0.45, whose milliseconds it lacks", () => {
  const converted: MigrationFolder = {
    ...folder,
    shape: "folders",
    migrations: folder.migrations.map((migration) => ({ ...migration, createdAt: migration.createdAt - 7, hash: `${migration.hash}-reformatted` })),
  };
  expect(compareLevels(converted, rows(a, b))).toStrictEqual({ state: "older", applied: ["a", "b"], pending: ["c"], edited: ["a", "b"], unknown: [] });
});

test("readLevel reads no journal, one of 0.45 and one of 1.0", async () => {
  await using database = await createDatabase();
  await using session = await openSession(database);
  expect(await readLevel(session)).toStrictEqual({ journal: "none", applied: [] });

  await session.execute(`
    create schema drizzle;
    create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
    insert into drizzle.__drizzle_migrations (hash, created_at) values ('two', 1795362006418), ('one', 1795362006417)`);
  expect(await readLevel(session)).toStrictEqual({
    journal: "plain",
    applied: [{ hash: "one", createdAt: "1795362006417" }, { hash: "two", createdAt: "1795362006418" }],
  });

  await session.execute(`
    alter table drizzle.__drizzle_migrations add name text, add applied_at timestamptz default now();
    update drizzle.__drizzle_migrations set name = 'first', created_at = null where hash = 'one'`);
  expect(await readLevel(session)).toStrictEqual({
    journal: "named",
    applied: [{ hash: "one", createdAt: "", name: "first" }, { hash: "two", createdAt: "1795362006418", name: null }],
  });
});

test("readLevel reads a journal of another name", async () => {
  await using database = await createDatabase(`create table "My Journal" (id serial primary key, hash text not null, created_at bigint); insert into "My Journal" (hash, created_at) values ('h', 5)`);
  await using session = await openSession(database);
  expect(await readLevel(session, { schema: "public", table: "My Journal" })).toStrictEqual({ journal: "plain", applied: [{ hash: "h", createdAt: "5" }] });
});
