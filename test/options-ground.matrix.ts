/**
 * Every option of a dump or a restore on a database that has all kinds: what is in the target afterwards is compared
 * with what pg_dump and psql, given the same option, leave in another one. Facts by name, so that no text counts.
 */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dump, type DumpOptions, restore, type RestoreOptions } from "../src/index.ts";
import { catalogFacts, factsThatDiffer, type Facts } from "./helpers/catalog-facts.ts";
import { createDatabase, type TestDatabase, testServers } from "./helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "./helpers/folder.ts";
import { GROUND } from "./helpers/ground.ts";
import { program } from "./helpers/programs.ts";

const run = promisify(execFile);
const MAJOR = Object.keys(testServers()).sort((a, b) => Number(b) - Number(a))[0]!;

interface Case {
  /** pg_dump's, and the title. */
  readonly flags: readonly string[];
  readonly dump?: DumpOptions;
  readonly restore?: RestoreOptions;
  /** What pg_dump, with these flags, has put into both targets before. */
  readonly onto?: readonly string[];
}

const CASES: readonly Case[] = [
  { flags: [] },
  { flags: ["--schema-only"], dump: { content: "schema" } },
  { flags: ["--data-only"], dump: { content: "data" }, onto: ["--schema-only"] },
  { flags: ["--section=pre-data"], dump: { sections: ["pre-data"] } },
  { flags: ["--section=data"], dump: { sections: ["data"] }, onto: ["--section=pre-data"] },
  { flags: ["--section=post-data"], dump: { sections: ["post-data"] }, onto: ["--section=pre-data"] },
  { flags: ["--section=pre-data", "--section=post-data"], dump: { sections: ["pre-data", "post-data"] } },
  { flags: ["--schema=app"], dump: { schemas: ["app"] } },
  { flags: ["--schema=app", "--schema-only"], dump: { schemas: ["app"], content: "schema" } },
  { flags: ["--exclude-schema=app"], dump: { excludeSchemas: ["app"] } },
  { flags: ["--exclude-schema=other"], dump: { excludeSchemas: ["other"] } },
  { flags: ["--table=users"], dump: { tables: ["users"] }, onto: ["--schema=app", "--schema-only"] },
  { flags: ["--table=app.*"], dump: { tables: ["app.*"] }, onto: ["--section=pre-data", "--table=users"] },
  { flags: ["--exclude-table=users"], dump: { excludeTables: ["users"] } },
  { flags: ["--table-and-children=logs"], dump: { tablesAndChildren: ["logs"] } },
  { flags: ["--exclude-table-and-children=logs"], dump: { excludeTablesAndChildren: ["logs"] } },
  { flags: ["--exclude-table-data=users"], dump: { excludeTableData: ["users"] } },
  { flags: ["--exclude-table-data-and-children=base"], dump: { excludeTableDataAndChildren: ["base"] } },
  // Where the access method is missing, psql goes on and makes the table with another one.
  { flags: ["--extension=hstore", "--no-table-access-method"], dump: { extensions: ["hstore"], noTableAccessMethod: true } },
  { flags: ["--exclude-extension=citext"], dump: { excludeExtensions: ["citext"] } },
  { flags: ["--no-comments"], dump: { noComments: true } },
  { flags: ["--no-publications"], dump: { noPublications: true } },
  { flags: ["--no-subscriptions"], dump: { noSubscriptions: true } },
  { flags: ["--no-security-labels"], dump: { noSecurityLabels: true } },
  { flags: ["--no-tablespaces"], dump: { noTablespaces: true } },
  { flags: ["--no-table-access-method"], dump: { noTableAccessMethod: true } },
  ...(MAJOR === "18" ? [{ flags: ["--no-policies"], dump: { noPolicies: true } }] : []),
  { flags: ["--no-owner"], restore: { noOwner: true } },
  { flags: ["--no-privileges"], restore: { noPrivileges: true } },
  { flags: ["--no-owner", "--no-privileges", "--no-comments"], restore: { noOwner: true, noPrivileges: true, noComments: true } },
  { flags: ["--clean", "--if-exists"], restore: { clean: true }, onto: [] },
  { flags: ["--clean", "--if-exists", "--schema-only"], dump: { content: "schema" }, restore: { clean: true }, onto: [] },
];

/** Where pgark means to differ, and why. */
const ON_PURPOSE: readonly { readonly fact: RegExp; readonly only?: string; readonly because: string }[] = [
  { fact: /other_sql|"comment":"plpgsql"/, because: "pg_dump takes a language with PostgreSQL's own handlers for an extension, which nobody has" },
  { fact: /"name":"app\.german"/, because: "pg_dump makes a copy of collation C for one encoding only" },
  { fact: /"name":"public\.counts"/, only: "--data-only", because: "rows alone refresh the materialized views that show them; pg_dump leaves them as they are" },
  { fact: /users_statistics/, only: "--table=users", because: "extended statistics go with the table that is named; pg_dump leaves them behind" },
  { fact: /large object|"oid":4711/, only: "--data-only", because: "rows into a database that is there change no privileges, comments and owners" },
  { fact: /large object|"oid":4711/, only: "--section=data", because: "rows into a database that is there change no privileges, comments and owners" },
];

let database: TestDatabase;
let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
  database = await createDatabase(GROUND, { major: MAJOR });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

it.each(CASES.map((one, index) => [one.flags.join(" ") || "no option", one, index] as const))(`%s leaves what pg_dump leaves (PostgreSQL ${MAJOR})`, async (_, one, index) => {
  await using theirs = await createDatabase("", { major: MAJOR });
  await using ours = await createDatabase("", { major: MAJOR });
  if (one.onto !== undefined) for (const { url } of [theirs, ours]) await pgDump(one.onto, url);

  await pgDump(one.flags, theirs.url);
  const archive = folder.file(`${index}.ark`);
  await dump(database.url, archive, { ...one.dump, jobs: 2 });
  // psql goes on after what a selection cannot make, and so does this.
  await restore(archive, ours.url, { continueOnError: true, jobs: 2, ...one.restore });

  expect(unexplained(await catalogFacts(theirs.url), await catalogFacts(ours.url), one.flags)).toStrictEqual([]);
}, 120_000);

async function pgDump(flags: readonly string[], url: string): Promise<void> {
  const { stdout } = await run(program("pg_dump", MAJOR), ["-d", database.url, ...flags], { maxBuffer: 1 << 26 });
  const script = folder.file("dump.sql");
  await writeFile(script, stdout);
  await run(program("psql", MAJOR), ["-X", "-q", "-d", url, "-f", script], { maxBuffer: 1 << 26 });
}

function unexplained(theirs: Facts, ours: Facts, flags: readonly string[]): readonly string[] {
  const differences = factsThatDiffer(theirs, ours).flatMap(({ kind, lost, added }) => [...lost.map((fact) => `pg_dump alone: ${kind} ${fact}`), ...added.map((fact) => `pgark alone: ${kind} ${fact}`)]);
  return differences.filter((difference) => !ON_PURPOSE.some(({ fact, only }) => fact.test(difference) && (only === undefined || flags.includes(only))));
}
