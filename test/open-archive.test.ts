import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, openArchive, restore, tableDigests } from "../src/index.ts";
import { createDatabase, type TestDatabase } from "./helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "./helpers/folder.ts";
import { psql, schemaDump } from "./helpers/programs.ts";
import { ROWS, SCHEMA } from "./restore/application.ts";

let folder: TemporaryFolder;
let database: TestDatabase;
beforeAll(async () => {
  folder = await temporaryFolder();
  database = await createDatabase(`
    create table t (id int primary key, big int8, name text, ok bool, bytes bytea, made int generated always as (id) stored, "__proto__" text, "Quoted, name" text);
    insert into t values (1, 9007199254740993, E'a\\tb\\n"c",\\\\', true, '\\x00ff', default, 'p', 'q'), (2, null, null, null, null, default, null, '');
    create schema other; create table other.t (id int); create table other.single (a numeric); insert into other.single values (1.50);`);
  await dump(database.url, folder.file("a.ark"));
  await dump(database.url, folder.file("text.ark"), { textOnly: true });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe.each(["a.ark", "text.ark"])("%s", (name) => {
  it("tells its tables, and their rows as values", async () => {
    await using archive = await openArchive(folder.file(name));
    expect(archive.tables().map(({ schema, name: table, rows, columns }) => ({ table: `${schema}.${table}`, rows, columns: columns.length }))).toStrictEqual([
      { table: "other.single", rows: 1, columns: 1 },
      { table: "other.t", rows: 0, columns: 1 },
      { table: "public.t", rows: 2, columns: 7 },
    ]);
    const rows = [];
    for await (const row of archive.rows("public.t")) rows.push([...row]);
    expect(rows).toStrictEqual([
      [["id", 1], ["big", 9007199254740993n], ["name", 'a\tb\n"c",\\'], ["ok", true], ["bytes", new Uint8Array([0, 255])], ["__proto__", "p"], ["Quoted, name", "q"]],
      [["id", 2], ["big", null], ["name", null], ["ok", null], ["bytes", null], ["__proto__", null], ["Quoted, name", ""]],
    ]);
  });

  it("prints a table as csv, JSON lines and COPY text, as the server would", async () => {
    await using archive = await openArchive(folder.file(name));
    const printed = async (format: "csv" | "jsonl" | "copy") => {
      const pieces: Uint8Array[] = [];
      for await (const piece of archive.print("public.t", format)) pieces.push(typeof piece === "string" ? Buffer.from(piece) : piece);
      return Buffer.concat(pieces).toString();
    };
    expect(await printed("copy")).toBe('1\t9007199254740993\ta\\tb\\n"c",\\\\\tt\t\\\\x00ff\tp\tq\n2\t\\N\t\\N\t\\N\t\\N\t\\N\t\n');
    expect(await printed("csv")).toBe('id,big,name,ok,bytes,__proto__,"Quoted, name"\n1,9007199254740993,"a\tb\n""c"",\\",t,\\x00ff,p,q\n2,,,,,,""\n');
    const lines = (await printed("jsonl")).trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(Object.entries(JSON.parse(lines[1] ?? ""))).toContainEqual(["Quoted, name", ""]);
  });
});

it("finds a table by its bare name where that is one, and says which schemas where it is not", async () => {
  await using archive = await openArchive(folder.file("a.ark"));
  const first = async (table: string) => {
    for await (const row of archive.rows(table)) return row;
    return null;
  };
  expect(await first("single")).toStrictEqual(new Map([["a", "1.50"]]));
  await expect(first("t")).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining("other, public") });
  await expect(first("nothing")).rejects.toMatchObject({ code: "NOTHING_MATCHED" });
});

it("throws for what is no archive, and closes what it opened", async () => {
  await writeFile(folder.file("no.ark"), "no archive at all, but long enough to hold a header and a footer".repeat(5));
  await expect(openArchive(folder.file("no.ark"))).rejects.toMatchObject({ code: "NOT_AN_ARCHIVE" });
  const bytes = await readFile(folder.file("a.ark"));
  await writeFile(folder.file("cut.ark"), bytes.subarray(0, bytes.length - 1));
  await expect(openArchive(folder.file("cut.ark"))).rejects.toMatchObject({ code: "ARCHIVE_INCOMPLETE" });
});

describe.each(["15", "17"])("the plain SQL of an archive, on PostgreSQL %s", (major) => {
  it("loads with psql without an error into what was dumped, rows, sequences and large objects", async () => {
    await using source = await createDatabase(`${SCHEMA + ROWS} select lo_from_bytea(5002, decode(repeat('00ff5c', 200000), 'hex')), lo_create(5003); comment on large object 5003 is E'a\\nb';`, { major });
    await using target = await createDatabase("", { major });
    await using again = await createDatabase("", { major });
    await dump(source.url, folder.file(`${major}.ark`), { chunkBytes: 50_000 });
    await using archive = await openArchive(folder.file(`${major}.ark`));
    await writeFile(folder.file(`${major}.sql`), archive.sql());
    await psql(target.url, folder.file(`${major}.sql`), major);
    await restore(folder.file(`${major}.ark`), again.url);

    const sequences = "select schemaname, sequencename, last_value from pg_sequences order by 1, 2";
    const large = "select oid::int, md5(lo_get(oid)), obj_description(oid, 'pg_largeobject') from pg_largeobject_metadata order by 1";
    for (const loaded of [target, again]) {
      expect(await schemaDump(loaded.url, major)).toBe(await schemaDump(source.url, major));
      expect(await tableDigests(loaded.url)).toStrictEqual(await tableDigests(source.url));
      expect(await loaded.query(sequences)).toStrictEqual(await source.query(sequences));
      expect(await loaded.query(large)).toStrictEqual(await source.query(large));
    }
  });
});
