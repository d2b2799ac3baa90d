/**
 * Where a database stands: the rows of drizzle's journal table, and how they compare with a folder. Both shapes
 * are read: id, hash, created_at of drizzle 0.45, and the name and applied_at that 1.0 added.
 */
import { qualified } from "../catalog/quote.ts";
import { DRIZZLE_JOURNAL, type JournalTable } from "../options.ts";
import type { Session } from "../session/session.ts";
import type { Migration, MigrationFolder } from "./folder.ts";

export interface AppliedMigration {
  readonly hash: string;
  /** Milliseconds, as the server's text; empty where the journal has null. The manifest of an archive keeps it so too. */
  readonly createdAt: string;
  /** Null in journals of drizzle 0.45. */
  readonly name?: string | null;
}

/** What a database's journal says. */
export interface Level {
  /** `none`: there is no journal table. `plain`: drizzle 0.45. `named`: drizzle 1.0. */
  readonly journal: "none" | "plain" | "named";
  /** Oldest first; empty when there is no journal table. */
  readonly applied: readonly AppliedMigration[];
}

/** How a folder and a list of applied migrations (of a database or of an archive) compare. */
export interface Comparison {
  /**
   * `older`: the database lacks migrations of the folder. `newer`: it has some that the folder lacks.
   * `diverged`: both, or it lacks one that comes before one that it has.
   */
  readonly state: "equal" | "older" | "newer" | "diverged";
  /** Tags, in the folder's order. */
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Applied, but the file has another content now. Drizzle takes them for applied, and so do we. */
  readonly edited: readonly string[];
  /** What the journal names and the folder lacks: names where the journal has them, hashes otherwise. */
  readonly unknown: readonly string[];
}

/** Reads the journal. A database without one is at the empty level, which is no error. */
export async function readLevel(session: Session, table: JournalTable = DRIZZLE_JOURNAL): Promise<Level> {
  const columns = await session.query<{ name: string }>(COLUMNS, [table.schema, table.table]);
  if (columns.length === 0) return { journal: "none", applied: [] };
  const named = columns.some((column) => column.name === "name");
  const applied = await session.query<AppliedMigration>(
    `select hash, coalesce(created_at::text, '') as "createdAt"${named ? ", name" : ""}
     from ${qualified(table.schema, table.table)}
     order by created_at nulls first, id`,
  );
  return { journal: named ? "named" : "plain", applied };
}

/** Compares a folder with what was applied. Pure. */
export function compareLevels(folder: MigrationFolder, applied: readonly AppliedMigration[]): Comparison {
  const rowOf = matchRows(folder, applied);
  const matched = new Set(rowOf.values());
  const unknown = applied.filter((row) => !matched.has(row)).map((row) => row.name ?? row.hash);
  const pending = folder.migrations.filter((migration) => !rowOf.has(migration));
  const done = folder.migrations.filter((migration) => rowOf.has(migration));
  return {
    state: stateOf(folder, pending, done, unknown.length > 0),
    applied: done.map((migration) => migration.tag),
    pending: pending.map((migration) => migration.tag),
    edited: done.filter((migration) => rowOf.get(migration)?.hash !== migration.hash).map((migration) => migration.tag),
    unknown,
  };
}

/**
 * Which row of the journal stands for which migration. The name decides, then the hash, then the time, which is
 * all that drizzle 0.45 looks at and what finds a migration whose file was edited. The time counts in
 * whole seconds, as `drizzle-kit up` cuts off the rest when it turns 0.45 folders into those of 1.0.
 */
export function matchRows(folder: MigrationFolder, applied: readonly AppliedMigration[]): ReadonlyMap<Migration, AppliedMigration> {
  return pairUp(folder.migrations, applied, [
    (migration, row) => row.name === migration.tag,
    (migration, row) => row.hash === migration.hash && Number(row.createdAt) === migration.createdAt,
    (migration, row) => row.hash === migration.hash,
    (migration, row) => row.createdAt !== "" && Number(row.createdAt) === migration.createdAt,
    (migration, row) => row.createdAt !== "" && seconds(Number(row.createdAt)) === seconds(migration.createdAt) && folder.shape === "folders",
  ]);
}

/** Pairs each of `ones` with at most one of `others`; an earlier rule decides for all before a later one is asked. */
export function pairUp<One, Other>(ones: readonly One[], others: readonly Other[], rules: readonly ((one: One, other: Other) => boolean)[]): ReadonlyMap<One, Other> {
  const found = new Map<One, Other>();
  const free = new Set(others);
  for (const same of rules) {
    for (const one of ones) {
      if (found.has(one)) continue;
      for (const other of free) {
        if (!same(one, other)) continue;
        found.set(one, other);
        free.delete(other);
        break;
      }
    }
  }
  return found;
}

function stateOf(folder: MigrationFolder, pending: readonly Migration[], done: readonly Migration[], unknown: boolean): Comparison["state"] {
  const [next] = pending;
  const last = done.at(-1);
  if (next === undefined) return unknown ? "newer" : "equal";
  if (unknown) return "diverged";
  const gap = last !== undefined && folder.migrations.indexOf(next) < folder.migrations.indexOf(last);
  return gap ? "diverged" : "older";
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

const COLUMNS = /* sql */ `
  select a.attname::text as name
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
  order by a.attnum`;
