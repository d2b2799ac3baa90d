/**
 * The order of consistency: list the tables, lock them, only then take the snapshot, and list again inside it.
 * pg_dump takes the snapshot first; a TRUNCATE or a rewriting ALTER TABLE that slips in between makes it read
 * 0 rows without an error. In a REPEATABLE READ transaction LOCK TABLE does not take the snapshot yet, so the
 * locks can come first (https://www.postgresql.org/docs/current/mvcc-caveats.html says what would happen else).
 */
import { qualified } from "../catalog/quote.ts";
import { isPgarkError, PgarkError } from "../errors.ts";
import type { Selection } from "../selection.ts";
import { exportSnapshot } from "../session/snapshot.ts";
import type { Session } from "../session/session.ts";

interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

/** Every plain and partitioned table, without any function that looks at the current catalog instead of the snapshot. */
const TABLES = /* sql */ `
  select c.oid, n.nspname::text as schema, c.relname::text as name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by c.oid`;

const MOST_TRIES = 10;
/** Statements of about this length, as pg_dump sends them. */
const STATEMENT_CHARS = 100_000;

/**
 * Opens the leader's transaction with every selected table locked and gives the exported snapshot. The lock timeout
 * stays: the server locks what a view reads while it prints the view, and that may be a table that is not selected.
 * Throws LOCK_TIMEOUT when a lock cannot be had in time, SOURCE_CHANGED when tables keep coming and going.
 */
export async function lockThenSnapshot(leader: Session, helper: Session, selection: Selection, lockTimeoutMs: number): Promise<string> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const listed = await selected(helper, selection);
    await leader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    const locked = await lock(leader, listed, lockTimeoutMs);
    if (locked) {
      const snapshot = await exportSnapshot(leader);
      if (sameRelations(listed, await selected(leader, selection))) return snapshot;
    }
    await leader.execute("ROLLBACK");
  }
  throw new PgarkError("SOURCE_CHANGED", `tables were created, dropped or renamed during each of ${MOST_TRIES} tries to lock them all`, {
    hint: "Dump again when the migrations have ended.",
  });
}

async function selected(session: Session, selection: Selection): Promise<readonly Relation[]> {
  return (await session.query<Relation>(TABLES)).filter(({ schema, name }) => selection.relation(schema, name));
}

/** False when a table has vanished in the meantime. */
async function lock(leader: Session, relations: readonly Relation[], lockTimeoutMs: number): Promise<boolean> {
  await leader.execute(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
  for (const names of statements(relations)) {
    try {
      await leader.execute(`LOCK TABLE ${names} IN ACCESS SHARE MODE`);
    } catch (error) {
      if (!isPgarkError(error)) throw error;
      if (error.sqlState === "42P01" || error.sqlState === "3F000") return false;
      throw lockError(error, relations.length, lockTimeoutMs);
    }
  }
  return true;
}

function statements(relations: readonly Relation[]): readonly string[] {
  const lists: string[] = [];
  let names: string[] = [];
  let chars = 0;
  for (const { schema, name } of relations) {
    // Not ONLY for partitioned tables would lock the partitions twice; each has its own line here.
    const text = `ONLY ${qualified(schema, name)}`;
    names.push(text);
    chars += text.length;
    if (chars < STATEMENT_CHARS) continue;
    lists.push(names.join(", "));
    names = [];
    chars = 0;
  }
  if (names.length > 0) lists.push(names.join(", "));
  return lists;
}

/** What could not be locked, and what to do. Any other error as it is. */
export function lockError(error: PgarkError, tables: number, lockTimeoutMs: number): PgarkError {
  if (error.sqlState === "53200") {
    return new PgarkError("SQL_FAILED", `the server's lock table is too small for ${tables} tables: ${error.message}`, {
      cause: error,
      sqlState: error.sqlState,
      hint: "Raise max_locks_per_transaction on the server, or dump schema by schema.",
    });
  }
  if (error.code === "LOCK_TIMEOUT") {
    return new PgarkError("LOCK_TIMEOUT", `a table could not be locked within ${lockTimeoutMs} ms: another session holds or waits for an exclusive lock`, {
      cause: error,
      sqlState: error.sqlState,
      hint: "See pg_locks for who holds it; the wait can be set longer.",
    });
  }
  return error;
}

function sameRelations(a: readonly Relation[], b: readonly Relation[]): boolean {
  return a.length === b.length && a.every((relation, index) => relation.oid === b[index]!.oid && relation.name === b[index]!.name && relation.schema === b[index]!.schema);
}
