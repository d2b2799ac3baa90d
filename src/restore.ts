/**
 * The story of a restore: open the archive, read the target, plan, refuse before anything is written, create,
 * load, build, set privileges, refresh, and close the accounts. Each step is a call; none a detail.
 */
import type { Readable } from "node:stream";
import { isPgarkError, PgarkError } from "./errors.ts";
import { type Listener, teller } from "./events.ts";
import { type Resolved, resolveRestoreOptions, type RestoreOptions } from "./options.ts";
import type { RestoreReport } from "./report.ts";
import { Accounts } from "./restore/accounts.ts";
import { createDatabase } from "./restore/create-database.ts";
import { makePlan, type RestorePlan } from "./restore/plan.ts";
import { postDataTasks } from "./restore/post-data.ts";
import { chunkTasks, type LoadContext, loadFromStream, rowsTaskId } from "./restore/rows.ts";
import { runTasks, type Task } from "./restore/schedule.ts";
import { type EntryRunner, entryRunner } from "./restore/section.ts";
import { sequenceStatement } from "./restore/sequences.ts";
import { dropJournal, putBackTasks, readSetAside, setAside, type SetAside } from "./restore/set-aside.ts";
import { openSource, type RestoreSource } from "./restore/source.ts";
import { readTarget, tablesWithRows, type TargetFacts } from "./restore/target.ts";
import { inTransaction } from "./restore/transaction.ts";
import { createSelection } from "./selection.ts";
import { type ConnectionSettings, resolveConnection, withDatabase } from "./session/conninfo.ts";
import { connect } from "./session/connect.ts";
import { openSessions } from "./session/group.ts";
import type { Session } from "./session/session.ts";
import { prepareRestoreSession } from "./session/prepare-session.ts";
import { ident } from "./catalog/quote.ts";

/**
 * Restores an archive into a database.
 *
 * @param archive the archive's path, or a stream of it
 * @param target a connection URL, key=value text or database name; undefined: the PG* environment
 * @throws PgarkError; TARGET_NOT_EMPTY, TARGET_LACKS, DRIFT and MIGRATIONS_NEWER are thrown before anything is
 *   written. A data-only restore that fails later leaves the target's tables as they were.
 */
export async function restore(archive: string | Readable, target: string | undefined, options: RestoreOptions = {}): Promise<RestoreReport> {
  const resolved = resolveRestoreOptions(options);
  const tell = teller(resolved.onEvent);
  const startedMs = resolved.io.tickMs();
  await using source = await openSource(archive, resolved.io);
  if (resolved.verifyFirst) await verifyFirst(source, tell);
  const stop = new AbortController();
  const signal = resolved.signal === undefined ? stop.signal : AbortSignal.any([resolved.signal, stop.signal]);
  const settings = await targetSettings(await resolveConnection(target), source, resolved, signal);

  await using leader = await openSession(settings, resolved, signal);
  await putBackWhatWasLeft(leader, tell);
  const facts = await readTarget(leader, resolved.migrationsTable);
  const plan = await refuseRowsInTheWay(leader, planFor(source, facts, resolved));
  for (const warning of plan.warnings) tell({ type: "warning", warning });
  if (plan.refusals.length > 0) throw plan.refusals[0];

  const run: Run = { source, plan, facts, leader, settings, resolved, signal, stop, tell, accounts: new Accounts(plan.load, resolved.io.tickMs), runner: runnerFor(facts, resolved, tell) };
  await inTransaction(leader, !resolved.singleTransaction, () => (resolved.content === "data" ? loadIntoExisting(run) : createAndLoad(run)));
  await leader.execute("SET synchronous_commit = on; SELECT pg_catalog.txid_current()");
  return {
    target: plan.target,
    tables: run.accounts.close(),
    created: Object.fromEntries(run.runner.created),
    failures: run.runner.failures,
    skipped: plan.skip,
    warnings: plan.warnings,
    seconds: (resolved.io.tickMs() - startedMs) / 1000,
  };
}

/** What `restore` would do with the same arguments. Writes nothing. */
export async function planRestore(archive: string, target: string | undefined, options: RestoreOptions = {}): Promise<RestorePlan> {
  const resolved = resolveRestoreOptions(options);
  await using source = await openSource(archive, resolved.io);
  const settings = await resolveConnection(target);
  await using leader = await openSession(settings, resolved, resolved.signal);
  return await refuseRowsInTheWay(leader, planFor(source, await readTarget(leader, resolved.migrationsTable), resolved));
}

interface Run {
  readonly source: RestoreSource;
  readonly plan: RestorePlan;
  readonly facts: TargetFacts;
  readonly leader: Session;
  readonly settings: ConnectionSettings;
  readonly resolved: Resolved<RestoreOptions>;
  readonly signal: AbortSignal;
  readonly stop: AbortController;
  readonly tell: Listener;
  readonly accounts: Accounts;
  readonly runner: EntryRunner;
}

/** Into an empty place: definitions, rows, indexes and keys, privileges, refresh. */
async function createAndLoad(run: Run): Promise<void> {
  const { plan, tell, resolved, leader, runner } = run;
  tell({ type: "step", step: "pre-data" });
  if (resolved.clean) await inTransaction(leader, resolved.singleTransaction, () => dropFirst(run));
  const early = plan.create.filter(({ section, pass }) => section !== "post-data" && pass === "main");
  const postData = plan.create.filter(({ section, pass }) => section === "post-data" && pass === "main");
  await inTransaction(leader, resolved.singleTransaction, async () => {
    for (const entry of early) await runner.create(leader, entry);
  });

  const context: LoadContext = { loads: plan.load, accounts: run.accounts, tell, fresh: true, singleTransaction: resolved.singleTransaction };
  await loadAndBuild(run, context, (rowTasks) =>
    postDataTasks({ entries: run.source.toc.entries, postData, rowTasks, loads: plan.load, create: (session, entry) => inTransaction(session, resolved.singleTransaction, () => runner.create(session, entry)) }),
  );

  tell({ type: "step", step: "privileges" });
  const late = [...plan.create.filter(({ pass }) => pass === "privileges"), ...plan.create.filter(({ pass }) => pass === "final")];
  await inTransaction(leader, resolved.singleTransaction, async () => {
    for (const entry of late) await runner.create(leader, entry);
    for (const entry of plan.finish) if (entry.kind === "sequence-value") await leader.execute(sequenceStatement(entry, false));
  });
  await refreshViews(run);
}

/** Into tables that are there and empty. What stands in the way of rows is set aside; if anything fails, all is as before. */
async function loadIntoExisting(run: Run): Promise<void> {
  const { plan, facts, leader, resolved, tell, accounts } = run;
  const oids = plan.load.flatMap(({ table }) => facts.relations.get(table)?.oid ?? []);
  const context: LoadContext = { loads: plan.load, accounts, tell, fresh: false, singleTransaction: resolved.singleTransaction };
  const aside = await setAside(leader, oids, { fireTriggers: resolved.fireTriggers, inTransaction: resolved.singleTransaction });
  try {
    await loadAndBuild(run, context, () => []);
    tell({ type: "step", step: "post-data" });
    await putBackAll(run, aside);
    for (const entry of plan.finish) if (entry.kind === "sequence-value") await leader.execute(sequenceStatement(entry, true));
    await refreshViews(run);
  } catch (error) {
    if (!resolved.singleTransaction) await undo(run, error);
    throw error;
  }
}

/** Rows by chunks on several sessions, with the tasks that follow from them; a pipe is read to its end first. */
async function loadAndBuild(run: Run, context: LoadContext, buildTasks: (rowTasks: ReadonlyMap<number, readonly string[]>) => readonly Task[]): Promise<void> {
  const { source, resolved, leader, plan, tell, stop, signal, settings } = run;
  tell({ type: "step", step: "data" });
  const rowTasks = source.type === "file" ? chunkTasks(source.reader, context) : [];
  const wanted = resolved.singleTransaction ? 1 : Math.max(resolved.jobs, source.type === "pipe" ? source.toc.interleave : 1);
  tell({ type: "plan", tables: plan.load.length, chunks: rowTasks.length, bytes: plan.load.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0), rows: plan.load.reduce<number | null>((sum, { rows }) => (sum === null || rows === null ? null : sum + rows), 0) });
  await using others = await openSessions(wanted - 1, () => openSession(settings, resolved, signal));
  const sessions = [leader, ...others.sessions];
  if (source.type === "pipe") await loadFromStream(source.events, sessions, context);
  const waitFor = new Map<number, string[]>();
  if (source.type === "file") {
    for (const { chunk, entry } of source.reader.manifest.chunks) waitFor.set(entry, [...(waitFor.get(entry) ?? []), rowsTaskId(entry, chunk)]);
  }
  await runTasks([...rowTasks, ...buildTasks(waitFor)], sessions.slice(0, resolved.jobs), (error) => stop.abort(error));
}

async function dropFirst({ plan, leader }: Run): Promise<void> {
  for (const entry of [...plan.create].reverse()) if (entry.drop !== null) await leader.execute(entry.drop);
}

async function refreshViews({ plan, leader, tell, resolved }: Run): Promise<void> {
  for (const entry of plan.finish) {
    if (entry.kind !== "refresh") continue;
    const startedMs = resolved.io.tickMs();
    for (const statement of entry.create) await leader.execute(statement);
    tell({ type: "object", action: "created", kind: entry.kind, name: entry.address, seconds: (resolved.io.tickMs() - startedMs) / 1000 });
  }
}

async function putBackAll({ settings, resolved, signal, leader, tell, stop }: Run, aside: readonly SetAside[]): Promise<void> {
  if (aside.length === 0) return;
  await using others = await openSessions(resolved.jobs - 1, () => openSession(settings, resolved, signal));
  const done = ({ kind, object }: SetAside) => tell({ type: "object", action: "created", kind, name: object, seconds: 0 });
  await runTasks(putBackTasks(aside, done, resolved.singleTransaction), [leader, ...others.sessions], (error) => stop.abort(error));
  await dropJournal(leader);
}

/**
 * After a failure: the tables were empty before, so they are emptied again, and what was set aside is put back.
 * On a session of its own, because the signal may have been aborted and the leader may be gone.
 */
async function undo(run: Run, cause: unknown): Promise<void> {
  try {
    // Its transaction may still hold locks: a cancelled session cannot roll back, only end.
    await run.leader.close();
    await using session = await openSession(run.settings, run.resolved, undefined);
    await session.execute("BEGIN");
    for (const { exactly, entry } of run.plan.load) if (entry.kind === "table-data") await session.execute(`DELETE FROM ${exactly}`);
    await session.execute("COMMIT");
    await runTasks(putBackTasks(await readSetAside(session), () => {}, false), [session]);
    await dropJournal(session);
  } catch (error) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new PgarkError(isPgarkError(cause) ? cause.code : "SQL_FAILED", `${said}; and the target could not be put back as it was: ${error instanceof Error ? error.message : String(error)}`, {
      cause,
      hint: "The next restore puts back what pgark.set_aside lists; the rows that were loaded are still there.",
    });
  }
}

/** A restore that was killed left a journal: its constraints, triggers and indexes come first. */
async function putBackWhatWasLeft(leader: Session, tell: Listener): Promise<void> {
  const left = await readSetAside(leader);
  if (left.length === 0) return;
  tell({ type: "warning", warning: { code: "PUT_BACK", message: `an earlier restore was interrupted; ${left.map(({ object }) => object).join(", ")} are put back` } });
  await runTasks(putBackTasks(left, () => {}, false), [leader]);
  await dropJournal(leader);
}

function planFor(source: RestoreSource, target: TargetFacts, options: Resolved<RestoreOptions>): RestorePlan {
  return makePlan({ toc: source.toc, manifest: source.manifest, selection: createSelection(options, options.content), target, options });
}

/** Rows in a table that is to be loaded are refused before anything is written. */
async function refuseRowsInTheWay(leader: Session, plan: RestorePlan): Promise<RestorePlan> {
  if (plan.refusals.length > 0 || plan.create.length > 0) return plan;
  const filled = await tablesWithRows(leader, [...new Set(plan.load.filter(({ entry }) => entry.kind === "table-data").map(({ exactly }) => exactly))]);
  if (filled.length === 0) return plan;
  const tables = plan.load.filter(({ exactly }) => filled.includes(exactly)).map(({ table }) => table);
  const more = tables.length > 5 ? ` and ${tables.length - 5} more` : "";
  const refusal = new PgarkError("TARGET_NOT_EMPTY", `the target already has rows in ${tables.slice(0, 5).join(", ")}${more}; nothing was written`, {
    object: `table ${tables[0]}`,
    hint: "Empty the tables or the database (pgark nuke and migrate), leave tables out with --exclude-table, or restore into another database.",
  });
  return { ...plan, refusals: [refusal] };
}

async function verifyFirst(source: RestoreSource, tell: Listener): Promise<void> {
  if (source.type === "pipe") throw new PgarkError("USAGE", "an archive from a pipe cannot be verified first: it can be read only once");
  tell({ type: "step", step: "verify" });
  const report = await source.reader.verify();
  const [problem] = report.findings;
  if (problem !== undefined) throw new PgarkError("ARCHIVE_DAMAGED", `the archive is damaged: ${problem.problem}`);
}

async function targetSettings(settings: ConnectionSettings, source: RestoreSource, resolved: Resolved<RestoreOptions>, signal: AbortSignal): Promise<ConnectionSettings> {
  if (!resolved.create) return settings;
  await using session = await connect(settings, { signal });
  await createDatabase(session, source.toc.source, { clean: resolved.clean });
  return withDatabase(settings, source.toc.source.database);
}

async function openSession(settings: ConnectionSettings, resolved: Resolved<RestoreOptions>, signal: AbortSignal | undefined): Promise<Session> {
  const session = await connect(settings, { signal });
  if (resolved.role !== undefined) await session.execute(`SET ROLE ${ident(resolved.role)}`);
  await prepareRestoreSession(session);
  return session;
}

function runnerFor(target: TargetFacts, { noOwner, continueOnError, io }: Resolved<RestoreOptions>, tell: Listener): EntryRunner {
  return entryRunner({ noOwner, continueOnError, target, tell, tickMs: io.tickMs });
}
