/**
 * Large objects that are on the target already. They have numbers for names, so an object of the same number may be another
 * one: without a conflict policy it is refused before anything is written. Rows are loads.ts's.
 */
import { PgarkError } from "../errors.ts";
import type { Resolved, RestoreOptions } from "../options.ts";
import type { Session } from "../session/session.ts";
import type { RestorePlan } from "./plan.ts";
import { largeObjectsThere } from "./target.ts";

/**
 * The plan, with a refusal more where a large object of the archive is in the way; under a policy, with large objects that
 * merge. What remains in `largeObjects` are those that this restore makes: a failure takes them out again.
 */
export async function arrangeLargeObjects(session: Session, plan: RestorePlan, { content, onConflict }: Resolved<RestoreOptions>, resumed: boolean): Promise<RestorePlan> {
  if (plan.refusals.length > 0) return plan;
  const merges = content === "data" && onConflict !== "error";
  // What is there now may be what the interrupted restore has made.
  if (resumed) return merges ? merging(plan) : plan;
  const there = new Set(await largeObjectsThere(session, plan.largeObjects));
  const [first] = there;
  if (first === undefined) return plan;
  if (merges) return { ...merging(plan), largeObjects: plan.largeObjects.filter((oid) => !there.has(oid)) };
  const refusal = new PgarkError("TARGET_NOT_EMPTY", `the target already has large object ${first}, which is in the archive too; nothing was written`, {
    object: `large object ${first}`,
    hint: "Say what happens to it, with --on-conflict skip, update or replace; or empty the database (pgark nuke and migrate), or restore into another one.",
  });
  return { ...plan, refusals: [refusal] };
}

function merging(plan: RestorePlan): RestorePlan {
  return { ...plan, load: plan.load.map((load) => (load.entry.kind === "large-object-data" ? { ...load, way: "merge" as const } : load)) };
}
