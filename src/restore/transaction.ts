/** Runs work in a transaction of its own, unless everything is one already. */
import type { Session } from "../session/session.ts";

export async function inTransaction<T>(session: Session, already: boolean, work: () => Promise<T>): Promise<T> {
  if (already) return work();
  await session.execute("BEGIN");
  try {
    const result = await work();
    await session.execute("COMMIT");
    return result;
  } catch (error) {
    // The session may be gone; what matters is the first error.
    await session.execute("ROLLBACK").catch(() => {});
    throw error;
  }
}
