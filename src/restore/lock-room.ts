/**
 * Room for the locks of one transaction. What it makes or drops stays locked until its end, in the lock table that all
 * sessions of the server share; where that cannot suffice, it is known here, before anything is written.
 */
import type { TocEntry } from "../archive/toc.ts";
import { qualified } from "../catalog/quote.ts";
import type { Warning } from "../events.ts";
import type { Resolved, RestoreOptions } from "../options.ts";
import { isTooSmall, lockTableError, readLockTable } from "../session/lock-table.ts";
import type { Session } from "../session/session.ts";
import type { RestorePlan } from "./plan.ts";
import type { TargetFacts } from "./target.ts";

/**
 * The plan, with a refusal where everything is to be one transaction and cannot be. What `clean` drops is else dropped
 * together with what is made in its place; where only that does not fit, it is dropped bit by bit, and a warning says so.
 */
export async function withRoomForLocks(session: Session, plan: RestorePlan, facts: Pick<TargetFacts, "relations">, { clean, singleTransaction }: Resolved<RestoreOptions>): Promise<RestorePlan> {
  if (plan.refusals.length > 0 || (!clean && !singleTransaction)) return plan;
  const made = singleTransaction ? plan.create : plan.create.filter(({ section, pass }) => section !== "post-data" && pass === "main");
  const dropped = clean ? thereOnTarget(plan.create, facts) : [];
  const locks = locksOf(made) + locksOf(dropped);
  const table = await readLockTable(session);
  if (!isTooSmall(table, locks)) return plan;
  if (!singleTransaction) return { ...plan, dropsInParts: true, warnings: [...plan.warnings, ...(dropped.length > 0 ? [droppedInParts(dropped.length, locks)] : [])] };
  const said = `one transaction makes ${made.length}${dropped.length > 0 ? ` and drops ${dropped.length}` : ""} objects, which takes about ${locks} locks`;
  return { ...plan, refusals: [lockTableError(table, { code: "TARGET_LACKS", locks, said, instead: "restore without --single-transaction" })] };
}

function droppedInParts(count: number, locks: number): Warning {
  return {
    code: "DROPPED_IN_PARTS",
    message: `${count} objects are dropped in several transactions, because one would take about ${locks} locks, more than the server has places for: if the restore fails, what was dropped does not come back`,
  };
}

/** What an entry of the kind takes at least, counted in pg_locks of PostgreSQL 13 and 18: a table comes with its type and mostly with TOAST, a key with its index. */
const LOCKS: Readonly<Record<string, number>> = {
  table: 3,
  "foreign-table": 1,
  view: 1,
  "materialized-view": 2,
  sequence: 1,
  "sequence-owner": 2,
  identity: 4,
  constraint: 2,
  index: 1,
  "foreign-key": 4,
};

function locksOf(entries: readonly TocEntry[]): number {
  return entries.reduce((sum, { kind }) => sum + (Object.hasOwn(LOCKS, kind) ? (LOCKS[kind] ?? 0) : 0), 0);
}

/** The relations of the archive that the target has, and what belongs to them. */
function thereOnTarget(entries: readonly TocEntry[], { relations }: Pick<TargetFacts, "relations">): readonly TocEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return entries.filter((entry) => {
    const relation = entry.parent === null ? entry : (byId.get(entry.parent) ?? entry);
    return relations.has(qualified(relation.schema, relation.name));
  });
}
