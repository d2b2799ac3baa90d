/**
 * The story of a restore: open the archive, read the target, plan, refuse before anything is written, create,
 * load, build, set privileges, refresh, and close the accounts. Each step is a call; none a detail.
 */
import type { Readable } from "node:stream";
import type { TocEntry } from "./archive/toc.ts";
import { isPgarkError, messageOf, PgarkError } from "./errors.ts";
import { countTables, type Listener, teller, tellTables } from "./events.ts";
import { type Resolved, resolveRestoreOptions, type RestoreOptions } from "./options.ts";
import type { RestoreReport } from "./report.ts";
import { Accounts } from "./restore/accounts.ts";
import { createDatabase, refuseDatabase } from "./restore/create-database.ts";
import { dropJournal, removeLoaded, type SetAside } from "./restore/journal.ts";
import { lockTarget } from "./restore/lock-target.ts";
import { refuseRowsInTheWay } from "./restore/in-the-way.ts";
import { contentOf, makePlan, type RestorePlan } from "./restore/plan.ts";
import { postDataTasks } from "./restore/post-data.ts";
import { putBackTasks, putEverythingBack } from "./restore/put-back.ts";
import { chunkTasks, type LoadContext, loadFromStream, rowsTaskId } from "./restore/rows.ts";
import { runTasks, type Task } from "./restore/schedule.ts";
import { type EntryRunner, entryRunner } from "./restore/section.ts";
import { sequenceStatement } from "./restore/sequences.ts";
import { setAside } from "./restore/set-aside.ts";
import { openSource, type RestoreSource } from "./restore/source.ts";
import { newDatabase, readTarget, type TargetFacts } from "./restore/target.ts";
import { inTransaction } from "./restore/transaction.ts";
import { createSelection } from "./selection.ts";
import { type ConnectionSettings, resolveConnection, withDatabase } from "./session/conninfo.ts";
import { connect } from "./session/connect.ts";
import { makeReady, openSessions } from "./session/group.ts";
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
  const asked = resolveRestoreOptions(options);
  const tell = teller(asked.onEvent);
  const startedMs = asked.io.tickMs();
  await using source = await openSource(archive, asked.io, asked.signal);
  const resolved = { ...asked, content: contentOf(source.toc, asked.content) };
  refuseTogether(source, resolved);
  if (resolved.verifyFirst) await verifyFirst(source, tell, resolved.signal);
  const stop = new AbortController();
  const signal = resolved.signal === undefined ? stop.signal : AbortSignal.any([resolved.signal, stop.signal]);
  const settings = await targetSettings(await resolveConnection(target), source, resolved, signal);

  await using leader = await openSession(settings, resolved, signal);
  await lockTarget(leader);
  await putBackWhatWasLeft(leader, tell);
  const facts = await readTarget(leader, resolved.migrationsTable);
  const plan = await refuseRowsInTheWay(leader, facts, planFor(source, facts, resolved));
  for (const warning of plan.warnings) tell({ type: "warning", warning });
  if (plan.refusals.length > 0) throw plan.refusals[0];

  const run: Run = { source, plan, facts, leader, settings, resolved, signal, stop, tell, accounts: new Accounts(plan.load, resolved.io.tickMs), runner: runnerFor(facts, resolved, tell) };
  await inTransaction(leader, !resolved.singleTransaction, () => (resolved.content === "data" ? loadIntoExisting(run) : createAndLoad(run)));
  const tables = run.accounts.close();
  await sealCommits(leader);
  return {
    target: plan.target,
    tables,
    created: Object.fromEntries(run.runner.created),
    failures: run.runner.failures,
    skipped: plan.skip,
    rejectsFile: null,
    resumed: false,
    safetyBackup: null,
    warnings: plan.warnings,
    seconds: (resolved.io.tickMs() - startedMs) / 1000,
  };
}

/** What `restore` would do with the same arguments. Writes nothing. */
export async function planRestore(archive: string, target: string | undefined, options: RestoreOptions = {}): Promise<RestorePlan> {
  const asked = resolveRestoreOptions(options);
  await using source = await openSource(archive, asked.io, asked.signal);
  const resolved = { ...asked, content: contentOf(source.toc, asked.content) };
  refuseTogether(source, resolved);
  await using leader = await openSession(await resolveConnection(target), resolved, resolved.signal);
  if (resolved.create) return await planForNew(leader, source, resolved);
  const facts = await readTarget(leader, resolved.migrationsTable);
  return await refuseRowsInTheWay(leader, facts, planFor(source, facts, resolved));
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
  const early = plan.create.filter(({ section, pass }) => section !== "post-data" && pass === "main");
  const postData = plan.create.filter(({ section, pass }) => section === "post-data" && pass === "main");
  if (resolved.clean) {
    // One transaction: if nothing new can be made, what was there stays.
    await inTransaction(leader, resolved.singleTransaction, async () => {
      await dropFirst(run);
      for (const entry of early) await runner.create(leader, entry);
    });
  } else await createAll(run, early);

  const without = new Set(plan.load.filter(({ entry }) => entry.dependencies.some((id) => runner.failed.has(id))).map(({ entry }) => entry.id));
  const context: LoadContext = { loads: plan.load, accounts: run.accounts, tell, without, journal: false, singleTransaction: resolved.singleTransaction };
  await loadAndBuild(run, context, (rowTasks) =>
    postDataTasks({ entries: run.source.toc.entries, postData, rowTasks, loads: plan.load, create: (session, entry) => inTransaction(session, resolved.singleTransaction, () => runner.create(session, entry)) }),
  );

  tell({ type: "step", step: "privileges" });
  // Sequences first: privileges may take away the right to set them.
  await createAll(run, plan.finish.filter(({ kind }) => kind === "sequence-value"));
  await createAll(run, [...plan.create.filter(({ pass }) => pass === "privileges"), ...plan.create.filter(({ pass }) => pass === "final")]);
  await refreshViews(run);
}

/** Into tables that are there and empty. What stands in the way of rows is set aside; if anything fails, all is as before. */
async function loadIntoExisting(run: Run): Promise<void> {
  const { plan, facts, leader, resolved, tell, accounts } = run;
  const { singleTransaction, fireTriggers } = resolved;
  const tables = plan.load.flatMap(({ table }) => facts.relations.get(table)?.oid ?? []);
  const context: LoadContext = { loads: plan.load, accounts, tell, without: new Set(), journal: !singleTransaction, singleTransaction };
  const aside = await setAside(leader, { tables, rows: emptiness(run), fireTriggers, singleTransaction });
  try {
    await loadAndBuild(run, context, () => []);
    tell({ type: "step", step: "post-data" });
    await putBackAll(run, aside);
    for (const entry of plan.finish) if (entry.kind === "sequence-value") await leader.execute(sequenceStatement(entry));
    await refreshViews(run);
    if (!singleTransaction) await dropJournal(leader);
  } catch (error) {
    if (!singleTransaction) await undo(run, error);
    throw error;
  }
}

/** Rows by chunks on several sessions, with the tasks that follow from them; a pipe is read to its end first. */
async function loadAndBuild(run: Run, context: LoadContext, buildTasks: (rowTasks: ReadonlyMap<number, readonly string[]>) => readonly Task[]): Promise<void> {
  const { source, resolved, leader, plan, tell, stop, signal, settings } = run;
  tell({ type: "step", step: "data" });
  const byEntry = new Map(plan.load.map(({ entry, table }) => [entry.id, table]));
  const tellDone = source.type === "file" ? tellTables(tell, countTables(source.manifest.chunks, (chunk) => byEntry.get(chunk.entry) ?? ""), resolved.io.tickMs) : tell;
  const rowTasks = source.type === "file" ? chunkTasks(source.reader, { ...context, tell: tellDone }) : [];
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
  // While it can still be undone.
  run.accounts.close();
}

/** A transaction holds a lock on everything that it makes, and a server's lock table has 6,400 places by default. */
const ENTRIES_PER_TRANSACTION = 500;

async function createAll({ leader, resolved, runner }: Run, entries: readonly TocEntry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += ENTRIES_PER_TRANSACTION) {
    await inTransaction(leader, resolved.singleTransaction, async () => {
      for (const entry of entries.slice(from, from + ENTRIES_PER_TRANSACTION)) await runner.create(leader, entry);
    });
  }
}

async function dropFirst({ plan, leader }: Run): Promise<void> {
  for (const entry of [...plan.create].reverse()) if (entry.drop !== null) await leader.execute(entry.drop);
}

async function refreshViews({ plan, leader, resolved, runner }: Run): Promise<void> {
  for (const entry of plan.finish) {
    if (entry.kind === "refresh") await inTransaction(leader, resolved.singleTransaction, () => runner.create(leader, entry));
  }
}

async function putBackAll({ settings, resolved, signal, leader, tell, stop }: Run, aside: readonly SetAside[]): Promise<void> {
  if (aside.every(({ kind }) => kind === "rows")) return;
  await using others = await openSessions(resolved.jobs - 1, () => openSession(settings, resolved, signal));
  const done = ({ kind, object }: SetAside) => tell({ type: "object", action: "created", kind, name: object, seconds: 0 });
  await runTasks(putBackTasks(aside, resolved.singleTransaction, done), [leader, ...others.sessions], (error) => stop.abort(error));
}

/** How it comes that the target's tables are empty again, and that it has no more large objects than before. */
function emptiness({ plan, facts }: Run): readonly Omit<SetAside, "id">[] {
  const tables = new Map(plan.load.filter(({ entry }) => entry.kind === "table-data").map((load) => [load.table, load]));
  const rows = [...tables.values()].map(({ table, exactly }) => ({ kind: "rows" as const, object: table, rank: 0, tables: [facts.relations.get(table)?.oid ?? 0], putBack: removeLoaded(exactly) }));
  if (plan.largeObjects.length === 0) return rows;
  const unlink = `SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = ANY ('{${plan.largeObjects.join(",")}}')`;
  return [...rows, { kind: "rows", object: "large objects", rank: 0, tables: [], putBack: [unlink] }];
}

/** After a failure, on a session of its own, because the signal may have been aborted and the leader may be gone. */
async function undo(run: Run, cause: unknown): Promise<void> {
  try {
    // Its transaction may still hold locks: a cancelled session cannot roll back, only end.
    await run.leader.close();
    await using session = await openSession(run.settings, run.resolved, undefined);
    await lockTarget(session);
    await putEverythingBack(session);
  } catch (error) {
    throw new PgarkError(isPgarkError(cause) ? cause.code : "SQL_FAILED", `${messageOf(cause)}; and the target could not be put back as it was: ${messageOf(error)}`, {
      object: isPgarkError(cause) ? cause.object : undefined,
      cause,
      hint: "The next restore into this database begins with what pgark.set_aside lists, and puts it back.",
    });
  }
}

/** A restore that was killed left a journal. */
async function putBackWhatWasLeft(leader: Session, tell: Listener): Promise<void> {
  const left = await putEverythingBack(leader);
  if (left.length === 0) return;
  const objects = left.map(({ kind, object }) => (kind === "rows" ? `the emptiness of ${object}` : object));
  tell({ type: "warning", warning: { code: "PUT_BACK", message: `an earlier restore was interrupted; it was undone first: ${objects.join(", ")}` } });
}

function planFor(source: RestoreSource, target: TargetFacts, options: Resolved<RestoreOptions>): RestorePlan {
  return makePlan({ toc: source.toc, manifest: source.manifest, selection: createSelection(options, options.content), target, options });
}

/** The plan for a database that does not exist yet, read from another one of its server. */
async function planForNew(session: Session, source: RestoreSource, resolved: Resolved<RestoreOptions>): Promise<RestorePlan> {
  const facts = await readTarget(session, resolved.migrationsTable);
  const plan = planFor(source, newDatabase(facts, source.toc.source), resolved);
  const exists = await refuseDatabase(session, source.toc.source, resolved);
  return exists === null ? plan : { ...plan, refusals: [exists, ...plan.refusals] };
}

/** What the archive and the options do not allow together. */
function refuseTogether(source: RestoreSource, { content, clean, singleTransaction }: Resolved<RestoreOptions>): void {
  if (clean && content === "data") throw new PgarkError("USAGE", "clean goes with definitions, and the archive holds rows only");
  if (singleTransaction && source.type === "pipe" && source.toc.interleave > 1) {
    throw new PgarkError("USAGE", "the chunks of this archive interleave, and one transaction can take one at a time: it cannot be restored from a pipe in a single transaction", {
      hint: "Restore from the file, or dump with one job.",
    });
  }
}

async function verifyFirst(source: RestoreSource, tell: Listener, signal: AbortSignal | undefined): Promise<void> {
  if (source.type === "pipe") throw new PgarkError("USAGE", "an archive from a pipe cannot be verified first: it can be read only once");
  tell({ type: "step", step: "verify" });
  const [problem] = (await source.reader.verify({ signal })).findings;
  if (problem !== undefined) throw new PgarkError("ARCHIVE_DAMAGED", `the archive is damaged: ${problem.problem}`);
}

/** With `create`, nothing is dropped or made before it is known that the restore can go on. */
async function targetSettings(settings: ConnectionSettings, source: RestoreSource, resolved: Resolved<RestoreOptions>, signal: AbortSignal): Promise<ConnectionSettings> {
  if (!resolved.create) return settings;
  await using session = await openSession(settings, resolved, signal);
  const { refusals } = await planForNew(session, source, resolved);
  if (refusals.length > 0) throw refusals[0];
  await createDatabase(session, source.toc.source);
  return withDatabase(settings, source.toc.source.database);
}

/** The commits so far did not wait for the disk; one that does, and has something to write, seals them all. */
async function sealCommits(leader: Session): Promise<void> {
  await leader.execute("SET synchronous_commit = on; SELECT pg_catalog.pg_logical_emit_message(true, 'pgark', 'restored')");
}

async function openSession(settings: ConnectionSettings, resolved: Resolved<RestoreOptions>, signal: AbortSignal | undefined): Promise<Session> {
  return makeReady(await connect(settings, { signal }), async (session) => {
    if (resolved.role !== undefined) await session.execute(`SET ROLE ${ident(resolved.role)}`);
    await prepareRestoreSession(session);
  });
}

function runnerFor(target: TargetFacts, { noOwner, continueOnError, io }: Resolved<RestoreOptions>, tell: Listener): EntryRunner {
  return entryRunner({ noOwner, continueOnError, target, tell, tickMs: io.tickMs });
}
