/** How far the snapshots of several archives lie apart, and what can be said of their order. Pure. */
import type { SourceFacts } from "../archive/manifest.ts";

/** What is compared. */
export interface SnapshotFacts extends Pick<SourceFacts, "walLsn" | "systemIdentifier"> {
  /** By the server's clock; of an archive that does not tell, the start of its dump. */
  readonly snapshotAt: string;
}

export function snapshotFacts({ snapshotAt, startedAt, walLsn, systemIdentifier }: SourceFacts): SnapshotFacts {
  return { snapshotAt: snapshotAt ?? startedAt, walLsn, systemIdentifier };
}

export interface SnapshotsComparison {
  /** Whether the clusters have one system identifier: the same server, or a physical copy of it. Null when an identifier could not be read. */
  readonly sameServer: boolean | null;
  /** From the first snapshot to the last. */
  readonly secondsApart: number;
  /** Whether the WAL positions say in which order the snapshots were taken: on the same server, with a position in each. */
  readonly lsnOrderKnown: boolean;
  /** How many bytes of WAL lie between the first and the last; null when the order is not known. */
  readonly walBytesApart: number | null;
}

/** Compares the snapshots of two or more archives. Clocks are those of the servers. */
export function compareSnapshots(snapshots: readonly SnapshotFacts[]): SnapshotsComparison {
  const takenMs = snapshots.map(({ snapshotAt }) => Date.parse(snapshotAt));
  const identifiers = new Set(snapshots.map(({ systemIdentifier }) => systemIdentifier));
  const sameServer = identifiers.has(null) ? null : identifiers.size <= 1;
  const positions = snapshots.flatMap(({ walLsn }) => (walLsn === null ? [] : [walPosition(walLsn)]));
  const lsnOrderKnown = sameServer === true && positions.length === snapshots.length;
  return {
    sameServer,
    secondsApart: snapshots.length === 0 ? 0 : (Math.max(...takenMs) - Math.min(...takenMs)) / 1000,
    lsnOrderKnown,
    walBytesApart: lsnOrderKnown ? spread(positions) : null,
  };
}

/** `16/B374D848` → its place in the WAL. */
function walPosition(lsn: string): bigint {
  const [high = "", low = ""] = lsn.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

function spread(positions: readonly bigint[]): number {
  const sorted = positions.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return Number((sorted.at(-1) ?? 0n) - (sorted[0] ?? 0n));
}
