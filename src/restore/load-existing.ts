/**
 * A restore of rows into tables that were there before. What stands in the way is set aside, tables that are replaced are
 * emptied, rows come in, orphans go out, and everything comes back as it was. If it fails where nothing but new rows has
 * come in, those go again; a lost connection or a full disk leaves the journal, for `resume` or for the next restore.
 */
import { isPgarkError, messageOf, PgarkError, withHint } from "../errors.ts";
import type { Listener } from "../events.ts";
import { openSessions } from "../session/group.ts";
import type { Session } from "../session/session.ts";
import { NOTHING } from "./accounts.ts";
import { createJournal, dropJournal, readJournal, removeLoaded, type SetAside } from "./journal.ts";
import type { PreparedPlan } from "./loads.ts";
import { lockTarget } from "./lock-target.ts";
import { sweepOrphans } from "./orphans.ts";
import type { PlannedLoad } from "./plan.ts";
import { beginProgress, noteChunk, noteRemoved, noteRowsIn, readUnderWay, type UnderWay } from "./progress.ts";
import { putBackTasks, putEverythingBack } from "./put-back.ts";
import { writeRejects } from "./rejects-file.ts";
import { loadAndBuild, loadContext, refreshViews, type Run } from "./run.ts";
import { runTasks } from "./schedule.ts";
import { sequenceStatement } from "./sequences.ts";
import { setAside } from "./set-aside.ts";
import { loadChosen } from "./subset.ts";
import { inTransaction } from "./transaction.ts";

/** Stands for the rows that were taken out again because their parents never came; less than `WHOLE`. */
const ORPHANS = -3;

/** Loads all rows, and gives the path of the rejects file when one was written. */
export async function loadIntoExisting(run: Run<PreparedPlan>): Promise<string | null> {
  const { leader, resolved, tell, plan } = run;
  const { singleTransaction, rejectsFile, io } = resolved;
  const journal = keepsJournal(run);
  const aside = await begin(run, journal);
  try {
    if (!run.progress.rowsIn) {
      const context = loadContext(run, journal ? "rows" : "none", new Set());
      if (resolved.where === undefined) await loadAndBuild(run, context, () => []);
      else await loadChosen(run, context);
      if (journal) await takeOrphansOut(run);
    }
    // While it can still be undone.
    run.accounts.close();
    tell({ type: "step", step: "post-data" });
    await putBackAll(run, aside);
    for (const entry of plan.finish) if (entry.kind === "sequence-value") await leader.execute(sequenceStatement(entry));
    await refreshViews(run, plan.finish);
    const rejected = journal && rejectsFile !== undefined ? await writeRejects(leader, rejectsFile, plan.load, io, singleTransaction) : 0;
    if (journal) await dropJournal(leader, singleTransaction);
    return rejected === 0 ? null : (rejectsFile ?? null);
  } catch (error) {
    if (singleTransaction) throw error;
    throw await afterFailure(run, error);
  }
}

/** One transaction needs none to be undone, only for the rows it refuses. */
function keepsJournal({ resolved, plan }: Run<PreparedPlan>): boolean {
  return !resolved.singleTransaction || resolved.maxRejects > 0 || plan.load.some(({ way }) => way === "merge");
}

/** Everything that changes before the first row comes, in one transaction with the journal that tells of it. */
async function begin(run: Run<PreparedPlan>, journal: boolean): Promise<readonly SetAside[]> {
  const { leader, resolved, plan, facts, identity, progress } = run;
  const { singleTransaction, fireTriggers, maxRejects } = resolved;
  // Some of it may be back already, and stays.
  if (progress.rowsIn) return readJournal(leader);
  const oids = (loads: readonly PlannedLoad[]) => [...new Set(loads.flatMap(({ table }) => facts.relations.get(table)?.oid ?? []))];
  return inTransaction(leader, singleTransaction, async () => {
    if (journal) await createJournal(leader);
    if (journal && !run.resumed) await beginProgress(leader, { ...identity, decisions: plan.decisions });
    const aside = await setAside(leader, {
      tables: oids(plan.load.filter(({ way }) => way === "copy")),
      merged: oids(plan.load.filter(({ way }) => way === "merge")),
      foreignKeys: plan.decisions.dropped,
      rows: run.resumed || !onlyNewRows(plan) ? [] : emptiness(run),
      fireTriggers,
      keepUnique: maxRejects > 0,
      singleTransaction: true,
      journal: journal && !singleTransaction,
    });
    if (!run.resumed) await empty(run, journal);
    for (const name of plan.decisions.deferredNames) await leader.execute(`SET CONSTRAINTS ${name} DEFERRED`);
    return journal && !singleTransaction ? await readJournal(leader) : aside;
  });
}

/** Whether the restore changes nothing that was there: then a failure can undo it. */
function onlyNewRows({ load }: PreparedPlan): boolean {
  return load.every(({ way, emptied, policy }) => !emptied && (way === "copy" || policy === "error"));
}

async function empty({ plan, leader, accounts }: Run<PreparedPlan>, journal: boolean): Promise<void> {
  const emptied = plan.load.filter((load) => load.emptied);
  if (emptied.length === 0) return;
  const tables = new Map(emptied.map((load) => [load.exactly, load]));
  const removed = new Map<number, number>();
  for (const [exactly, { load }] of tables) {
    const [counted] = await leader.query<{ rows: number }>(`select count(*)::float8 as rows from ${exactly}`);
    removed.set(load, counted?.rows ?? 0);
  }
  for (const [load, rows] of removed) accounts.removed(load, rows);
  if (journal) await noteRemoved(leader, removed);
  await leader.execute(`TRUNCATE ${[...tables.keys()].join(", ")}`);
}

/** How it comes that the target's tables are empty again, and that it has no more large objects than before. */
function emptiness({ plan, facts }: Run<PreparedPlan>): readonly Omit<SetAside, "id">[] {
  const tables = new Map(plan.load.filter(({ entry }) => entry.kind === "table-data").map((load) => [load.table, load]));
  const rows = [...tables.values()].map(({ table, exactly }) => ({ kind: "rows" as const, object: table, rank: 0, tables: [facts.relations.get(table)?.oid ?? 0], putBack: removeLoaded(exactly) }));
  if (plan.largeObjects.length === 0) return rows;
  const unlink = `SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = ANY ('{${plan.largeObjects.join(",")}}')`;
  return [...rows, { kind: "rows", object: "large objects", rank: 0, tables: [], putBack: [unlink] }];
}

/** Rows whose parents never came, where a foreign key was not in place to say so. */
async function takeOrphansOut({ leader, plan, resolved, accounts }: Run<PreparedPlan>): Promise<void> {
  const { aside, deferred } = plan.decisions;
  const sweeps = resolved.maxRejects > 0 && aside.length + deferred.length > 0;
  const loads = plan.load.flatMap(({ merge }) => merge ?? []);
  await inTransaction(leader, resolved.singleTransaction, async () => {
    await noteRowsIn(leader);
    if (sweeps) for (const [load, { deleted, reverted }] of await sweepOrphans(leader, loads, [...aside, ...deferred])) {
      const account = { ...NOTHING, load, chunk: ORPHANS, inserted: -deleted, updated: -reverted, rejected: deleted + reverted, bytes: 0 };
      if (!resolved.singleTransaction) await noteChunk(leader, account);
      accounts.chunk(account);
    }
  });
  const rejected = accounts.rejected();
  if (sweeps && rejected > resolved.maxRejects) throw new PgarkError("TOO_MANY_REJECTS", `${rejected} rows were rejected, more than the ${resolved.maxRejects} that may be`);
}

async function putBackAll({ open, resolved, leader, tell, stop }: Run<PreparedPlan>, aside: readonly SetAside[]): Promise<void> {
  if (aside.every(({ kind }) => kind === "rows")) return;
  await using others = await openSessions(resolved.jobs - 1, () => open());
  const done = ({ kind, object }: SetAside) => tell({ type: "object", action: "created", kind, name: object, seconds: 0 });
  await runTasks(putBackTasks(aside, resolved.singleTransaction, done), [leader, ...others.sessions], (error) => stop.abort(error));
}

/** What the caller is told, when what can be undone is. */
async function afterFailure(run: Run<PreparedPlan>, cause: unknown): Promise<unknown> {
  if (isPgarkError(cause, "CONNECTION_LOST", "CANNOT_CONNECT", "NO_SPACE")) {
    return withHint(cause, "The rows that came in stay, and what was set aside is still aside: go on with --resume, or start any other restore into this database, which puts everything back first.");
  }
  try {
    // Its transaction may still hold locks: a cancelled session cannot roll back, only end.
    await run.leader.close();
    await using session = await run.open("outside");
    await lockTarget(session);
    await putEverythingBack(session);
    return onlyNewRows(run.plan) ? cause : withHint(cause, "What was set aside is back in place; the rows that were merged before the error stay.");
  } catch (error) {
    return new PgarkError(isPgarkError(cause) ? cause.code : "SQL_FAILED", `${messageOf(cause)}; and the target could not be put back as it was: ${messageOf(error)}`, {
      object: isPgarkError(cause) ? cause.object : undefined,
      cause,
      hint: "The next restore into this database begins with what pgark.set_aside lists, and puts it back.",
    });
  }
}

/**
 * A restore that was interrupted left a journal: everything comes back before another one begins. One that makes its
 * tables has set nothing aside, and is given: it can still be resumed, for as long as its journal is there.
 */
export async function putBackWhatWasLeft(leader: Session, tell: Listener): Promise<UnderWay | null> {
  const underWay = await readUnderWay(leader);
  if (underWay?.decisions === null) return underWay;
  const left = await putEverythingBack(leader);
  if (left.length === 0) return null;
  const objects = left.map(({ kind, object }) => (kind === "rows" ? `the emptiness of ${object}` : object));
  tell({ type: "warning", warning: { code: "PUT_BACK", message: `an earlier restore was interrupted; it was undone first: ${objects.join(", ")}` } });
  return null;
}
