/** Where and when the rows were read: the facts that TOC and manifest carry about the source. */
import type { SourceFacts } from "../archive/manifest.ts";
import type { DatabaseFacts } from "../catalog/database.ts";
import { readLevel } from "../migrations/journal.ts";
import type { JournalTable } from "../options.ts";
import type { Session } from "../session/session.ts";

/** On a standby there is no current WAL position, but a replayed one. */
const MOMENT = /* sql */ `
  select case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() else pg_catalog.pg_current_wal_lsn() end::text as "walLsn",
    pg_catalog.to_char(pg_catalog.clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "snapshotAt"`;

/** When and where in the WAL a snapshot was taken: to be asked right after it. */
export interface SnapshotMoment {
  readonly walLsn: string | null;
  readonly snapshotAt: string;
}

export async function readMoment(session: Session): Promise<SnapshotMoment> {
  const [moment] = await session.query<SnapshotMoment>(MOMENT);
  if (moment === undefined) throw new Error("a select without FROM gave no row");
  return moment;
}

export async function sourceFacts(
  session: Session,
  database: DatabaseFacts,
  known: { readonly snapshot: string; readonly moment: SnapshotMoment; readonly startedAt: string; readonly migrationsTable: JournalTable },
): Promise<SourceFacts> {
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
    walLsn: known.moment.walLsn,
    snapshotAt: known.moment.snapshotAt,
    startedAt: known.startedAt,
    endedAt: known.startedAt,
    extensions: database.extensions,
    migrations: level.journal === "none" ? null : level.applied.map(({ hash, createdAt }) => ({ hash, createdAt })),
  };
}
