/** One restore while it runs: what its parts share, and the steps that both kinds of restore have in common. */
import type { TocEntry } from "../archive/toc.ts";
import { countTables, type Listener, tellTables } from "../events.ts";
import type { Resolved, RestoreOptions } from "../options.ts";
import { openSessions } from "../session/group.ts";
import type { Session } from "../session/session.ts";
import type { Accounts } from "./accounts.ts";
import type { RestorePlan } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { loadFromStream } from "./rows-from-pipe.ts";
import { chunkId, chunkTasks, type LoadContext, rowsTaskId } from "./rows.ts";
import { runTasks, type Task } from "./schedule.ts";
import type { EntryRunner } from "./section.ts";
import type { RestoreSource } from "./source.ts";
import type { TargetFacts } from "./target.ts";
import { inTransaction } from "./transaction.ts";

export interface Run<Plan extends RestorePlan = RestorePlan> {
  readonly source: RestoreSource;
  readonly plan: Plan;
  readonly facts: TargetFacts;
  readonly leader: Session;
  /** Opens a session like the leader's; `outside` the signal, for what must be done after an abort. */
  readonly open: (outside?: "outside") => Promise<Session>;
  readonly resolved: Resolved<RestoreOptions>;
  /** Ends everything that runs when one part has failed. */
  readonly stop: AbortController;
  readonly tell: Listener;
  readonly accounts: Accounts;
  readonly runner: EntryRunner;
  /** What an interrupted restore has done already, when this one resumes it. */
  readonly progress: Progress;
  readonly resumed: boolean;
  /** What the journal knows this restore by. */
  readonly identity: { readonly archive: string; readonly fingerprint: string };
}

/** What the loaders are told. */
export function loadContext({ plan, accounts, tell, resolved, progress }: Run, journal: LoadContext["journal"], without: ReadonlySet<number>): LoadContext {
  const { singleTransaction, maxRejects } = resolved;
  const done = new Set(progress.chunks.map(({ load, chunk }) => chunkId(load, chunk)));
  return { loads: plan.load, accounts, tell, without, journal, singleTransaction, done, maxRejects };
}

/** Rows by chunks on several sessions, with the tasks that follow from them; a pipe is read to its end first. */
export async function loadAndBuild(run: Run, context: LoadContext, buildTasks: (rowTasks: ReadonlyMap<number, readonly string[]>) => readonly Task[]): Promise<void> {
  const { source, resolved, leader, plan, tell, stop } = run;
  tell({ type: "step", step: "data" });
  const entries = new Map(plan.load.map(({ entry, table }) => [entry.id, table]));
  const tellDone = source.type === "file" ? tellTables(tell, countTables(source.manifest.chunks, (chunk) => entries.get(chunk.entry) ?? ""), resolved.io.tickMs) : tell;
  const rowTasks = source.type === "file" ? chunkTasks(source.reader, { ...context, tell: tellDone }) : [];
  const wanted = resolved.singleTransaction ? 1 : Math.max(resolved.jobs, source.type === "pipe" ? source.toc.interleave : 1);
  tell({ type: "plan", tables: plan.load.length, chunks: source.type === "file" ? rowTasks.length - plan.load.length : 0, bytes: plan.load.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0), rows: plan.load.reduce<number | null>((sum, { rows }) => (sum === null || rows === null ? null : sum + rows), 0) });
  await using others = await openSessions(wanted - 1, () => run.open());
  const sessions = [leader, ...others.sessions];
  if (source.type === "pipe") await loadFromStream(source.events, sessions, context);
  const waitFor = new Map<number, string[]>();
  if (source.type === "file") for (const { entry, load } of plan.load) waitFor.set(entry.id, [...(waitFor.get(entry.id) ?? []), rowsTaskId(load)]);
  await runTasks([...rowTasks, ...buildTasks(waitFor)], sessions.slice(0, resolved.jobs), (error) => stop.abort(error));
}

/**
 * Fills the materialized views again, each in a transaction of its own. One can read another through a function, which
 * no dependency tells: it waits for the others, as long as one of them can be filled.
 */
export async function refreshViews({ leader, resolved, runner }: Run, entries: readonly TocEntry[], done: (entry: TocEntry) => Promise<void> = async () => {}): Promise<void> {
  let left = entries.filter(({ kind }) => kind === "refresh");
  for (let mayWait = left.length > 1; left.length > 0; ) {
    const later: TocEntry[] = [];
    for (const entry of left) {
      await inTransaction(leader, resolved.singleTransaction, async () => {
        if (!mayWait) await runner.create(leader, entry);
        else if (!(await runner.createIfReady(leader, entry))) return void later.push(entry);
        await done(entry);
      });
    }
    mayWait = later.length < left.length;
    left = later;
  }
}
