/**
 * One snapshot for many sessions. The leader begins, locks, and exports; the others join. Nothing here takes a
 * snapshot by itself before the leader asks for it: locks must come first, or a concurrent TRUNCATE reads as 0 rows.
 */
import type { Session } from "./session.ts";

/** Begins the transaction that a snapshot lives in. Takes no snapshot yet: the first query, not LOCK TABLE, does. */
export async function beginSnapshot(session: Session): Promise<void> {
  await session.execute("begin isolation level repeatable read read only");
}

/** Exports the transaction's snapshot; it can be used as long as the transaction is open. Must be inside one. */
export async function exportSnapshot(session: Session): Promise<string> {
  const [row] = await session.query<{ id: string }>("select pg_catalog.pg_export_snapshot() as id");
  if (row === undefined) throw new Error("pg_export_snapshot gave no row");
  return row.id;
}

/** Begins a read-only transaction that sees what the exporter sees. Leaves no transaction open when it fails. */
export async function useSnapshot(session: Session, id: string): Promise<void> {
  await beginSnapshot(session);
  try {
    await session.execute(`set transaction snapshot '${id.replaceAll("'", "''")}'`);
  } catch (error) {
    await session.execute("rollback").catch(() => {});
    throw error;
  }
}
