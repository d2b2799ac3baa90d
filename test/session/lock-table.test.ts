import { expect, it } from "vitest";
import { isTooSmall, lockTableError, readLockTable } from "../../src/session/lock-table.ts";
import { lockThenSnapshot } from "../../src/dump/lock.ts";
import { createSelection } from "../../src/selection.ts";
import type { Session } from "../../src/session/session.ts";
import { catalogSession } from "../catalog/session.ts";
import { createDatabase } from "../helpers/database.ts";

/** A server as it comes: 64 × 100 places by the documentation, 64 × 121 by what it reserves for. */
const DEFAULT = { locksPerTransaction: 64, transactions: 100, processes: 121 };

it("knows what its server's lock table is made from", async () => {
  await using database = await createDatabase();
  await using session = await catalogSession(database.url);
  const asked = async (name: string) => Number((await database.query<Record<string, string>>(`show ${name}`))[0]![name]);
  const table = await readLockTable(session);
  expect(table.locksPerTransaction).toBe(await asked("max_locks_per_transaction"));
  expect(table.transactions).toBe((await asked("max_connections")) + (await asked("max_prepared_transactions")));
  expect(table.processes).toBeGreaterThan(table.transactions);
});

it.each([
  [6_000, false],
  [9_600, false],
  [9_681, true],
  [20_000, true],
])("for %i tables a server as it comes is too small: %s", (tables, expected) => {
  expect(isTooSmall(DEFAULT, tables)).toBe(expected);
});

it("names the setting and a value that would do", () => {
  const error = lockTableError(DEFAULT, { code: "SQL_FAILED", locks: 20_000, said: "20000 tables are to be locked", instead: "dump schema by schema" });
  expect(error.message).toBe("20000 tables are to be locked, and the server's lock table has about 6400 places, for all sessions together");
  expect(error.hint).toBe("Set max_locks_per_transaction to 320 (now 64) and restart the server, or dump schema by schema.");
  expect(isTooSmall({ ...DEFAULT, locksPerTransaction: 320 }, 20_000)).toBe(false);
  expect(320 * DEFAULT.transactions).toBeGreaterThan(20_000 + 64 * DEFAULT.transactions);
});

it("refuses before the first lock is taken", async () => {
  const sent: string[] = [];
  const relations = Array.from({ length: 20_000 }, (_, oid) => ({ oid, schema: "s", name: `t${oid}`, parents: [] }));
  const leader = { execute: async (sql: string) => void sent.push(sql) };
  const helper = { query: async (sql: string) => (sql.includes("max_locks_per_transaction") ? [DEFAULT] : relations) };
  // Of the sessions only these two verbs are used so far.
  const locking = lockThenSnapshot(leader as unknown as Session, helper as unknown as Session, createSelection({}, "all"), 1000);
  await expect(locking).rejects.toMatchObject({ code: "SQL_FAILED", sqlState: "53200" });
  expect(sent).toStrictEqual([]);
});
