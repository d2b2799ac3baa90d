/** One restore at a time in a database: a second one would take the first one's journal for that of a crash. */
import { isPgarkError, PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";

/** The ASCII codes of "pg" and "ark". */
const KEY = `${0x7067}, ${0x61726b}`;
/** The backend of a restore that was killed may take a moment to notice. */
const PATIENCE_MS = 10_000;

/** Holds the lock until the session ends. Throws LOCK_TIMEOUT when another restore is at work. */
export async function lockTarget(session: Session): Promise<void> {
  await session.execute(`SET lock_timeout = ${PATIENCE_MS}`);
  await session.query(`select pg_catalog.pg_advisory_lock(${KEY})`).catch((error: unknown) => {
    if (!isPgarkError(error, "LOCK_TIMEOUT")) throw error;
    throw new PgarkError("LOCK_TIMEOUT", `another restore is at work in ${session.place}; nothing was written`, { sqlState: error.sqlState, cause: error, hint: "Wait until it has ended." });
  });
  await session.execute("SET lock_timeout = 0");
}
