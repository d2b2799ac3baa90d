/**
 * The write side of the journal: one transaction at a time, and rows as drizzle's migrator of the folder's shape
 * writes them.
 */
import { literal, qualified } from "../catalog/quote.ts";
import type { Session } from "../session/session.ts";
import type { Migration, MigrationFolder } from "./folder.ts";
import { readLevel } from "./journal.ts";
import type { JournalTable } from "../options.ts";
import type { Level } from "./journal.ts";

/**
 * Runs `work` in a transaction that no other `inJournal` on this database runs beside, with the journal read under
 * that lock, and created where it was missing. The session must not be in a transaction. When `work` throws, everything is
 * rolled back, the created journal too. The search path is the one a fresh session of this role would have, so that unqualified
 * names of migrations mean the same whatever the session did before.
 */
export async function inJournal<Result>(
  session: Session,
  folder: MigrationFolder,
  table: JournalTable,
  work: (level: Level) => Promise<Result>,
): Promise<Result> {
  await session.execute("begin isolation level read committed read write");
  try {
    await session.execute("set local search_path to default");
    await session.query("select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))", [`pgark migrate ${qualified(table.schema, table.table)}`]);
    const level = await readLevel(session, table);
    if (level.journal === "none") for (const statement of createJournal(table, folder.shape)) await session.execute(statement);
    const result = await work(level);
    await session.execute("commit");
    return result;
  } catch (error) {
    // The first error counts; where the connection itself is gone, the server rolls back on its own.
    await session.execute("rollback").catch(() => {});
    throw error;
  }
}

/**
 * Writes one row. A name is written only where the folder is of drizzle 1.0 and the journal has the column: 1.0 gives
 * an older journal its names itself, by time and hash, at its next run.
 */
export async function writeRow(session: Session, folder: MigrationFolder, table: JournalTable, level: Level, migration: Migration): Promise<void> {
  const named = folder.shape === "folders" && level.journal !== "plain";
  const columns = named ? "hash, created_at, name" : "hash, created_at";
  const values = [literal(migration.hash), String(migration.createdAt), ...(named ? [literal(migration.tag)] : [])];
  await session.execute(`insert into ${qualified(table.schema, table.table)} (${columns}) values (${values.join(", ")})`);
}

/** As drizzle creates it: the names of its sequence and its primary key follow from these words. */
function createJournal(table: JournalTable, shape: MigrationFolder["shape"]): readonly string[] {
  const columns = ["id serial primary key", "hash text not null", "created_at bigint"];
  if (shape === "folders") columns.push("name text", "applied_at timestamp with time zone default now()");
  return [`create schema if not exists ${qualified(null, table.schema)}`, `create table ${qualified(table.schema, table.table)} (${columns.join(", ")})`];
}
