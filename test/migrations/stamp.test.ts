import { describe, expect, test } from "vitest";
import { nodeIo } from "../../src/io/io.ts";
import { migrate } from "../../src/migrations/apply.ts";
import { readFolder } from "../../src/migrations/folder.ts";
import type { MigrationFolder } from "../../src/migrations/folder.ts";
import { compareLevels, readLevel } from "../../src/migrations/journal.ts";
import { stamp } from "../../src/migrations/stamp.ts";
import type { Session } from "../../src/session/session.ts";
import { createDatabase } from "../helpers/database.ts";
import { THREE, THREE_FOLDERS, createFolder, journalShape, migrateByDrizzle, openSession } from "./helpers.ts";

async function appliedTags(session: Session, folder: MigrationFolder): Promise<readonly string[]> {
  return compareLevels(folder, (await readLevel(session)).applied).applied;
}

describe.each([
  ["0.45", journalShape(THREE)],
  ["1.0", THREE_FOLDERS],
])("stamp, with a folder of drizzle %s", (_, files) => {
  test("makes the journal say exactly that level, forwards and backwards, and runs nothing", async () => {
    await using made = await createFolder(files);
    const folder = await readFolder(nodeIo, made.path);
    const [first = "", second = "", third = ""] = folder.migrations.map((migration) => migration.tag);
    await using database = await createDatabase();
    await using session = await openSession(database);

    const steps = [];
    for (const tag of [second, "head", "head", first, "base"]) steps.push({ ...(await stamp(session, folder, tag)), applied: await appliedTags(session, folder) });
    expect(steps).toStrictEqual([
      { marked: [first, second], forgotten: [], corrected: [], applied: [first, second] },
      { marked: [third], forgotten: [], corrected: [], applied: [first, second, third] },
      { marked: [], forgotten: [], corrected: [], applied: [first, second, third] },
      { marked: [], forgotten: [second, third], corrected: [], applied: [first] },
      { marked: [], forgotten: [first], corrected: [], applied: [] },
    ]);
    expect(await database.query("select from pg_tables where tablename in ('a', 'b')")).toStrictEqual([]);
  });
});

test("drizzle's migrator goes on from a stamped level", async () => {
  await using made = await createFolder(journalShape(THREE));
  const folder = await readFolder(nodeIo, made.path);
  await using database = await createDatabase("create table a (id int, name text)");
  await using session = await openSession(database);
  await stamp(session, folder, "0001_second");
  await migrateByDrizzle(database, made.path);
  expect(await appliedTags(session, folder)).toStrictEqual(["0000_first", "0001_second", "0002_third"]);
  expect(await database.query("select indexname::text from pg_indexes where tablename = 'a'")).toStrictEqual([{ indexname: "a_name_idx" }]);
});

test("corrects the hash of an edited migration", async () => {
  await using made = await createFolder(journalShape(THREE));
  const folder = await readFolder(nodeIo, made.path);
  await using database = await createDatabase();
  await using session = await openSession(database);
  await migrate(session, folder);
  const edited = { ...folder, migrations: folder.migrations.map((migration) => (migration.tag === "0001_second" ? { ...migration, hash: "new" } : migration)) };
  expect(await stamp(session, edited, "head")).toStrictEqual({ marked: [], forgotten: [], corrected: ["0001_second"] });
  expect((await readLevel(session)).applied.map((row) => row.hash)).toStrictEqual(edited.migrations.map((migration) => migration.hash));
});

test("refuses a journal with migrations the folder lacks, unless they may be purged", async () => {
  await using made = await createFolder(journalShape(THREE));
  const folder = await readFolder(nodeIo, made.path);
  const shorter = { ...folder, migrations: folder.migrations.slice(0, 2) };
  const lost = folder.migrations[2]?.hash ?? "";
  await using database = await createDatabase();
  await using session = await openSession(database);
  await migrate(session, folder);
  await expect(stamp(session, shorter, "head")).rejects.toMatchObject({ code: "DRIFT", message: expect.stringContaining(lost) });
  expect((await readLevel(session)).applied).toHaveLength(3);
  expect(await stamp(session, shorter, "0000_first", { purge: true })).toStrictEqual({ marked: [], forgotten: ["0001_second", lost], corrected: [] });
  expect(await appliedTags(session, folder)).toStrictEqual(["0000_first"]);
});

test("refuses an unknown tag and touches nothing", async () => {
  await using made = await createFolder(journalShape(THREE));
  const folder = await readFolder(nodeIo, made.path);
  await using database = await createDatabase();
  await using session = await openSession(database);
  await expect(stamp(session, folder, "0009_none")).rejects.toMatchObject({ code: "USAGE", object: "0009_none" });
  expect(await readLevel(session)).toStrictEqual({ journal: "none", applied: [] });
});
