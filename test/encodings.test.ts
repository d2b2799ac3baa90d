/** Databases in every kind of encoding: names, texts and rows come back as the bytes they are, and into another encoding as the same characters. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dump, openArchive, restore } from "../src/index.ts";
import { createDatabase, testServers } from "./helpers/database.ts";
import type { TestDatabase } from "./helpers/database.ts";
import { psql, schemaDumpBytes } from "./helpers/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "pgark-encodings-"));
afterAll(() => rmSync(folder, { recursive: true }));
const majors = Object.keys(testServers()).filter((major) => process.env["PGARK_TEST_MATRIX"] === "1" || major === "17");

/** Every byte but zero. */
const EVERY_BYTE = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1));

/** A name has 63 bytes at most. */
const PIECES = Array.from({ length: 5 }, (_, index) => EVERY_BYTE.subarray(index * 60, index * 60 + 60));

/** Objects with a name and texts of these bytes. Each character of a string here is one byte. */
function statements(bytes: Buffer): string {
  const plain = bytes.toString("latin1");
  const id = `"${plain.replaceAll('"', '""')}"`;
  const value = literal(plain);
  return `
    create schema ${id};
    create type ${id}.mood as enum (${value}, 'b');
    create domain ${id}.guarded as text default ${value} check (value <> ${value});
    create table ${id}.${id} (${id} text default ${value}, b ${id}.mood, c text[], d jsonb, e varchar, f "char", constraint k check (${id} <> 'x'));
    insert into ${id}.${id} values (${value}, ${value}, array[${value}, null], to_jsonb(${value}::text), ${value}, 'a'), ('', null, '{}', null, null, null);
    create table ${id}.texts (a text, guarded ${id}.guarded, row ${id}.${id});
    insert into ${id}.texts select ${value}, 'y', t from ${id}.${id} t;
    comment on table ${id}.${id} is ${value};
    comment on column ${id}.${id}.${id} is ${value};
    create index i on ${id}.${id} (${id}, (${id} || ${value})) where ${id} <> ${value};
    create view ${id}.v as select ${value}::text as ${id}, t.c from ${id}.${id} t where t.${id} <> ${value};
    create function ${id}.${id}(${id} text default ${value}) returns text language sql set my.setting to ${value} as ${literal(`select ${value}::text`)};
    create function ${id}.body() returns text language plpgsql as ${literal(`begin /* ${plain} */ return ${value}; end`)};
    create materialized view ${id}.m as select * from ${id}.v;`;
}

function literal(text: string): string {
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

describe.each(majors)("on PostgreSQL %s", (major) => {
  it.each([
    ["SQL_ASCII", ...PIECES],
    ["SQL_ASCII", Buffer.from("naïve 🐘")],
    ["SQL_ASCII", Buffer.from("\xe9t\xe9", "latin1")],
    ["SQL_ASCII", Buffer.from(`${"é".repeat(31)}🐘`).subarray(0, 63)],
    ["SQL_ASCII", Buffer.concat([Buffer.from("é"), Buffer.from([0xc3, 0x28, 0xe2, 0x82, 0xed, 0xb3, 0xbf, 0xf4, 0x90, 0x80, 0x80, 0xff]), Buffer.from("\ufffd")])],
    ["LATIN1", ...PIECES],
    ["LATIN9", ...PIECES],
    ["WIN1251", Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x22, 0x27])],
    ["KOI8R", ...PIECES],
    ["EUC_JP", Buffer.from([0xc6, 0xfc, 0xcb, 0xdc, 0xb8, 0xec, 0x5c, 0x8e, 0xb1, 0x8f, 0xb0, 0xa1])],
    ["EUC_KR", Buffer.from([0xc7, 0xd1, 0xb1, 0xdb])],
  ] satisfies readonly (readonly [string, ...Buffer[]])[])("a database in %s keeps the bytes %o", async (encoding: string, ...names: readonly Buffer[]) => {
    await using source = await createDatabase("", { major, encoding });
    await runBytes(source, names.map((bytes) => statements(bytes)).join(""), encoding, major);
    await using target = await createDatabase("", { major, encoding });
    await using loaded = await createDatabase("", { major, encoding });
    await using inText = await createDatabase("", { major, encoding });
    await expectSame(source, [target, loaded, inText], encoding, major);
  });

  it("characters that the target's encoding lacks end the restore, and the table is named", async () => {
    await using source = await createDatabase(`create table fits (a text); insert into fits values ('é'); create table "does not" (a text); insert into "does not" values ('é'), ('€')`, { major });
    await using target = await createDatabase("", { major, encoding: "LATIN1" });
    const file = join(folder, `${source.name}.ark`);
    await dump(source.url, file, { excludeTables: ['"does not"'] });
    await restore(file, target.url);
    expect(await target.query("select convert_to(a, 'LATIN1')::text as bytes from fits")).toStrictEqual([{ bytes: "\\xe9" }]);
    await dump(source.url, `${file}.all`, { tables: ['"does not"'] });
    await expect(restore(`${file}.all`, target.url)).rejects.toMatchObject({ code: "SQL_FAILED", message: expect.stringContaining("does not"), sqlState: "22P05" });
  });

  it("bytes of a database in SQL_ASCII go into UTF8 where they are UTF-8, and are refused with the table's name where not", async () => {
    await using source = await createDatabase("", { major, encoding: "SQL_ASCII" });
    await runBytes(source, `create table "\xc3\xa9" (a text); insert into "\xc3\xa9" values (E'\xc3\xa9'); create table broken (a text); insert into broken values ('a'), (E'\xe9')`, "SQL_ASCII", major);
    await using target = await createDatabase("", { major });
    const file = join(folder, `${source.name}.ark`);
    await dump(source.url, file, { excludeTables: ["broken"] });
    await restore(file, target.url);
    expect(await target.query('select a from "é"')).toStrictEqual([{ a: "é" }]);
    await dump(source.url, `${file}.broken`, { tables: ["broken"] });
    await expect(restore(`${file}.broken`, target.url)).rejects.toMatchObject({ code: "SQL_FAILED", message: expect.stringContaining("broken"), sqlState: "22021" });
  });
});

async function expectSame(source: TestDatabase, [target, loaded, inText]: readonly [TestDatabase, TestDatabase, TestDatabase], encoding: string, major: string): Promise<void> {
  const file = join(folder, `${source.name}.ark`);
  await dump(source.url, file, { jobs: 2 });
  await restore(file, target.url, { jobs: 2 });
  await using archive = await openArchive(file);
  const script: Uint8Array[] = [];
  for await (const piece of archive.sql()) script.push(Buffer.from(piece));
  writeFileSync(`${file}.sql`, Buffer.concat(script));
  await psql(loaded.url, `${file}.sql`, major);
  await dump(source.url, `${file}.text`, { jobs: 2, textOnly: true });
  await restore(`${file}.text`, inText.url);
  const original = await schemaDumpBytes(source.url, major);
  const rows = await rowsAsBytes(source);
  for (const other of [target, loaded, inText]) {
    expect((await schemaDumpBytes(other.url, major)).toString("latin1")).toBe(original.toString("latin1"));
    expect(await rowsAsBytes(other)).toStrictEqual(rows);
  }
  expect(archive.manifest.source.encoding).toBe(encoding);
  expect(rows.length).toBeGreaterThan(2);
}

/** Rows of all tables as the bytes that the server keeps. */
async function rowsAsBytes(database: TestDatabase): Promise<readonly string[]> {
  await database.query("set client_encoding to 'UTF8'");
  const found: string[] = [];
  const tables = await database.query<{ oid: number; columns: number }>("select c.oid, c.relnatts as columns from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'm') and nspname !~ '^pg_' and nspname <> 'information_schema' order by relname");
  for (const { oid } of tables) {
    // The name never comes here, where it could not be read: the server puts the statement together, and runs it.
    const [row] = await database.query<{ found: string }>(`select md5(convert_to((xpath('/table/row/bytes/text()', query_to_xml('select string_agg(encode(convert_to(t::text, getdatabaseencoding()), ''hex''), '','' order by t::text) as bytes from ' || ${oid}::regclass::text || ' t', false, false, '')))[1]::text, 'UTF8')) as found`);
    found.push(row?.found ?? "");
  }
  return found.sort();
}

/** Runs SQL in bytes that `pg` could not send. */
async function runBytes(database: TestDatabase, sql: string, encoding: string, major: string): Promise<void> {
  const file = join(folder, `${database.name}.sql`);
  writeFileSync(file, Buffer.from(`set client_encoding to '${encoding}';\n${sql}`, "latin1"));
  await psql(database.url, file, major);
}
