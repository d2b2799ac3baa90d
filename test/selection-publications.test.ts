/** What a selection leaves in publications and on foreign tables: pg_dump is the oracle. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dump, openArchive, restore, type SelectionOptions } from "../src/index.ts";
import { createDatabase, type TestDatabase } from "./helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "./helpers/folder.ts";
import { program } from "./helpers/programs.ts";

const SQL = `
  create schema app; create schema other;
  create table a (id int primary key); create table app.b (id int primary key); create table other.c (id int primary key);
  create foreign data wrapper w; create server s foreign data wrapper w; create user mapping for public server s;
  create foreign table far (id int options (x 'y') default 1) server s; create foreign table app.far (id serial) server s; comment on foreign table far is 'far';
  create publication pub for table a, app.b, tables in schema app, other;
  create publication everything for all tables;
  create text search configuration app.english (copy = pg_catalog.english);
  create function et() returns event_trigger language plpgsql as 'begin end'; create event trigger et on ddl_command_end execute function et();`;

const FLAGS: readonly SelectionOptions[] = [
  {}, { excludeTables: ["a"] }, { excludeTables: ["app.*"] }, { excludeSchemas: ["app"] }, { excludeSchemas: ["public", "other"] }, { schemas: ["app"] }, { tables: ["a"] },
  { tables: ["far"] }, { tables: ["*.far"] }, { excludeTables: ["far"] }, { schemas: ["app"], excludeTables: ["*.far"] },
];

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

it.concurrent.each(FLAGS.map((flags, index) => [JSON.stringify(flags), flags, index] as const))("%s selects what pg_dump selects", async (_, flags, index) => {
  const file = folder.file(`${index}.ark`);
  await dump(database.url, file, flags);
  await using archive = await openArchive(file);
  const ours = archive.toc.entries.flatMap(({ create }) => create.map(subjectOf));
  const args = [["-n", flags.schemas], ["-N", flags.excludeSchemas], ["-t", flags.tables], ["-T", flags.excludeTables]] as const;
  const { stdout } = await promisify(execFile)(program("pg_dump", "17"), ["--schema-only", "-d", database.url, ...args.flatMap(([flag, patterns]) => (patterns ?? []).flatMap((pattern) => [flag, pattern]))]);
  const theirs = stdout.split(/;\n/).map((statement) => subjectOf(statement.replace(/^(?:--.*|\s*)\n/gm, "")));
  expect([...new Set(ours)].filter((subject) => subject !== "").sort()).toStrictEqual([...new Set(theirs)].filter((subject) => subject !== "").sort());
  // What was selected restores: nothing is added to a publication that is not there. What it needs is not pulled in: the wrapper of a table, the function of an event trigger.
  if (flags.schemas === undefined) {
    await using target = await createDatabase(flags.excludeSchemas?.includes("app") ? "" : "create schema if not exists app");
    await restore(file, target.url, { noOwner: true, continueOnError: flags.tables !== undefined || flags.excludeSchemas?.includes("public") === true });
  }
});

/** The kinds this file is about, each with the name that it starts with; what either side writes in more or fewer statements is left out. */
function subjectOf(statement: string): string {
  const [, subject = ""] = /^((?:CREATE|ALTER) (?:PUBLICATION|FOREIGN TABLE|EVENT TRIGGER|SERVER|USER MAPPING|FOREIGN DATA WRAPPER|TEXT SEARCH CONFIGURATION) [^\n;(]*)/.exec(statement.trim()) ?? [];
  return / OWNER TO | SET DEFAULT /.test(subject) ? "" : subject.replace(/ OPTIONS $| ADD MAPPING .*/, "").replace(" FOR public ", " FOR PUBLIC ").trim();
}
