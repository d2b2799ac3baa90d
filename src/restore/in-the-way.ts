/** Rows and large objects that are on the target already: refused before anything is written. */
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import type { PlannedLoad, RestorePlan } from "./plan.ts";
import { largeObjectsThere, type TargetFacts, tablesWithRows } from "./target.ts";

const HINT = "Empty the tables or the database (pgark nuke and migrate), leave tables out with --exclude-table, or restore into another database.";

/** The plan, with a refusal more where a table that is to be loaded has rows. */
export async function refuseRowsInTheWay(session: Session, facts: TargetFacts, plan: RestorePlan): Promise<RestorePlan> {
  if (plan.refusals.length > 0) return plan;
  const refusal = (await rowsInTheWay(session, facts, plan.load)) ?? (await largeObjectsInTheWay(session, plan));
  return refusal === null ? plan : { ...plan, refusals: [refusal] };
}

async function rowsInTheWay(session: Session, facts: TargetFacts, loads: readonly PlannedLoad[]): Promise<PgarkError | null> {
  // A table that an extension brings has the rows of its script.
  const there = loads.filter(({ entry, created, table }) => entry.kind === "table-data" && !created && facts.relations.get(table)?.ofExtension === false);
  const filled = await tablesWithRows(session, [...new Set(there.map(({ exactly }) => exactly))]);
  if (filled.length === 0) return null;
  const tables = [...new Set(there.filter(({ exactly }) => filled.includes(exactly)).map(({ table }) => table))];
  const more = tables.length > 5 ? ` and ${tables.length - 5} more` : "";
  return new PgarkError("TARGET_NOT_EMPTY", `the target already has rows in ${tables.slice(0, 5).join(", ")}${more}; nothing was written`, { object: `table ${tables[0]}`, hint: HINT });
}

/** They have numbers for names: one that is there is another one. */
async function largeObjectsInTheWay(session: Session, { largeObjects }: RestorePlan): Promise<PgarkError | null> {
  const [oid] = await largeObjectsThere(session, largeObjects);
  if (oid === undefined) return null;
  return new PgarkError("TARGET_NOT_EMPTY", `the target already has large object ${oid}, which is in the archive too; nothing was written`, { object: `large object ${oid}`, hint: HINT });
}
