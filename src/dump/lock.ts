/**
 * The order of consistency: list the tables, lock them, only then take the snapshot, and list again inside it.
 * pg_dump takes the snapshot first; a TRUNCATE or a rewriting ALTER TABLE that slips in between makes it read
 * 0 rows without an error. In a REPEATABLE READ transaction LOCK TABLE does not take the snapshot yet, so the
 * locks can come first (https://www.postgresql.org/docs/current/mvcc-caveats.html says what would happen else).
 */
import { qualified } from "../catalog/quote.ts";
import { isPgarkError, PgarkError } from "../errors.ts";
import { type Heir, familyOf } from "../selection/family.ts";
import type { Selection } from "../selection.ts";
import { exportSnapshot } from "../session/snapshot.ts";
import { isTooSmall, type LocksNeeded, lockTableError, OUT_OF_LOCKS, readLockTable } from "../session/lock-table.ts";
import type { Session } from "../session/session.ts";

interface Relation extends Heir {
  readonly oid: number;
}

/** Every plain and partitioned table, without any function that looks at the current catalog instead of the snapshot. */
const TABLES = /* sql */ `
  with parents as (
    select i.inhrelid as heir, json_agg(json_build_object('schema', pn.nspname, 'name', p.relname)) as parents
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class p on p.oid = i.inhparent
    join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
    group by i.inhrelid)
  select c.oid, n.nspname::text as schema, c.relname::text as name, coalesce(parents.parents, '[]') as parents
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join parents on parents.heir = c.oid
  where c.relkind in ('r', 'p')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by c.oid`;

const MOST_TRIES = 10;
/** Statements of about this length, as pg_dump sends them. */
const STATEMENT_CHARS = 100_000;

/**
 * Opens the leader's transaction with every selected table locked and gives the exported snapshot. The lock timeout
 * stays: the server locks what a view reads while it prints the view, and that may be a table that is not selected.
 * Throws LOCK_TIMEOUT when a lock cannot be had in time, SQL_FAILED when the server has no room for so many, SOURCE_CHANGED when tables keep coming and going.
 */
export async function lockThenSnapshot(leader: Session, helper: Session, selection: Selection, lockTimeoutMs: number): Promise<string> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const listed = await selected(helper, selection);
    const table = await readLockTable(helper);
    if (isTooSmall(table, listed.length)) throw lockTableError(table, aLockFor(listed.length));
    await leader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    const locked = await lock(leader, listed, lockTimeoutMs).catch((error: unknown) => {
      throw isPgarkError(error) && error.sqlState === OUT_OF_LOCKS ? lockTableError(table, aLockFor(listed.length), error) : error;
    });
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

/** One for each table that is read, as pg_dump does: no lock on anything smaller or larger keeps a table as it is. */
function aLockFor(tables: number): LocksNeeded {
  return { code: "SQL_FAILED", locks: tables, said: `${tables} tables are to be locked`, instead: "dump schema by schema" };
}

async function selected(session: Session, selection: Selection): Promise<readonly Relation[]> {
  const relations = await session.query<Relation>(TABLES);
  const ancestors = familyOf(relations);
  return relations.filter(({ schema, name }) => selection.relation(schema, name, ancestors(schema, name)));
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
      throw lockError(error, lockTimeoutMs);
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
export function lockError(error: PgarkError, lockTimeoutMs: number): PgarkError {
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
