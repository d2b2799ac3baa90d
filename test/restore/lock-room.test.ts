import { expect, it } from "vitest";
import type { TocEntry } from "../../src/archive/toc.ts";
import { resolveRestoreOptions, type RestoreOptions } from "../../src/options.ts";
import { withRoomForLocks } from "../../src/restore/lock-room.ts";
import type { RestorePlan } from "../../src/restore/plan.ts";
import type { TargetRelation } from "../../src/restore/target.ts";
import type { Session } from "../../src/session/session.ts";

/** A server as it comes has room for 9,680 locks. */
const DEFAULT = { locksPerTransaction: 64, transactions: 100, processes: 121 };
// Of the session one verb is used, and of the plan these fields.
const session = { query: async () => [DEFAULT] } as unknown as Session;

function planOf(tables: number): RestorePlan {
  const blank = { schema: "s", owner: null, drop: "DROP …;", dependencies: [], record: null, tablespace: null, accessMethod: null, data: null, create: [], address: "", pass: "main" } as const;
  const create = Array.from({ length: tables }, (_, at): TocEntry[] => [
    { ...blank, id: 2 * at + 1, kind: "table", section: "pre-data", name: `t${at}`, parent: null },
    { ...blank, id: 2 * at + 2, kind: "constraint", section: "post-data", name: `t${at}_pkey`, parent: 2 * at + 1 },
  ]).flat();
  return { create, dropsInParts: false, refusals: [], warnings: [] } as unknown as RestorePlan;
}

const there = (tables: number) => ({ relations: new Map(Array.from({ length: tables }, (_, at) => [`s.t${at}`, {} as TargetRelation])) });
const asked = (plan: RestorePlan, tables: number, options: RestoreOptions) => withRoomForLocks(session, plan, there(tables), resolveRestoreOptions(options));

it.each<[string, number, number, RestoreOptions]>([
  ["many transactions take any number of tables", 100_000, 0, {}],
  ["one transaction of 1,936 tables with a key fits", 1936, 0, { singleTransaction: true }],
  ["what is not on the target is not dropped", 1936, 0, { singleTransaction: true, clean: true }],
  ["keys are made later, and not with what is dropped", 1210, 1210, { clean: true }],
])("%s", async (_, made, dropped, options) => {
  const plan = planOf(made);
  expect(await asked(plan, dropped, options)).toBe(plan);
});

it("one transaction that cannot fit is refused, with the setting and a value", async () => {
  const { refusals } = await asked(planOf(1937), 0, { singleTransaction: true });
  expect(refusals.map(({ code, message, hint }) => ({ code, message, hint }))).toStrictEqual([
    {
      code: "TARGET_LACKS",
      message: "one transaction makes 3874 objects, which takes about 9685 locks, and the server's lock table has about 6400 places, for all sessions together",
      hint: "Set max_locks_per_transaction to 192 (now 64) and restart the server, or restore without --single-transaction.",
    },
  ]);
  const [both] = (await asked(planOf(1936), 1, { singleTransaction: true, clean: true })).refusals;
  expect(both?.message).toContain("one transaction makes 3872 and drops 2 objects");
});

it("without a single transaction, what does not fit is dropped in parts, and a warning says so", async () => {
  const plan = await asked(planOf(1211), 1211, { clean: true });
  expect(plan).toMatchObject({ dropsInParts: true, refusals: [], warnings: [{ code: "DROPPED_IN_PARTS" }] });
  expect(await asked(planOf(10_000), 0, { clean: true })).toMatchObject({ dropsInParts: true, refusals: [], warnings: [] });
});
