/**
 * The server's lock table, which all sessions share and which has a fixed number of places. A dump takes one for each
 * table that it reads, as pg_dump does: no lock on anything smaller or larger keeps a table as it is. Where they cannot
 * suffice it is said before the first one is taken, because a full lock table fails everybody else's statements too.
 */
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";

/** What the number of places is made from. */
export interface LockTable {
  readonly locksPerTransaction: number;
  /** `max_connections + max_prepared_transactions`, by which the documentation counts. */
  readonly transactions: number;
  /** With the processes that the server starts itself: what it really reserves for. */
  readonly processes: number;
}

const SETTINGS = /* sql */ `
  select max(setting::int4) filter (where name = 'max_locks_per_transaction') as "locksPerTransaction",
    sum(setting::int4) filter (where name in ('max_connections', 'max_prepared_transactions'))::int4 as transactions,
    sum(setting::int4) filter (where name <> 'max_locks_per_transaction')::int4 as processes
  from pg_catalog.pg_settings
  where name in ('max_locks_per_transaction', 'max_connections', 'max_prepared_transactions', 'max_worker_processes', 'max_wal_senders', 'autovacuum_max_workers', 'autovacuum_worker_slots')`;

export async function readLockTable(session: Session): Promise<LockTable> {
  const [row] = await session.query<LockTable>(SETTINGS);
  if (row === undefined) throw new Error("an aggregate gave no row");
  return row;
}

/** The server's places are no hard limit: it may take some from shared memory that nothing else uses. */
const SLACK = 1.25;

/** Whether so many tables cannot be locked, however little else is going on. */
export function isTooSmall({ locksPerTransaction, processes }: LockTable, tables: number): boolean {
  return tables > locksPerTransaction * processes * SLACK;
}

/** SQL_FAILED, with the setting and the value that would do. `said`: the server's own error, when it came to that. */
export function lockTableError(table: LockTable, tables: number, said?: PgarkError): PgarkError {
  const places = table.locksPerTransaction * table.transactions;
  const message = `${tables} tables are to be locked, and the server's lock table has about ${places} places, for all sessions together`;
  return new PgarkError("SQL_FAILED", said === undefined ? message : `${message}: ${said.message}`, {
    sqlState: OUT_OF_LOCKS,
    cause: said,
    hint: `Set max_locks_per_transaction to ${enoughFor(table, tables)} (now ${table.locksPerTransaction}) and restart the server, or dump schema by schema.`,
  });
}

/** What the server says itself when its lock table is full: `out of shared memory`. */
export const OUT_OF_LOCKS = "53200";

/** A value for max_locks_per_transaction that leaves the others as many places as they have now. */
function enoughFor({ locksPerTransaction, transactions }: LockTable, tables: number): number {
  const each = locksPerTransaction + (tables * SLACK) / transactions;
  return Math.ceil(each / 64) * 64;
}
