import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { nodeIo, openArchive, restore, safetyBackup, tableDigests } from "../src/index.ts";
import { createDatabase, type TestDatabase } from "./helpers/database.ts";
import { temporaryFolder } from "./helpers/folder.ts";
import { as, createRole } from "./helpers/role.ts";

/** Names that are patterns, or end one, or have quotes and dots of their own. */
const HOSTILE = ["plain", "Upper", "with.dot", 'qu"ote', '"', "st*r", "wh?t", "a|b", "[ab]", "$1", "^a$", "(x)", "back\\slash", "new\nline", "sp ace", "ünïcode 🐘", "select"];
/** Each is fitted by the pattern that a careless hand makes of one above. */
const DECOYS = ["upper", "star", "what", "a", "b", "x", "withxdot", "1"];

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const TABLES = ["pub.lic", "Sch\"ema"].map((schema) => `create schema ${quoted(schema)}; ${[...HOSTILE, ...DECOYS].map((name, index) => `create table ${quoted(schema)}.${quoted(name)} (id int primary key, name text); insert into ${quoted(schema)}.${quoted(name)} values (1, 'one'), (2, ${index % 2 === 0 ? "null" : "'two'"});`).join("")}`).join("");

/** The words of a command line as a shell reads them. */
async function words(command: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)("sh", ["-c", `printf '%s\\0' ${command}`]);
  return stdout.split("\0").slice(0, -1);
}

async function digests({ url }: TestDatabase): ReturnType<typeof tableDigests> {
  return await tableDigests(url);
}

describe("the rows of chosen tables", () => {
  it("are saved by name, whatever is in it, and nothing else; the archive brings them back", async () => {
    await using database = await createDatabase(TABLES);
    await using folder = await temporaryFolder();
    const before = await digests(database);
    const tables = HOSTILE.map((name) => ({ schema: "pub.lic", name }));
    const { path, rows } = await safetyBackup({ target: database.url, tables, folder: folder.path, content: "data" });
    expect(rows).toBe(2 * HOSTILE.length);
    {
      await using archive = await openArchive(path);
      expect(archive.tables().map(({ schema, name }) => ({ schema, name })).toSorted((a, b) => (a.name < b.name ? -1 : 1))).toStrictEqual(tables.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    }
    await database.query(HOSTILE.map((name) => `truncate "pub.lic".${quoted(name)};`).join(""));
    expect(await digests(database)).not.toStrictEqual(before);
    await restore(path, database.url, { content: "data" });
    expect(await digests(database)).toStrictEqual(before);
  });

  it("include those of partitions, at every depth, and of no sister", async () => {
    await using database = await createDatabase(`
      create table p (id int, k text) partition by list (k); create table p_a partition of p for values in ('a');
      create table "P b" partition of p for values in ('b') partition by range (id); create table p_b_1 partition of "P b" for values from (0) to (10);
      create table q (id int); insert into p values (1, 'a'), (2, 'b'); insert into q values (1);`);
    await using folder = await temporaryFolder();
    const before = await digests(database);
    const { path, rows } = await safetyBackup({ target: database.url, tables: [{ schema: "public", name: "p" }], folder: folder.path, content: "data" });
    await database.query("truncate p");
    await restore(path, database.url, { content: "data" });
    expect({ rows, now: await digests(database) }).toStrictEqual({ rows: 2, now: before });
  });

  it("of a table that is not there are refused by its name, and no file is left", async () => {
    await using database = await createDatabase("create table t (id int)");
    await using folder = await temporaryFolder();
    await expect(safetyBackup({ target: database.url, tables: [{ schema: "public", name: "t" }, { schema: "public", name: "no" }], folder: folder.path, content: "data" })).rejects.toMatchObject({ code: "NOTHING_MATCHED", object: '"public"."no"' });
    expect(await nodeIo.list(folder.path)).toStrictEqual([]);
  });
});

it("everything, definitions and all, comes back with --clean", async () => {
  await using database = await createDatabase("create type mood as enum ('sad', 'ok'); create table t (id int primary key, m mood); insert into t values (1, 'ok'); create view v as select * from t;");
  await using folder = await temporaryFolder();
  const before = await digests(database);
  const { path, rows, undo } = await safetyBackup({ target: database.url, tables: null, folder: folder.path, content: "all" });
  expect([rows, (await words(undo)).at(-1)]).toStrictEqual([1, "--clean"]);
  await database.query("drop view v; drop table t; create table t (other text); insert into t values ('x')");
  await restore(path, database.url, { clean: true });
  expect(await digests(database)).toStrictEqual(before);
  expect(await database.query("select m::text from v")).toStrictEqual([{ m: "ok" }]);
});

describe("the command line that brings it back", () => {
  it("reads back in a shell, names no password, and leads to the same database", async () => {
    await using role = await createRole();
    await using database = await createDatabase(`create table t (id int); insert into t values (1); alter table t owner to ${role.name}; grant ${role.name} to current_user;`, { name: `pgark_test_it's "x" ${process.pid}` });
    await using folder = await temporaryFolder();
    const address = new URL(as(role, database.url));
    address.password = "s3cret'";
    address.searchParams.set("application_name", "a b");
    const { path, undo } = await safetyBackup({ target: address.href, tables: [{ schema: "public", name: "t" }], folder: folder.file("a folder; rm"), content: "data", role: role.name });
    const [pgark, verb, archive, flag, url = "", ...rest] = await words(undo);
    expect({ words: [pgark, verb, archive, flag, ...rest], secret: undo.includes("s3cret") }).toStrictEqual({ words: ["pgark", "restore", path, "--url", "--data-only", "--on-conflict", "replace", "--role", role.name], secret: false });
    expect(await tableDigests(url)).toStrictEqual(await digests(database));
  });

  it("leads to a file named after the database and the time, and a second one does not meet the first", async () => {
    await using database = await createDatabase("create table t (id int)");
    await using folder = await temporaryFolder();
    const io = { ...nodeIo, nowMs: () => Date.UTC(2026, 2, 1, 14, 5, 9) };
    const made = [];
    for (let n = 0; n < 2; n++) made.push((await safetyBackup({ target: database.url, tables: null, folder: folder.file("new"), content: "data", io })).path);
    expect(made.map((path) => basename(path))).toStrictEqual([`${database.name}-before-restore-20260301-140509.ark`, `${database.name}-before-restore-20260301-140509-2.ark`]);
  });
});
