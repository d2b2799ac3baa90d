/** pg_dump is the oracle: the same flags must mean the same relations, in the definitions and in the rows. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, isPgarkError, openArchive, restore, type SelectionOptions } from "../src/index.ts";
import { createDatabase, type TestDatabase } from "./helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "./helpers/folder.ts";
import { program } from "./helpers/programs.ts";

const SQL = `
  create schema app; create schema "App"; create schema "a.b"; create schema other;
  create table users (id serial primary key, name text); create index on users (name); comment on table users is 'people';
  create table users_old (id int references users); create table "Users" (id int generated always as identity); create table "users.dot" (id int); create table users1 (id int); create table "us$r" (id int); create table "a+b" (id int);
  create table app.users (id int primary key); create table app.posts (id int, at date) partition by range (at); create table app.posts_1 partition of app.posts default;
  create table "App".t (id int); create table "a.b"."c.d" (id int); create table other.logs (id int); create table logs (id int);
  create view user_names as select name from users; create view app.v as select 1 as one;
  create materialized view counts as select count(*) from users; create materialized view other.counts as select 1 as one;
  create sequence free; create sequence app.users_seq; create type app.mood as enum ('a'); create function app.f() returns int language sql as 'select 1';
  create table heir () inherits (users);
  insert into users (name) values ('x'); select setval('free', 9);`;

let database: TestDatabase;
let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
  database = await createDatabase(SQL);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const FLAGS: readonly SelectionOptions[] = [
  ...["users", "USERS", '"Users"', "users*", "user?", "users|logs", "(users|logs)", "*", "*.*", "app.*", "app.users", "*.users", '"App".*', '"a.b"."c.d"', '"users.dot"', "us$r", "a+b", '"a+b"', "counts", "*.counts", "free", "users_id_seq", "app.posts*", "nothing", "app.v", "logs"].map((table) => ({ tables: [table] })),
  ...["app", '"App"', "a*", "other|app", "public", "*", '"a.b"', "nothing", "pub[a-z]+"].map((schema) => ({ schemas: [schema] })),
  ...["app", "a*", "*", "public", '"App"'].map((schema) => ({ excludeSchemas: [schema] })),
  ...["users", "users*", "*.users", "app.*", "*", "*.*", "counts", "logs", "nothing", "users_id_seq"].map((table) => ({ excludeTables: [table] })),
  { schemas: ["app"], excludeTables: ["users"] },
  { schemas: ["app"], excludeTables: ["app.users"] },
  { schemas: ["app", "other"], excludeSchemas: ["other"] },
  { schemas: ["app"], tables: ["users"] },
  { tables: ["users", "app.*"], excludeTables: ["app.posts*"] },
  { tables: ["app.users"], excludeSchemas: ["app"] },
  { tables: ["users"], excludeTables: ["users"] },
  { excludeTableData: ["users"] },
  { excludeTableData: ["*"] },
  { excludeTableData: ["*.*"] },
  { excludeTableData: ["counts", "free", "app.*"] },
  { tables: ["users"], excludeTableData: ["users"] },
];

it.concurrent.each(FLAGS.map((flags, index) => [JSON.stringify(flags), flags, index] as const))("%s selects what pg_dump selects", async (_, flags, index) => {
  const ours = await selectedByUs(flags, folder.file(`${index}.ark`));
  const theirs = await selectedByPgDump(flags);
  expect(ours).toStrictEqual(theirs);
});

describe("restoring from a whole archive", () => {
  it.each([
    [{ tables: ["users"] }, ["app.users", "public.users"]],
    [{ tables: ["public.users"] }, ["public.users"]],
    [{ schemas: ["app"] }, ["app.posts_1", "app.users"]],
    [{ schemas: ["app"], excludeTables: ["posts_1"] }, ["app.users"]],
    [{ excludeSchemas: ["app", "public", '"App"', '"a.b"'] }, ["other.logs"]],
    [{ tables: ["*.logs"], excludeTables: ["other.*"] }, ["public.logs"]],
    [{ tables: ["*.logs"], excludeTableData: ["public.logs"] }, ["other.logs"]],
  ])("%j loads the rows of %j, also from an archive of rows alone", async (flags, tables) => {
    for (const content of ["all", "data"] as const) {
      const path = folder.file(`${JSON.stringify(flags)}-${content}.ark`.replaceAll("/", "-"));
      await dump(database.url, path, { content });
      await using target = await createDatabase(content === "data" ? SQL.replace(/insert into users .*/, "") : "create schema app; create schema other");
      const report = await restore(path, target.url, flags);
      expect(report.tables.map(({ table }) => table).sort()).toStrictEqual(tables);
    }
  });

  it("does not go on with a pattern that fits nothing", async () => {
    const path = folder.file("none.ark");
    await dump(database.url, path, { content: "data" });
    for (const flags of [{ tables: ["nothing"] }, { schemas: ["nothing"] }]) {
      await expect(restore(path, database.url, flags)).rejects.toMatchObject({ code: "NOTHING_MATCHED", object: "nothing" });
    }
  });
});

interface Selected {
  readonly relations: readonly string[];
  readonly rows: readonly string[];
}

async function selectedByUs(flags: SelectionOptions, path: string): Promise<Selected | "no match"> {
  try {
    await dump(database.url, path, { ...flags, jobs: 1, verify: false });
  } catch (error) {
    if (isPgarkError(error, "NOTHING_MATCHED")) return "no match";
    throw error;
  }
  await using archive = await openArchive(path);
  const relations: string[] = [];
  const rows: string[] = [];
  for (const { kind, schema, name, create } of archive.toc.entries) {
    if (["table", "view", "materialized-view", "sequence", "identity", "index", "schema", "enum", "function"].includes(kind) && create.length > 0) relations.push(`${kind} ${kind === "schema" ? name : `${schema}.${name}`}`);
    if (["table-data", "sequence-value", "refresh"].includes(kind)) rows.push(`${kind} ${schema}.${name}`);
  }
  return { relations: relations.sort(), rows: rows.sort() };
}

const KINDS: Readonly<Record<string, string>> = { TABLE: "table", VIEW: "view", "MATERIALIZED VIEW": "materialized-view", SEQUENCE: "sequence", INDEX: "index", SCHEMA: "schema", TYPE: "enum", FUNCTION: "function" };
const ROWS: Readonly<Record<string, string>> = { "TABLE DATA": "table-data", "SEQUENCE SET": "sequence-value", "MATERIALIZED VIEW DATA": "refresh" };

/** What the comments in pg_dump's script say that it holds. */
async function selectedByPgDump(flags: SelectionOptions): Promise<Selected | "no match"> {
  const args = [
    ...(flags.schemas ?? []).flatMap((pattern) => ["-n", pattern]),
    ...(flags.excludeSchemas ?? []).flatMap((pattern) => ["-N", pattern]),
    ...(flags.tables ?? []).flatMap((pattern) => ["-t", pattern]),
    ...(flags.excludeTables ?? []).flatMap((pattern) => ["-T", pattern]),
    ...(flags.excludeTableData ?? []).map((pattern) => `--exclude-table-data=${pattern}`),
  ];
  let script: string;
  try {
    ({ stdout: script } = await promisify(execFile)(program("pg_dump", "17"), ["-d", database.url, ...args], { maxBuffer: 1 << 24 }));
  } catch (error) {
    if (String(error).includes("no matching")) return "no match";
    throw error;
  }
  const relations: string[] = [];
  const rows: string[] = [];
  for (const [, name, type, schema] of script.matchAll(/^-- (?:Data for )?Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: .*$/gm)) {
    // Asked for `*` pg_dump gives its own catalogs too, which nobody can restore; and with -n it makes schema public, which every database has.
    if (type === "SCHEMA" && name === "public") continue;
    if (/^(pg_|information_schema)/.test(schema ?? "") || /^(pg_|information_schema)/.test(type === "SCHEMA" ? (name ?? "") : "")) continue;
    const bare = type === "FUNCTION" ? name?.replace(/\(.*/, "") : name;
    // pg_dump calls an identity a sequence; its own text tells the difference.
    const isIdentity = type === "SEQUENCE" && script.includes(`ADD GENERATED ALWAYS AS IDENTITY (\n    SEQUENCE NAME ${schema}."${name}"`);
    const kind = isIdentity ? "identity" : KINDS[type ?? ""];
    if (kind !== undefined) relations.push(`${kind} ${kind === "schema" ? bare : `${schema}.${bare}`}`);
    if (ROWS[type ?? ""] !== undefined) rows.push(`${ROWS[type ?? ""]} ${schema}.${name}`);
  }
  return { relations: relations.sort(), rows: rows.sort() };
}
