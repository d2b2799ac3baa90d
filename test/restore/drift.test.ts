import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { dump, openArchive, planRestore, restore, tableDigests } from "../../src/index.ts";
import { resolveRestoreOptions } from "../../src/options.ts";
import { makePlan } from "../../src/restore/plan.ts";
import { createSelection } from "../../src/selection.ts";
import { createDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { stateOf } from "./application.ts";

const SOURCE = `
  create type mood as enum ('sad', 'fine'); create domain price as int;
  create table item (id int primary key, name varchar(20), size int, at timestamptz, mood mood, note text, cost price);
  create table other (id int);
  insert into item values (1, 'one', 7, now(), 'fine', 'x', 5); insert into other values (3);`;

describe("rows for a migrated table are refused before anything is written, by name, when the target", () => {
  it.each([
    ["lacks a table", "drop table other", ["table public.other", /other, which the target lacks/]],
    ["lacks a column", "alter table item drop note", ["table public.item", /column note of public.item, which the target lacks/]],
    ["wants a column that the archive has not", "alter table item add extra int not null", ["table public.item", /column extra of public.item is NOT NULL without a default/]],
    ["makes a column up by itself", "alter table item drop size, add size int generated always as (id + 1) stored", ["table public.item", /column size of public.item is generated/]],
    ["has a type that no cast leads to", "alter table item drop size, add size uuid", ["table public.item", /column size of public.item is integer in the archive and uuid on the target: there is no cast from integer to uuid/]],
    ["has a domain of that name over another type", "alter table item drop cost; drop domain price; create domain price as real; alter table item add cost price", ["table public.item", /column cost of public.item is .*price/]],
    ["has a view in its place", "alter table other rename to elsewhere; create view other as select * from elsewhere", ["table public.other", /public.other is not a table/]],
    ["has rows", "insert into other values (1)", ["table public.other", /already has rows in public.other/]],
  ])("%s", async (_, change, [object, message]) => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(SOURCE);
    await using target = await createDatabase(`${SOURCE.replace(/insert .*/, "")} ${change}`);
    const before = await stateOf(target);
    await dump(source.url, folder.file("a.ark"), { jobs: 1 });
    const refused = { code: change.startsWith("insert") ? "TARGET_NOT_EMPTY" : "DRIFT", object, message: expect.stringMatching(message as RegExp) };

    await expect(restore(folder.file("a.ark"), target.url, { content: "data" })).rejects.toMatchObject(refused);
    await expect(restore(createReadStream(folder.file("a.ark")), target.url, { content: "data" })).rejects.toMatchObject(refused);
    expect((await planRestore(folder.file("a.ark"), target.url, { content: "data" })).refusals).toMatchObject([refused]);

    expect(await stateOf(target)).toStrictEqual(before);
  });
});

describe("rows for a migrated table are loaded when the target", () => {
  it.each([
    ["has the columns in another order, and more that have defaults", {}, "drop table item; create table item (extra text default 'new', note text, mood mood, id int primary key, cost price, at timestamptz, maybe int, size int, name varchar(20), made int generated always as (id * 2) stored, own int generated always as identity)", []],
    ["has a wider text", {}, "alter table item alter name type varchar(40)", ["TYPE_DIFFERS"]],
    ["has another type that a cast leads to", {}, "alter table item alter size type bigint, alter mood type text, alter at type timestamp; drop type mood", ["TYPE_DIFFERS", "TYPE_DIFFERS", "TYPE_DIFFERS"]],
    ["reads another type from text", { textOnly: true }, "alter table item alter size type bigint, alter note type varchar(9), alter at type timestamp", ["TYPE_DIFFERS", "TYPE_DIFFERS", "TYPE_DIFFERS"]],
    ["has a domain over a domain over the same", {}, "drop table item; drop domain price; create domain base as int; create domain price as base; create table item (id int primary key, name varchar(20), size int, at timestamptz, mood mood, note text, cost price)", []],
    ["has more labels and more tables", {}, "alter type mood add value 'great'; create table further (id int not null)", []],
  ])("%s", async (_, options, change, warnings) => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(SOURCE);
    await using target = await createDatabase(`${SOURCE.replace(/insert .*/, "")} ${change}`);
    await dump(source.url, folder.file("a.ark"), { ...options, content: "data" });

    const report = await restore(folder.file("a.ark"), target.url);

    const columns = "select id, name, size::text, mood, note, cost from item";
    expect(await target.query(columns)).toStrictEqual(await source.query(columns));
    expect(report.warnings.map(({ code }) => code)).toStrictEqual(warnings);
  });

  it("is taken at its word: a value that does not fit ends the restore, and nothing stays", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(SOURCE);
    await using target = await createDatabase(`${SOURCE.replace(/insert .*/, "")} alter table item alter name type varchar(2)`);
    const before = await stateOf(target);
    await dump(source.url, folder.file("a.ark"), { content: "data" });

    await expect(restore(folder.file("a.ark"), target.url)).rejects.toMatchObject({ code: "SQL_FAILED", sqlState: "22001", message: expect.stringContaining("COPY item, line 1") });

    expect(await stateOf(target)).toStrictEqual(before);
  });
});

describe("migrations", () => {
  const journal = (...hashes: readonly string[]) => `
    create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
    insert into drizzle.__drizzle_migrations (hash, created_at) values ${hashes.map((hash, index) => `('${hash}', ${1_700_000_000_000 + index})`).join(", ")};
    create table t (id int);`;

  it("that the target lacks are named, and the rows are refused; its journal is never loaded as rows", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(`${journal("first", "second", "third")} insert into t values (1)`);
    await using older = await createDatabase(journal("first"));
    await using newer = await createDatabase(journal("first", "second", "third", "fourth"));
    await dump(source.url, folder.file("a.ark"), { content: "data" });

    await expect(restore(folder.file("a.ark"), older.url)).rejects.toMatchObject({ code: "MIGRATIONS_NEWER", message: expect.stringMatching(/2 migrations .*second.*third/) });
    const report = await restore(folder.file("a.ark"), newer.url);

    expect(await older.query("select count(*)::int as count from t")).toStrictEqual([{ count: 0 }]);
    expect(await newer.query("select (select count(*)::int from t) as t, (select count(*)::int from drizzle.__drizzle_migrations) as migrations")).toStrictEqual([{ t: 1, migrations: 4 }]);
    expect(report.skipped.map(({ object }) => object)).toContain("TABLE drizzle.__drizzle_migrations");
  });

  it("of another table are read there when asked for", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(`${journal("first").replaceAll("drizzle.__drizzle_migrations", "drizzle.mine")} insert into t values (1)`);
    await using target = await createDatabase(journal("first").replaceAll("drizzle.__drizzle_migrations", "drizzle.mine"));
    const migrationsTable = { schema: "drizzle", table: "mine" };
    await dump(source.url, folder.file("a.ark"), { content: "data", migrationsTable });
    await restore(folder.file("a.ark"), target.url, { migrationsTable });
    expect((await tableDigests(target.url)).map(({ rows }) => rows)).toStrictEqual([1, 1]);
  });
});

it("an extension that the target's server does not have is told before anything is written", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase("create extension hstore; create table t (a hstore)");
  await dump(source.url, folder.file("a.ark"));
  await using archive = await openArchive(folder.file("a.ark"));
  const options = resolveRestoreOptions({});
  const target = { place: "there", database: "d", serverVersion: 170_000, encoding: "UTF8", roles: new Set(["postgres"]), tablespaces: new Set<string>(), schemas: new Set(["public"]), relations: new Map(), migrations: null };
  const planWith = (extensions: ReadonlyMap<string, { installed: string | null; available: string | null }>) =>
    makePlan({ toc: archive.toc, manifest: archive.manifest, selection: createSelection(options, "all"), target: { ...target, extensions }, options });

  const lacking = planWith(new Map());
  expect(lacking.missing).toStrictEqual([{ kind: "extension", name: "hstore", neededBy: "the archive's objects" }]);
  expect(lacking.refusals).toMatchObject([{ code: "TARGET_LACKS", object: "hstore", hint: expect.stringContaining("packages") }]);
  const older = planWith(new Map([["hstore", { installed: null, available: "1.0" }]]));
  expect(older.refusals).toStrictEqual([]);
  expect(older.warnings).toMatchObject([{ code: "EXTENSION_VERSION_DIFFERS", object: "extension hstore" }]);
});

it("an archive of a newer format is refused, and so is what is no archive", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase("create table t (id int)");
  await using target = await createDatabase();
  await dump(source.url, folder.file("a.ark"));
  const bytes = await readFile(folder.file("a.ark"));
  bytes.writeUInt16LE(2, 10);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 44)), 44);
  await writeFile(folder.file("newer.ark"), bytes);
  await writeFile(folder.file("text.ark"), "PGDMP".repeat(100));
  await writeFile(folder.file("empty.ark"), "");

  for (const [name, code] of [["newer.ark", "ARCHIVE_NEWER"], ["text.ark", "NOT_AN_ARCHIVE"], ["empty.ark", "ARCHIVE_INCOMPLETE"], ["absent.ark", "IO_FAILED"]] as const) {
    await expect(restore(folder.file(name), target.url)).rejects.toMatchObject({ code });
    if (name !== "absent.ark") await expect(restore(createReadStream(folder.file(name)), target.url)).rejects.toMatchObject({ code });
  }
  expect(await tableDigests(target.url)).toStrictEqual([]);
});
