/** Large objects that are on the target already: refused before anything is written. Rows are loads.ts's. */
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import type { RestorePlan } from "./plan.ts";
import { largeObjectsThere } from "./target.ts";

/** The plan, with a refusal more where a large object of the archive is there: they have numbers for names, so it is another one. */
export async function refuseLargeObjectsInTheWay(session: Session, plan: RestorePlan): Promise<RestorePlan> {
  if (plan.refusals.length > 0) return plan;
  const [oid] = await largeObjectsThere(session, plan.largeObjects);
  if (oid === undefined) return plan;
  const refusal = new PgarkError("TARGET_NOT_EMPTY", `the target already has large object ${oid}, which is in the archive too; nothing was written`, {
    object: `large object ${oid}`,
    hint: "Empty the database (pgark nuke and migrate), or restore into another one.",
  });
  return { ...plan, refusals: [refusal] };
}
