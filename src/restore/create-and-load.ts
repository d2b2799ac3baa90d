/**
 * A restore into an empty place: definitions, rows, indexes and keys, privileges, refresh. Where the role may make a
 * journal, each transaction notes in it what it made, so that the restore can be resumed after a crash.
 */
import type { TocEntry } from "../archive/toc.ts";
import { isPgarkError, withHint } from "../errors.ts";
import type { Warning } from "../events.ts";
import type { Session } from "../session/session.ts";
import { sayDatabaseProperties } from "./create-database.ts";
import { createJournal, dropJournal } from "./journal.ts";
import { postDataTasks } from "./post-data.ts";
import { beginProgress, noteEntries, readProgress } from "./progress.ts";
import { loadAndBuild, loadContext, refreshViews, type Run } from "./run.ts";
import { inTransaction } from "./transaction.ts";

/** Into an empty place, or on with one that was interrupted. Gives a warning for what could not be said of a database that was made. */
export async function createAndLoad(run: Run): Promise<readonly Warning[]> {
  const { source, leader, facts, resolved } = run;
  const journal = !resolved.singleTransaction && (run.resumed || (await beginJournal(run)));
  try {
    await build(run, journal);
    const unsaid = resolved.create ? await sayDatabaseProperties(leader, source.toc, facts, resolved) : [];
    await finish(run, journal);
    return unsaid;
  } catch (error) {
    if (!journal) throw error;
    throw (await nothingMade(run)) ? error : resumable(error);
  }
}

/** A restore that failed at its first transaction leaves no journal either. */
async function nothingMade({ leader }: Run): Promise<boolean> {
  try {
    const { chunks, entries } = await readProgress(leader);
    if (chunks.length > 0 || entries.size > 0) return false;
    await dropJournal(leader);
    return true;
  } catch {
    // The session is gone, or cancelled: what it left is there for the next one.
    return false;
  }
}

async function build(run: Run, journal: boolean): Promise<void> {
  const { plan, tell, resolved, leader, runner, progress } = run;
  const note = async (session: Session, entries: readonly TocEntry[]) => {
    if (journal) await noteEntries(session, entries.map(({ id }) => id).filter((id) => !runner.failed.has(id)));
  };
  const todo = plan.create.filter(({ id }) => !progress.entries.has(id));
  tell({ type: "step", step: "pre-data" });
  const early = todo.filter(({ section, pass }) => section !== "post-data" && pass === "main");
  const postData = todo.filter(({ section, pass }) => section === "post-data" && pass === "main");
  const drops = resolved.clean && progress.entries.size + progress.chunks.length === 0 ? plan.create.filter(({ drop }) => drop !== null).toReversed() : [];
  if (plan.dropsInParts) await dropAll(run, drops);
  if (drops.length > 0 && !plan.dropsInParts) {
    // One transaction: if nothing new can be made, what was there stays.
    await inTransaction(leader, resolved.singleTransaction, async () => {
      for (const { drop } of drops) await leader.execute(drop ?? "");
      await runner.createAll(leader, early);
      await note(leader, early);
    });
  } else await createAll(run, early, note);

  const without = new Set(plan.load.filter(({ entry }) => entry.dependencies.some((id) => runner.failed.has(id))).map(({ entry }) => entry.id));
  const create = (session: Session, entries: readonly TocEntry[]) =>
    inTransaction(session, resolved.singleTransaction, async () => {
      await runner.createAll(session, entries);
      await note(session, entries);
    });
  await loadAndBuild(run, loadContext(run, journal ? "chunks" : "none", without), (rowTasks) => postDataTasks({ entries: run.source.toc.entries, postData, rowTasks, loads: plan.load, create }));

  tell({ type: "step", step: "privileges" });
  // Sequences first: privileges may take away the right to set them.
  const finish = plan.finish.filter(({ id }) => !progress.entries.has(id));
  await createAll(run, finish.filter(({ kind }) => kind === "sequence-value"), note);
  await createAll(run, todo.filter(({ pass }) => pass === "privileges"), note);
  await refreshViews(run, finish, (entry) => note(leader, [entry]));
}

/**
 * Event triggers come when nothing is left to do that could fire them. Even the end of the journal would: it goes in
 * the same transaction and before them, so that after a crash either both are to be done or none.
 */
async function finish({ plan, leader, resolved, runner }: Run, journal: boolean): Promise<void> {
  await inTransaction(leader, resolved.singleTransaction, async () => {
    if (journal) await dropJournal(leader, true);
    for (const entry of plan.create) if (entry.pass === "final") await runner.create(leader, entry);
  });
}

/** A role that may not make a schema restores all the same, but not twice. */
async function beginJournal({ leader, identity, tell, plan }: Run): Promise<boolean> {
  // The archive's own schema of that name is somebody else's.
  if (plan.create.some(({ kind, name }) => kind === "schema" && name === "pgark")) return false;
  try {
    await inTransaction(leader, false, async () => {
      await createJournal(leader);
      await beginProgress(leader, { ...identity, decisions: null });
    });
    return true;
  } catch (error) {
    if (!isPgarkError(error, "PERMISSION_DENIED")) throw error;
    tell({ type: "warning", warning: { code: "NOT_RESUMABLE", message: "the role may not create schema pgark in the target: if this restore is interrupted, it cannot be resumed" } });
    return false;
  }
}

function resumable(error: unknown): unknown {
  if (!isPgarkError(error) || error.hint !== undefined) return error;
  return withHint(error, "What was restored stays: go on with --resume when the cause is gone, or drop the database.");
}

/** A transaction holds a lock on everything that it makes, and a server's lock table has 6,400 places by default. */
const ENTRIES_PER_TRANSACTION = 500;

async function createAll({ leader, resolved, runner }: Run, entries: readonly TocEntry[], note: (session: Session, entries: readonly TocEntry[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < entries.length; from += ENTRIES_PER_TRANSACTION) {
    const some = entries.slice(from, from + ENTRIES_PER_TRANSACTION);
    await inTransaction(leader, resolved.singleTransaction, async () => {
      await runner.createAll(leader, some);
      await note(leader, some);
    });
  }
}

/** Against the restore order: foreign keys and all else that holds on to a table go before it does. */
async function dropAll({ leader }: Run, drops: readonly TocEntry[]): Promise<void> {
  for (let from = 0; from < drops.length; from += ENTRIES_PER_TRANSACTION) {
    await inTransaction(leader, false, async () => {
      for (const { drop } of drops.slice(from, from + ENTRIES_PER_TRANSACTION)) await leader.execute(drop ?? "");
    });
  }
}
