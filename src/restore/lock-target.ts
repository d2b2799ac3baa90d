/**
 * One restore at a time in a database: a second one would take the first one's journal for that of a crash. Also not one
 * whose process is gone while the server still works for it: a COMMIT that was on its way may yet take effect.
 */
import { isPgarkError, PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";

/** The ASCII codes of "pg" and "ark", and of "wrk". */
const RESTORE = `${0x7067}, ${0x61726b}`;
const WORKERS = `${0x7067}, ${0x77726b}`;
/** The backends of a restore that was killed may take a moment to notice. */
const PATIENCE_MS = 10_000;
/** How often a backend that is busy looks whether its restore is still there. */
const LOOK_MS = 1_000;

/** Holds the lock until the session ends. Throws LOCK_TIMEOUT when another restore is at work. */
export async function lockTarget(session: Session): Promise<void> {
  await lookForTheRestore(session);
  await session.execute(`SET lock_timeout = ${PATIENCE_MS}`);
  try {
    await session.query(`select pg_catalog.pg_advisory_lock(${RESTORE})`);
    await session.query(`select pg_catalog.pg_advisory_lock(${WORKERS}), pg_catalog.pg_advisory_unlock(${WORKERS})`);
  } catch (error) {
    if (!isPgarkError(error, "LOCK_TIMEOUT")) throw error;
    throw new PgarkError("LOCK_TIMEOUT", `another restore is at work in ${session.place}; nothing was written`, { sqlState: error.sqlState, cause: error, hint: "Wait until it has ended." });
  }
  await session.execute("SET lock_timeout = 0");
}

/** For the other sessions of the restore that holds the lock: the next one waits for them too. */
export async function joinRestore(session: Session): Promise<void> {
  await lookForTheRestore(session);
  await session.query(`select pg_catalog.pg_advisory_lock_shared(${WORKERS})`);
}

/** Not on every platform, and from PostgreSQL 14 on. */
async function lookForTheRestore(session: Session): Promise<void> {
  if (session.serverVersion >= 140_000) await session.execute(`SET client_connection_check_interval = ${LOOK_MS}`).catch(onlyRefused);
}

function onlyRefused(error: unknown): void {
  if (!isPgarkError(error, "SQL_FAILED")) throw error;
}
