import { expect, test } from "vitest";
import { compareSnapshots, type SnapshotFacts } from "../../src/pair/snapshots.ts";

const snapshot = (snapshotAt: string, walLsn: string | null, systemIdentifier: string | null): SnapshotFacts => ({ snapshotAt, walLsn, systemIdentifier });

test.each<[string, readonly SnapshotFacts[], ReturnType<typeof compareSnapshots>]>([
  ["one server: seconds and WAL, across the 4 GiB boundary of an LSN", [snapshot("2026-03-01T10:00:02.500Z", "1/10", "7"), snapshot("2026-03-01T10:00:00.000Z", "0/FFFFFFF0", "7")], { sameServer: true, secondsApart: 2.5, lsnOrderKnown: true, walBytesApart: 32 }],
  ["two servers: positions of two WALs have no order", [snapshot("2026-03-01T10:00:00.000Z", "0/1", "7"), snapshot("2026-03-01T10:00:00.000Z", "0/2", "8")], { sameServer: false, secondsApart: 0, lsnOrderKnown: false, walBytesApart: null }],
  ["an identifier that could not be read: nobody knows", [snapshot("2026-03-01T10:00:00.000Z", "0/1", null), snapshot("2026-03-01T10:01:00.000Z", "0/2", "8")], { sameServer: null, secondsApart: 60, lsnOrderKnown: false, walBytesApart: null }],
  ["one position is missing", [snapshot("2026-03-01T10:00:00.000Z", null, "8"), snapshot("2026-03-01T10:01:00.000Z", "0/2", "8")], { sameServer: true, secondsApart: 60, lsnOrderKnown: false, walBytesApart: null }],
])("%s", (_title, snapshots, expected) => {
  expect(compareSnapshots(snapshots)).toStrictEqual(expected);
});
