/** What the migration tests share: a session, folders to play with, and what pg_dump says of a schema. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as drizzleMigrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { connect } from "../../src/session/connect.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import type { Session } from "../../src/session/session.ts";
import type { TestDatabase } from "../helpers/database.ts";

export async function openSession(database: TestDatabase): Promise<Session> {
  return connect(await resolveConnection(database.url));
}

/** drizzle's own migrator: the oracle. */
export async function migrateByDrizzle(database: TestDatabase, migrationsFolder: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await drizzleMigrate(drizzle(client), { migrationsFolder });
  } finally {
    await client.end();
  }
}

/** `pg_dump --schema-only` without the lines that hold a random key. */
export async function schemaText(database: TestDatabase, major = "17"): Promise<string> {
  // The variable is written by global-setup.ts as an object of strings.
  const folders = JSON.parse(process.env["PGARK_TEST_BIN"] ?? "{}") as Readonly<Record<string, string>>;
  const folder = folders[major];
  if (folder === undefined) throw new Error(`no pg_dump of PostgreSQL ${major} for the tests`);
  const { stdout } = await promisify(execFile)(join(folder, "pg_dump"), ["--schema-only", "--dbname", database.url], { maxBuffer: 64 << 20 });
  return stdout.replaceAll(/^\\(un)?restrict .*\n/gm, "");
}

export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

/** A folder with these files, removed at the end of the scope. */
export async function createFolder(files: Readonly<Record<string, string>>): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), "pgark-migrations-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The files of a drizzle 0.45 folder. */
export function journalShape(migrations: readonly { readonly tag: string; readonly when: number; readonly sql: string }[]): Record<string, string> {
  const entries = migrations.map(({ tag, when }, idx) => ({ idx, version: "7", when, tag, breakpoints: true }));
  return {
    "meta/_journal.json": JSON.stringify({ version: "7", dialect: "postgresql", entries }),
    ...Object.fromEntries(migrations.map(({ tag, sql }) => [`${tag}.sql`, sql])),
  };
}

export const BREAKPOINT = "--> statement-breakpoint";

/** Three migrations in either shape. */
export const THREE = [
  { tag: "0000_first", when: Date.UTC(2026, 0, 1, 10, 0, 0) + 123, sql: `create table a (id int);${BREAKPOINT}\ncreate table b (id int);\n` },
  { tag: "0001_second", when: Date.UTC(2026, 0, 2, 10, 0, 0) + 456, sql: "alter table a add column name text;" },
  { tag: "0002_third", when: Date.UTC(2026, 0, 3, 10, 0, 0) + 789, sql: "create index on a (name);" },
] as const;

export const THREE_FOLDERS = {
  "20260101100000_first/migration.sql": THREE[0].sql,
  "20260102100000_second/migration.sql": THREE[1].sql,
  "20260103100000_third/migration.sql": THREE[2].sql,
  "20260103100000_third/snapshot.json": "{}",
};
