/** Filter files: pg_dump is the oracle for what is one, and for what it selects. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFilter } from "../../src/cli/filter-file.ts";
import { dump, isPgarkError, openArchive } from "../../src/index.ts";
import { selectionOf } from "../../src/cli/selection-flags.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "../helpers/folder.ts";
import { program } from "../helpers/programs.ts";

const FILES = [
  "include table users\n",
  "include table users",
  "# a comment\n\n  include   table\tusers   # and another\n\t\n",
  "include table public . users\n",
  'include table "two\nlines"\n',
  'include table public."two\nlines"\ninclude table users\n',
  'include table "say ""hi"""\n',
  "include table two words\n",
  "include table us*\nexclude table users_old\n",
  "include table (users|logs)\n",
  "include table_and_children logs\n",
  "exclude table_and_children logs\r\nexclude schema app\r\n",
  "include schema app\nexclude table app.t\n",
  "exclude table_data users\nexclude table_data_and_children logs\n",
  "include extension plpgsql\n",
  "exclude extension hstore\n",
  "",
  "# nothing\n",
  "include table\n",
  "include\n",
  "table users\n",
  "Include TABLE users\n",
  "include tables users\n",
  "include table_data users\n",
  "exclude function f\n",
  "include index users_pkey\n",
  'include table "open\n',
  "include toString users\n",
  '"include" table users\n',
];

let database: TestDatabase;
let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
  database = await createDatabase(`
    create schema app; create table app.t (id int); create table app.u (id int); create table users (id int); create table users_old (id int); create table "two\nlines" (id int); create table "say ""hi""" (id int); create table "two words" (id int);
    create table logs (id int) partition by range (id); create table logs_1 partition of logs default;`);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

it.concurrent.each(FILES.map((text, index) => [JSON.stringify(text), text, index] as const))("%s means to both the same", async (_, text, index) => {
  const file = folder.file(`${index}.txt`);
  await writeFile(file, text);
  expect(await selectedByUs(text, folder.file(`${index}.ark`))).toStrictEqual(await selectedByPgDump(file));
});

describe("what is wrong", () => {
  it.each([
    ["include table a\nhello table b\n", "list.txt, line 2: a line begins with include or exclude, not with hello"],
    ['# one\ninclude table "x\n\n', "list.txt, line 2: a double quote is not closed"],
    ["include schema\n", "list.txt, line 1: a pattern is missing"],
    ["\nexclude foreign_data s\n", "list.txt, line 2: exclude foreign_data is not possible here"],
    ["include things x\n", "list.txt, line 1: include is followed by schema, table, table_and_children, extension, not by things"],
    ['include table "a\nb"\nexclude\n', "list.txt, line 3: exclude is followed by schema, table, table_and_children, table_data, table_data_and_children, extension, not by nothing"],
  ])("%j is told with its line", (text, message) => {
    expect(() => readFilter(text, "list.txt")).toThrowError(expect.objectContaining({ code: "USAGE", message }));
  });
});

async function selectedByUs(text: string, path: string): Promise<readonly string[] | "refused"> {
  try {
    await dump(database.url, path, { ...selectionOf(Object.fromEntries(readFilter(text, "list.txt"))), jobs: 1, verify: false });
  } catch (error) {
    if (isPgarkError(error, "NOTHING_MATCHED", "USAGE")) return "refused";
    throw error;
  }
  await using archive = await openArchive(path);
  return archive.toc.entries.filter(({ kind }) => kind === "table" || kind === "table-data").map(({ kind, schema, name }) => `${kind} ${schema}.${name.replaceAll("\n", " ")}`).sort();
}

async function selectedByPgDump(file: string): Promise<readonly string[] | "refused"> {
  try {
    const { stdout } = await promisify(execFile)(program("pg_dump", "17"), [`--filter=${file}`, "-d", database.url]);
    const entries = [...stdout.matchAll(/^-- (?:Data for )?Name: (.*); Type: (TABLE|TABLE DATA); Schema: (.*); Owner: .*$/gm)];
    return entries.map(([, name, type, schema]) => `${type === "TABLE" ? "table" : "table-data"} ${schema}.${name}`).sort();
  } catch {
    return "refused";
  }
}
