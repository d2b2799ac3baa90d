/**
 * A restore of some rows: those that conditions choose, with what they reference and what references them. The rows are
 * chosen in the archive, before anything is written; then they are merged as all rows are, in one transaction. It promises
 * that only tables that can be reached are read, and that no row comes in that was not chosen. It does not ask whether a
 * parent is on the target already: one that is there and the same counts as identical.
 */
import { qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import { teller } from "../events.ts";
import type { Resolved, RestoreOptions } from "../options.ts";
import { matchesRelation, parsePattern } from "../pattern.ts";
import type { Session } from "../session/session.ts";
import { type Candidate, chooseRows, chosenRows } from "./choose-rows.ts";
import { prepareLoads, type PreparedPlan, NO_DECISIONS } from "./loads.ts";
import type { Staging } from "./loaders/merge-load.ts";
import { nameParts, tableName } from "./mapping.ts";
import type { PlannedLoad, RestorePlan } from "./plan.ts";
import { reachable, readRelatives, type Relatives } from "./references.ts";
import { type LoadContext, selectTasks } from "./rows.ts";
import type { Run } from "./run.ts";
import { runTasks } from "./schedule.ts";
import { sequencesOf } from "./sequences-of.ts";
import type { RestoreSource } from "./source.ts";
import type { TargetFacts } from "./target.ts";
import { inTransaction } from "./transaction.ts";

/** Throws USAGE for what does not go together with `where`. */
export function refuseWithWhere(source: RestoreSource, { where, resume, create, clean, content, onConflict }: Resolved<RestoreOptions>): void {
  if (where === undefined) return;
  if (Object.keys(where).length === 0) throw new PgarkError("USAGE", "where names no table", { hint: "Leave it out for all rows." });
  const refuse = (what: string, why: string) => new PgarkError("USAGE", `where and ${what} exclude each other: ${why}`);
  if (source.type === "pipe") throw new PgarkError("USAGE", "rows are chosen after all of them were looked at, and what comes through a pipe can be read only once", { hint: "Save the archive to a file and restore from that." });
  if (resume) throw refuse("resume", "some rows are restored in one transaction, of which nothing is left when it fails");
  if (create || clean) throw refuse(create ? "create" : "clean", "some rows are restored into tables that are there");
  if (content === "schema") throw refuse("schema-only", "there would be no rows to choose from");
  if (onConflict === "replace") throw replaceRefused("the tables");
}

function replaceRefused(what: string): PgarkError {
  return new PgarkError("USAGE", `where and the conflict policy replace exclude each other: ${what} would be emptied for a few rows`, { hint: "Say skip or update." });
}

export interface SubsetInput {
  readonly facts: TargetFacts;
  readonly plan: RestorePlan;
  readonly options: Resolved<RestoreOptions>;
}

/**
 * The plan for the chosen rows alone. `rows` of each load is how many were chosen; they wait in temporary tables of the
 * session. Tables that `where` names stay in the plan when no row of theirs was chosen, others do not.
 */
export async function planSubset(session: Session, source: RestoreSource, { facts, plan, options }: SubsetInput): Promise<PreparedPlan> {
  const refused = (refusals: readonly PgarkError[]) => ({ ...plan, refusals, decisions: NO_DECISIONS });
  if (source.type !== "file") throw new Error("what comes through a pipe was not refused");
  if (plan.refusals.length > 0) return refused(plan.refusals);
  const relatives = await readRelatives(session, plan.load, facts);
  const { conditions, unmatched } = conditionsOf(plan.load, relatives, facts, options.where ?? {});
  if (unmatched.length > 0) return refused(unmatched);

  const reached = reachable(new Set(conditions.keys()), relatives.references, options);
  const prepared = await prepareLoads(session, { facts, plan: narrow(plan, reached, conditions, relatives), options, pipe: false, decided: null });
  const replaced = prepared.load.filter(({ policy }) => policy === "replace").map(({ table }) => replaceRefused(table));
  const refusals = [...prepared.refusals, ...replaced];
  if (refusals.length > 0) return { ...prepared, refusals, decisions: NO_DECISIONS };

  teller(options.onEvent)({ type: "step", step: "choose" });
  const candidates = prepared.load.flatMap((load) => (reached.has(load.load) ? candidate(load, conditions, options) : []));
  const counts = await inTransaction(session, false, () => chooseRows(session, source.reader, candidates, relatives.references, options));
  if (counts.size === 0) return { ...prepared, refusals: [noneMet(options.where ?? {})], decisions: NO_DECISIONS };
  const kept = keepChosen(prepared, counts, conditions);
  const sequences = await sequencesOf(session, kept.load.flatMap(({ load }) => relatives.lineage.get(load) ?? []));
  return { ...kept, finish: kept.finish.filter(({ kind, schema, name }) => kind !== "sequence-value" || sequences.has(qualified(schema, name))) };
}

/** Fills the staging of a load with its chosen rows. */
export async function fillChosen({ merge }: PlannedLoad, staging: Staging): Promise<void> {
  if (merge !== null) await staging.addSelect(chosenRows(merge));
}

/** Merges the chosen rows, inside the one transaction of the run. */
export async function loadChosen({ plan, leader, tell, stop }: Run<PreparedPlan>, context: LoadContext): Promise<void> {
  tell({ type: "step", step: "data" });
  tell({ type: "plan", tables: plan.load.length, chunks: plan.load.length, bytes: 0, rows: plan.load.reduce((sum, { rows }) => sum + (rows ?? 0), 0) });
  await runTasks(selectTasks(fillChosen, context), [leader], (error) => stop.abort(error));
}

/** Load → its condition, for the loads that patterns name: by their own table, or by one that it is a partition of. */
function conditionsOf(loads: readonly PlannedLoad[], { lineage }: Relatives, facts: TargetFacts, where: Readonly<Record<string, string>>) {
  const names = new Map([...facts.relations].map(([name, { oid }]) => [oid, name]));
  const patterns = Object.entries(where).map(([text, condition]) => ({ text, condition, pattern: parsePattern(text) }));
  const matched = new Set<string>();
  const conditions = new Map<number, string>();
  for (const { load, table, entry } of loads) {
    if (entry.kind === "large-object-data") continue;
    const own = [...new Set([table, ...(lineage.get(load) ?? []).flatMap((oid) => names.get(oid) ?? [])])].map(nameParts);
    const fitting = patterns.filter(({ pattern }) => own.some(([schema = "", name = ""]) => matchesRelation(pattern, schema, name)));
    for (const { text } of fitting) matched.add(text);
    if (fitting.length > 0) conditions.set(load, anyOf(fitting.map(({ condition }) => condition)));
  }
  const unmatched = patterns.filter(({ text }) => !matched.has(text)).map(({ text }) => new PgarkError("NOTHING_MATCHED", `no table that would be restored matches the pattern ${text} of where`, { object: text }));
  return { conditions, unmatched };
}

/** A row is chosen by any of them. A line comment at the end of one must not take the parenthesis with it. */
function anyOf(conditions: readonly string[]): string {
  const [only] = conditions;
  return conditions.length === 1 && only !== undefined ? only : conditions.map((condition) => `(${condition}\n)`).join(" or ");
}

/**
 * Loads that can be reached, with the condition as part of their mapping: so it is checked like a mapping's, and all fields
 * have their types. Loads of the same rows stay for the while, as they may take the columns that the others do not.
 */
function narrow(plan: RestorePlan, reached: ReadonlySet<number>, conditions: ReadonlyMap<number, string>, { lineage }: Relatives): RestorePlan {
  const entries = new Set(plan.load.filter(({ load }) => reached.has(load)).map(({ entry }) => entry.id));
  const load = plan.load.filter(({ entry }) => entries.has(entry.id)).map((one): PlannedLoad => {
    const condition = conditions.get(one.load);
    if (condition === undefined) return one;
    const member = one.mapping?.where;
    return { ...one, mapping: { ...one.mapping, where: member === undefined ? condition : `(${member}\n) and (${condition}\n)` } };
  });
  const objects = plan.largeObjects.length === 0 ? [] : [{ object: "large objects", reason: "they are no rows of a table that a condition could choose" }];
  const nowhere = plan.load.filter((one) => !entries.has(one.entry.id) && one.entry.kind !== "large-object-data" && lineage.get(one.load)?.length === 0);
  const unknown = nowhere.map(({ table }) => ({ object: `table ${table}`, reason: "the target has no such table, and so nothing says whose relatives its rows are" }));
  return { ...plan, create: [], load, largeObjects: [], skip: [...plan.skip, ...objects, ...unknown] };
}

function candidate(load: PlannedLoad, conditions: ReadonlyMap<number, string>, { mapping }: Resolved<RestoreOptions>): readonly Candidate[] {
  const own = Object.entries(mapping).find(([written]) => tableName(written) === load.table);
  if (load.merge === null) return [];
  return [{ load, merge: load.merge, member: own?.[1].where ?? null, condition: conditions.get(load.load) ?? null }];
}

function noneMet(where: Readonly<Record<string, string>>): PgarkError {
  return new PgarkError("NOTHING_MATCHED", `no row of the archive meets ${Object.entries(where).map(([pattern, condition]) => `${pattern}: ${condition}`).join(", or ")}`);
}

/** What nobody chose a row of is not touched, and its foreign keys stay in place. */
function keepChosen(plan: PreparedPlan, counts: ReadonlyMap<number, number>, conditions: ReadonlyMap<number, string>): PreparedPlan {
  const load = plan.load.flatMap((one): PlannedLoad[] => {
    const rows = counts.get(one.load) ?? 0;
    if (one.merge === null || (rows === 0 && !conditions.has(one.load))) return [];
    return [{ ...one, rows, bytes: null, merge: { ...one.merge, map: { ...one.merge.map, where: null } } }];
  });
  const { loads, aside, dropped, ...rest } = plan.decisions;
  const tables = new Set(load.map(({ merge }) => merge?.table.oid));
  const roots = new Set(aside.filter(({ childOid }) => tables.has(childOid)).map(({ rootOid }) => rootOid));
  const kept = new Set(load.map((one) => one.load));
  const decisions = { ...rest, loads: loads.filter((one) => kept.has(one.load)), aside: aside.filter(({ rootOid }) => roots.has(rootOid)), dropped: dropped.filter((root) => roots.has(root)) };
  return { ...plan, load, decisions };
}
