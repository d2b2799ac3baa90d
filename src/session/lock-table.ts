/**
 * The server's lock table, which all sessions share and which has a fixed number of places. Where they cannot suffice
 * for what one transaction will lock it is said before the first lock is taken, because a full lock table fails everybody
 * else's statements too.
 */
import { type ErrorCode, PgarkError } from "../errors.ts";
import type { Session } from "./session.ts";

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

/** Whether there is no place for so many locks, however little else is going on. */
export function isTooSmall({ locksPerTransaction, processes }: LockTable, locks: number): boolean {
  return locks > locksPerTransaction * processes * SLACK;
}

/** What one transaction is to lock. */
export interface LocksNeeded {
  readonly code: ErrorCode;
  readonly locks: number;
  /** The beginning of a sentence: `200 tables are to be locked`. */
  readonly said: string;
  /** What else can be done about it, for the end of one. */
  readonly instead: string;
}

/** The error, with the setting and the value that would do. `cause`: the server's own, when it came to that. */
export function lockTableError(table: LockTable, { code, locks, said, instead }: LocksNeeded, cause?: PgarkError): PgarkError {
  const places = table.locksPerTransaction * table.transactions;
  const message = `${said}, and the server's lock table has about ${places} places, for all sessions together`;
  return new PgarkError(code, cause === undefined ? message : `${message}: ${cause.message}`, {
    sqlState: OUT_OF_LOCKS,
    cause,
    hint: `Set max_locks_per_transaction to ${enoughFor(table, locks)} (now ${table.locksPerTransaction}) and restart the server, or ${instead}.`,
  });
}

/** What the server says itself when its lock table is full: `out of shared memory`. */
export const OUT_OF_LOCKS = "53200";

/** A value for max_locks_per_transaction that leaves the others as many places as they have now. */
function enoughFor({ locksPerTransaction, transactions }: LockTable, locks: number): number {
  const each = locksPerTransaction + (locks * SLACK) / transactions;
  return Math.ceil(each / 64) * 64;
}
