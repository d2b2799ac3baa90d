/** Where and when the rows were read: the facts that TOC and manifest carry about the source. */
import type { SourceFacts } from "../archive/manifest.ts";
import type { DatabaseFacts } from "../catalog/database.ts";
import { readLevel } from "../migrations/journal.ts";
import type { JournalTable } from "../options.ts";
import type { Session } from "../session/session.ts";

/** On a standby there is no current WAL position, but a replayed one. */
const WAL_LSN = /* sql */ `
  select case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() else pg_catalog.pg_current_wal_lsn() end::text as lsn`;

export async function sourceFacts(
  session: Session,
  database: DatabaseFacts,
  known: { readonly snapshot: string; readonly startedAt: string; readonly migrationsTable: JournalTable },
): Promise<SourceFacts> {
  const [wal] = await session.query<{ lsn: string | null }>(WAL_LSN);
  const level = await readLevel(session, known.migrationsTable);
  return {
    database: database.name,
    serverVersion: database.serverVersion,
    serverVersionText: database.serverVersionText,
    systemIdentifier: database.systemIdentifier,
    encoding: database.encoding,
    collate: database.collate,
    ctype: database.ctype,
    localeProvider: database.localeProvider,
    locale: database.locale,
    collationVersion: database.collationVersion,
    snapshot: known.snapshot,
    walLsn: wal?.lsn ?? null,
    startedAt: known.startedAt,
    endedAt: known.startedAt,
    extensions: database.extensions,
    migrations: level.journal === "none" ? null : level.applied.map(({ hash, createdAt }) => ({ hash, createdAt })),
  };
}
