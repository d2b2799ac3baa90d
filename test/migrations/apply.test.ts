import { describe, expect, test } from "vitest";
import type { PgarkEvent } from "../../src/events.ts";
import { nodeIo } from "../../src/io/io.ts";
import { migrate } from "../../src/migrations/apply.ts";
import { readFolder } from "../../src/migrations/folder.ts";
import { readLevel } from "../../src/migrations/journal.ts";
import { stamp } from "../../src/migrations/stamp.ts";
import { createDatabase } from "../helpers/database.ts";
import type { TestDatabase } from "../helpers/database.ts";
import { BREAKPOINT, THREE, THREE_FOLDERS, createFolder, journalShape, migrateByDrizzle, openSession, schemaText } from "./helpers.ts";

const journalRows = (database: TestDatabase) => database.query("select * from drizzle.__drizzle_migrations order by id");

describe.each(["drizzle", "drizzle-memorydb"])("migrate, with the folder %s", (path) => {
  test("leaves the schema and the journal that drizzle's own migrator leaves", async () => {
    const folder = await readFolder(nodeIo, path);
    await using ours = await createDatabase();
    await using theirs = await createDatabase();
    await using session = await openSession(ours);
    const { applied } = await migrate(session, folder);
    await migrateByDrizzle(theirs, path);

    expect(applied).toStrictEqual(folder.migrations.map((migration) => migration.tag));
    expect(await schemaText(ours)).toBe(await schemaText(theirs));
    expect(await journalRows(ours)).toStrictEqual(await journalRows(theirs));
  });

  test("takes turns with drizzle's migrator: neither has anything left to do after the other", async () => {
    const folder = await readFolder(nodeIo, path);
    await using database = await createDatabase();
    await using session = await openSession(database);
    await migrate(session, folder, { to: folder.migrations[1]?.tag });
    await migrateByDrizzle(database, path);
    const rows = await journalRows(database);
    expect(rows).toHaveLength(folder.migrations.length);
    expect((await migrate(session, folder)).applied).toStrictEqual([]);
    await migrateByDrizzle(database, path);
    expect(await journalRows(database)).toStrictEqual(rows);
  });
});

test("migrates rulesdb on PostgreSQL 15, which has no pgvector", async () => {
  const folder = await readFolder(nodeIo, "drizzle");
  await using database = await createDatabase("", { major: "15" });
  await using session = await openSession(database);
  expect((await migrate(session, folder)).applied).toHaveLength(folder.migrations.length);
});

describe("migrate", () => {
  test("stops at the level asked for, goes on from there, and never goes back", async () => {
    await using made = await createFolder(journalShape(THREE));
    const folder = await readFolder(nodeIo, made.path);
    await using database = await createDatabase();
    await using session = await openSession(database);
    const runs = [];
    for (const to of ["0001_second", "head", "0000_first"]) runs.push(await migrate(session, folder, { to }));
    expect(runs.map(({ applied, before }) => ({ applied, before: before.state }))).toStrictEqual([
      { applied: ["0000_first", "0001_second"], before: "older" },
      { applied: ["0002_third"], before: "older" },
      { applied: [], before: "equal" },
    ]);
  });

  test("tells each migration before and after it ran", async () => {
    await using made = await createFolder(journalShape(THREE));
    const folder = await readFolder(nodeIo, made.path);
    await using database = await createDatabase();
    await using session = await openSession(database);
    const events: PgarkEvent[] = [];
    await migrate(session, folder, { to: "0000_first", onEvent: (event) => events.push(event), io: { ...nodeIo, tickMs: () => 0 } });
    expect(events).toStrictEqual([
      { type: "step", step: "migrate", detail: "0000_first" },
      { type: "object", action: "created", kind: "migration", name: "0000_first", seconds: 0 },
    ]);
  });

  test("names migration and statement with the server's caret, and leaves nothing behind, when one fails", async () => {
    await using made = await createFolder(journalShape([...THREE, { tag: "0003_bad", when: THREE[2].when + 1, sql: `create table c ();${BREAKPOINT}\ncreate table d (\n  id intt\n);` }]));
    const folder = await readFolder(nodeIo, made.path);
    await using database = await createDatabase();
    await using session = await openSession(database);
    const empty = await schemaText(database);
    await expect(migrate(session, folder)).rejects.toMatchObject({
      name: "PgarkError",
      code: "SQL_FAILED",
      object: "migration 0003_bad",
      sqlState: "42704",
      message: expect.stringMatching(/^migration 0003_bad, statement 2 of 2: type "intt" does not exist[^]*id intt[^]*\^/),
    });
    expect(await schemaText(database)).toBe(empty);
    expect(await readLevel(session)).toStrictEqual({ journal: "none", applied: [] });
  });

  test("runs each migration once when two migrators start together", async () => {
    await using made = await createFolder(journalShape(THREE));
    const folder = await readFolder(nodeIo, made.path);
    await using database = await createDatabase();
    await using one = await openSession(database);
    await using two = await openSession(database);
    const results = await Promise.all([one, two].map((session) => migrate(session, folder)));
    expect(results.map(({ applied }) => applied.length).sort()).toStrictEqual([0, 3]);
    expect((await readLevel(one)).applied).toHaveLength(3);
  });

  test("puts unqualified names where a fresh session would, whatever search path this one has", async () => {
    await using made = await createFolder(journalShape(THREE));
    const folder = await readFolder(nodeIo, made.path);
    await using database = await createDatabase();
    await using session = await openSession(database);
    await session.execute("set search_path to ''");
    await migrate(session, folder);
    expect(await database.query("select tablename::text, schemaname::text from pg_tables where tablename in ('a', 'b') order by 1")).toStrictEqual([
      { tablename: "a", schemaname: "public" },
      { tablename: "b", schemaname: "public" },
    ]);
  });

  test("refuses a hole in a 0.45 folder, which drizzle 0.45 would pass over in silence", async () => {
    await using made = await createFolder(journalShape(THREE));
    const folder = await readFolder(nodeIo, made.path);
    await using database = await createDatabase();
    await using session = await openSession(database);
    await stamp(session, { ...folder, migrations: folder.migrations.slice(2) }, "head");
    await expect(migrate(session, folder)).rejects.toMatchObject({ code: "DRIFT", message: expect.stringMatching(/0000_first is pending although a later migration, 0002_third, is applied/) });
  });

  test("leaves a newer database alone, and refuses one that has what the folder lacks while others are pending", async () => {
    await using made = await createFolder(journalShape(THREE));
    const folder = await readFolder(nodeIo, made.path);
    const shorter = { ...folder, migrations: folder.migrations.slice(0, 2) };
    await using database = await createDatabase();
    await using session = await openSession(database);
    await migrate(session, folder);
    expect(await migrate(session, shorter)).toStrictEqual({
      applied: [],
      before: { state: "newer", applied: ["0000_first", "0001_second"], pending: [], edited: [], unknown: [folder.migrations[2]?.hash] },
    });
    const other = { ...folder, migrations: [...shorter.migrations, { tag: "0002_other", createdAt: THREE[2].when + 5, hash: "h", statements: [] }] };
    await expect(migrate(session, other)).rejects.toMatchObject({ code: "DRIFT", message: expect.stringMatching(/lacks .* while 0002_other are pending/) });
  });

  test("keeps the journal of drizzle 1.0 for its folders, names and all, and applies a late one by name", async () => {
    await using made = await createFolder(THREE_FOLDERS);
    const folder = await readFolder(nodeIo, made.path);
    await using database = await createDatabase();
    await using session = await openSession(database);
    await migrate(session, { ...folder, migrations: folder.migrations.slice(0, 2) });
    const late = { tag: "20260101120000_late", createdAt: Date.UTC(2026, 0, 1, 12), hash: "late", statements: ["create table late ()"] };
    const [first, second, third] = folder.migrations;
    const merged = { ...folder, migrations: [first, late, second, third].filter((migration) => migration !== undefined) };
    expect((await migrate(session, merged)).applied).toStrictEqual([late.tag, "20260103100000_third"]);
    expect(await database.query("select name, hash, created_at, applied_at is not null as timed from drizzle.__drizzle_migrations order by id")).toStrictEqual(
      [first, second, late, third].map((migration) => ({ name: migration?.tag, hash: migration?.hash, created_at: String(migration?.createdAt), timed: true })),
    );
  });
});
