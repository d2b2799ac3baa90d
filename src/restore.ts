/**
 * The story of a restore: open the archive, read the target, plan, refuse before anything is written, create or
 * merge, and close the accounts. Each step is a call; none a detail.
 */
import type { Readable } from "node:stream";
import type { TocEntry } from "./archive/toc.ts";
import { isPgarkError, PgarkError } from "./errors.ts";
import { type Listener, teller, type Warning } from "./events.ts";
import { readFolder } from "./migrations/folder.ts";
import { type Resolved, resolveRestoreOptions, type RestoreOptions } from "./options.ts";
import type { RestoreReport } from "./report.ts";
import { Accounts } from "./restore/accounts.ts";
import { createDatabase, newDatabaseOn, refuseDatabase, requireDatabase } from "./restore/create-database.ts";
import { createAndLoad } from "./restore/create-and-load.ts";
import { forecastRows, fromArchive } from "./restore/dry-run.ts";
import { fingerprintOf } from "./restore/fingerprint.ts";
import { type GlobalsMade, type GlobalsPlan, makeGlobals, type MakeOptions, NO_GLOBALS, NONE_MADE, planGlobals, withGlobals, withoutGlobals } from "./restore/globals.ts";
import { arrangeLargeObjects } from "./restore/in-the-way.ts";
import { dropJournal, mayKeepJournal, withTemporaryJournal } from "./restore/journal.ts";
import { loadIntoExisting, putBackWhatWasLeft } from "./restore/load-existing.ts";
import { type Decisions, NO_DECISIONS, prepareLoads, type PreparedPlan } from "./restore/loads.ts";
import { withRoomForLocks } from "./restore/lock-room.ts";
import { joinRestore, lockTarget } from "./restore/lock-target.ts";
import { nameParts, tableName } from "./restore/mapping.ts";
import { contentOf, makePlan, type RestorePlan } from "./restore/plan.ts";
import { NO_PROGRESS, type Progress, readProgress, readUnderWay, refuseOther } from "./restore/progress.ts";
import type { Run } from "./restore/run.ts";
import { entryRunner } from "./restore/section.ts";
import { asRestored, openSource, type RestoreSource, verifyFirst } from "./restore/source.ts";
import { forMajor } from "./restore/source-of-other-major.ts";
import { fillChosen, planSubset, refuseWithWhere } from "./restore/subset.ts";
import { hasLargeObjects, newDatabase, readTarget, type TargetFacts } from "./restore/target.ts";
import { inTransaction } from "./restore/transaction.ts";
import { safetyBackup } from "./safety-backup.ts";
import { createSelection } from "./selection.ts";
import { type ConnectionSettings, resolveConnection, withDatabase } from "./session/conninfo.ts";
import { connect } from "./session/connect.ts";
import { makeReady } from "./session/group.ts";
import type { Session, SessionOptions } from "./session/session.ts";
import { prepareRestoreSession } from "./session/prepare-session.ts";
import { ident, qualified } from "./catalog/quote.ts";

/**
 * Restores an archive into a database.
 *
 * @param archive the archive's path, or a stream of it
 * @param target a connection URL, key=value text or database name; undefined: the PG* environment
 * @throws PgarkError; TARGET_NOT_EMPTY, TARGET_LACKS, DRIFT, MIGRATIONS_NEWER and NOT_RESUMABLE are thrown before anything
 *   is written. A data-only restore that fails later leaves the target's tables as they were, unless it merged rows or
 *   lost its connection: then its message says what stays, and `resume` goes on.
 */
export async function restore(archive: string | Readable, target: string | undefined, options: RestoreOptions = {}): Promise<RestoreReport> {
  const asked = resolveRestoreOptions(options);
  const tell = teller(asked.onEvent);
  const onNotice = serverWarnings(tell);
  const startedMs = asked.io.tickMs();
  const path = typeof archive === "string" ? archive : null;
  // What comes through a pipe cannot be read again, should the target be of another major.
  await using opened = await openSource(archive, asked.io, asked.signal, path === null ? undefined : asRestored);
  const wanted = { ...asked, content: contentOf(opened.toc, asked) };
  refuseTogether(opened, wanted);
  if (wanted.verifyFirst) await verifyFirst(opened, tell, wanted.signal);
  const stop = new AbortController();
  const signal = wanted.signal === undefined ? stop.signal : AbortSignal.any([wanted.signal, stop.signal]);
  const connected = await targetSettings(await resolveConnection(target), opened, wanted, signal);
  const { settings } = connected;

  const rawText = isRaw(opened);
  await using session = await openSession(settings, wanted, signal, rawText, onNotice);
  const source = await forMajor(opened, path, session.serverVersion, wanted.io);
  await lockTarget(session);
  const identity = { archive: source.archiveId, fingerprint: fingerprintOf(wanted) };
  const left = await readLeft(session, identity, wanted);
  const interrupted = left === null ? await putBackWhatWasLeft(session, tell) : null;
  const found = await readTarget(session, wanted.migrationsTable);
  const globals = connected.globals ?? (await globalsFor(session, source, wanted));
  const { resolved, leader, warnings } = await withJournalOrWithout(session, source, intoWhatIsThere(source, found, wanted, left));
  const expected = withGlobals(found, globals, connected.made ?? NONE_MADE);
  const plan = saying([...connected.warnings, ...warnings], withPlanned(await planFor(leader, source, expected, resolved, left), globals));
  for (const warning of plan.warnings) tell({ type: "warning", warning });
  if (plan.refusals.length > 0) throw interrupted?.archive === identity.archive ? mayBeResumed(plan.refusals[0]) : plan.refusals[0];

  if (interrupted !== null) await dropJournal(leader);
  const made = connected.made ?? (await makeGlobals(session, globals, making(wanted, tell)));
  const facts = withGlobals(found, globals, made);
  const kept = left === null ? await keepSafe(leader, facts, plan, resolved, target, signal) : null;
  const accounts = new Accounts(plan.load, resolved.io.tickMs, left?.progress.chunks);
  for (const [load, rows] of left?.progress.removed ?? []) accounts.removed(load, rows);
  const { noOwner, role, continueOnError, io } = resolved;
  const runner = entryRunner({ noOwner, role, continueOnError, target: facts, tell, tickMs: io.tickMs });
  const open = async (outside?: "outside") => (outside === undefined ? makeReady(await openSession(settings, resolved, signal, rawText, onNotice), joinRestore) : openSession(settings, resolved, undefined, rawText, onNotice));
  const run: Run<PreparedPlan> = { source, plan, facts, leader, open, resolved, stop, tell, accounts, runner, progress: left?.progress ?? NO_PROGRESS, resumed: left !== null, identity };
  let rejectsFile: string | null = null;
  let unsaid: readonly Warning[] = [];
  await inTransaction(leader, !resolved.singleTransaction, async () => {
    if (resolved.content === "data") rejectsFile = await loadIntoExisting(run);
    else unsaid = await createAndLoad(run);
  });
  for (const warning of unsaid) tell({ type: "warning", warning });
  const tables = run.accounts.close();
  await sealCommits(leader);
  return {
    target: plan.target,
    tables,
    created: { ...made.created, ...Object.fromEntries(runner.created) },
    failures: [...made.failures, ...runner.failures],
    skipped: plan.skip,
    rejectsFile,
    resumed: left !== null,
    safetyBackup: kept,
    warnings: [...plan.warnings, ...made.warnings, ...unsaid],
    seconds: (resolved.io.tickMs() - startedMs) / 1000,
  };
}

export interface PlanOptions extends RestoreOptions {
  /** Whether each row is held against the target, which reads the archive once. Default: true. */
  readonly forecast?: boolean | undefined;
}

/**
 * What `restore` would do with the same arguments, to every row where the tables are there. Reads the archive once, and writes
 * to no table of the target: only to temporary ones.
 */
export async function planRestore(archive: string, target: string | undefined, options: PlanOptions = {}): Promise<RestorePlan> {
  const asked = resolveRestoreOptions(options);
  await using opened = await openSource(archive, asked.io, asked.signal);
  const wanted = { ...asked, content: contentOf(opened.toc, asked) };
  refuseTogether(opened, wanted);
  await using leader = await openSession(await resolveConnection(target), wanted, wanted.signal, isRaw(opened));
  const source = await forMajor(opened, null, leader.serverVersion, wanted.io);
  if (wanted.create) return (await planForNew(leader, source, wanted)).plan;
  const globals = await globalsFor(leader, source, wanted);
  const facts = withGlobals(await readTarget(leader, wanted.migrationsTable), globals);
  const { resolved, warnings } = await withJournalOrWithout(leader, source, intoWhatIsThere(source, facts, wanted, null));
  const plan = saying(warnings, withPlanned(await planFor(leader, source, facts, resolved, null), globals));
  if (options.forecast === false || source.type !== "file" || plan.refusals.length > 0 || plan.load.every(({ merge }) => merge === null)) return plan;
  return { ...plan, forecast: await forecastRows(withTemporaryJournal(leader), wanted.where === undefined ? fromArchive(source.reader) : fillChosen, plan.load, wanted.examples) };
}

/** An interrupted restore that this one goes on with. */
interface Left {
  readonly progress: Progress;
  /** Null for a restore that makes its tables. */
  readonly decided: Decisions | null;
}

/** What `resume` goes on with. Throws NOT_RESUMABLE where there is nothing, or something else. */
async function readLeft(leader: Session, identity: { readonly archive: string; readonly fingerprint: string }, { resume }: Resolved<RestoreOptions>): Promise<Left | null> {
  if (!resume) return null;
  const underWay = await readUnderWay(leader);
  refuseOther(underWay, identity, leader.place);
  // What loads.ts wrote comes back as it was: the archive and the options are the same, by the fingerprint.
  return { progress: await readProgress(leader), decided: underWay.decisions as Decisions | null };
}

/**
 * Rows go into existing tables with a journal in the database. Where the role may not make one, everything is one
 * transaction, whose end leaves nothing to be put back.
 */
async function withJournalOrWithout(session: Session, source: RestoreSource, resolved: Resolved<RestoreOptions>): Promise<WithJournalOrWithout> {
  const asItIs = { resolved, leader: session, warnings: [] };
  if (resolved.content !== "data" || resolved.resume || (await mayKeepJournal(session))) return asItIs;
  if (resolved.singleTransaction) return { ...asItIs, leader: withTemporaryJournal(session) };
  // The chunks of a pipe that interleave cannot be one transaction: then the plan says which privilege is lacking.
  if (source.type === "pipe" && source.toc.interleave > 1) return asItIs;
  const warning = { code: "NOT_RESUMABLE", message: "the role may not create schema pgark in the target: everything is one transaction on one session, and cannot be resumed" };
  return { resolved: { ...resolved, singleTransaction: true, jobs: 1 }, leader: withTemporaryJournal(session), warnings: [warning] };
}

interface WithJournalOrWithout {
  readonly resolved: Resolved<RestoreOptions>;
  readonly leader: Session;
  readonly warnings: readonly Warning[];
}

function saying<Plan extends RestorePlan>(warnings: readonly Warning[], plan: Plan): Plan {
  return { ...plan, warnings: [...warnings, ...plan.warnings] };
}

/** With a conflict policy, an archive with definitions merges its rows into tables that are there: that were there when it began. */
function intoWhatIsThere(source: RestoreSource, facts: TargetFacts, wanted: Resolved<RestoreOptions>, left: Left | null): Resolved<RestoreOptions> {
  if (wanted.where !== undefined) return { ...wanted, content: "data", singleTransaction: true, jobs: 1 };
  const merges = wanted.onConflict !== "error" || Object.keys(wanted.onConflictTables).length > 0;
  if (!merges || wanted.content !== "all" || wanted.clean || wanted.create) return wanted;
  if (left !== null) return left.decided === null ? wanted : { ...wanted, content: "data" };
  const there = Object.keys(wanted.mapping).map(tableName).some((table) => facts.relations.has(table)) || source.toc.entries.some((entry) => isThere(entry, facts));
  return there ? { ...wanted, content: "data" } : wanted;
}

/** A table with rows in the archive, or the partitioned one above it. */
function isThere({ kind, schema, name, data }: TocEntry, { relations }: TargetFacts): boolean {
  if (data !== null && relations.has(qualified(data.schema, data.table))) return true;
  return kind === "table" && relations.has(qualified(schema, name));
}

async function planFor(session: Session, source: RestoreSource, facts: TargetFacts, resolved: Resolved<RestoreOptions>, left: Left | null): Promise<PreparedPlan> {
  const folder = resolved.migrationsFolder === undefined ? null : await readFolder(resolved.io, resolved.migrationsFolder);
  const plan = makePlan({ toc: source.toc, manifest: source.manifest, selection: createSelection(resolved, resolved.content), target: facts, options: resolved, folder, done: left?.progress.entries ?? null });
  if (resolved.where !== undefined) return await planSubset(session, source, { facts, plan, options: resolved });
  const checked = await arrangeLargeObjects(session, plan, resolved, left !== null);
  // Tables that this restore makes are empty and as the archive has them, except for those that extensions bring.
  if (resolved.content !== "data") return { ...(await withRoomForLocks(session, checked, facts, resolved)), decisions: NO_DECISIONS };
  return await prepareLoads(session, { facts, plan: checked, options: resolved, pipe: source.type === "pipe", decided: left?.decided ?? null });
}

/** Whoever meets what an interrupted restore made should know that it can go on. */
function mayBeResumed(refusal: PgarkError | undefined): PgarkError | undefined {
  if (!isPgarkError(refusal, "TARGET_NOT_EMPTY")) return refusal;
  return new PgarkError(refusal.code, `${refusal.message}; a restore of this archive was interrupted here`, { object: refusal.object, cause: refusal, hint: "Go on with it by --resume and the options it began with, or drop the database." });
}

async function globalsFor(session: Session, { toc }: RestoreSource, options: Resolved<RestoreOptions>): Promise<GlobalsPlan> {
  if (!options.globals) return withoutGlobals(toc);
  // Of a restore that was interrupted they were made when it began.
  return options.resume ? NO_GLOBALS : await planGlobals(session, toc, options);
}

function withPlanned<Plan extends RestorePlan>(plan: Plan, { make, skip, warnings }: GlobalsPlan): Plan {
  return { ...plan, globals: make.map(({ entry }) => entry), skip: [...skip, ...plan.skip], warnings: [...warnings, ...plan.warnings] };
}

interface PlanForNew {
  readonly plan: RestorePlan;
  readonly globals: GlobalsPlan;
  readonly found: TargetFacts;
}

/** The plan for a database that does not exist yet, read from another one of its server. */
async function planForNew(session: Session, source: RestoreSource, resolved: Resolved<RestoreOptions>): Promise<PlanForNew> {
  const found = await readTarget(session, resolved.migrationsTable);
  const globals = await globalsFor(session, source, resolved);
  const facts = withGlobals(found, globals);
  const plan = makePlan({ toc: source.toc, manifest: source.manifest, selection: createSelection(resolved, resolved.content), target: newDatabase(facts, source.toc.source), options: resolved, done: null });
  const exists = await refuseDatabase(session, source.toc.source, resolved);
  const { warnings } = newDatabaseOn(facts, source.toc, resolved);
  return { plan: saying(warnings, withPlanned(exists === null ? plan : { ...plan, refusals: [exists, ...plan.refusals] }, globals)), globals, found };
}

/** An archive of what is about to change, when one was asked for and something is. */
async function keepSafe(leader: Session, facts: TargetFacts, plan: PreparedPlan, { safetyBackup: folder, clean, role, io, onEvent }: Resolved<RestoreOptions>, target: string | undefined, signal: AbortSignal): Promise<RestoreReport["safetyBackup"]> {
  if (folder === undefined) return null;
  const changing = plan.load.filter(({ way, emptied }) => way === "merge" || emptied).flatMap(({ merge }) => {
    const [schema, name] = merge === null ? [] : nameParts(merge.table.name);
    return schema === undefined || name === undefined ? [] : [{ schema, name }];
  });
  // They cannot be chosen one by one.
  const all = clean || plan.load.some(({ entry, way, policy }) => entry.kind === "large-object-data" && way === "merge" && policy !== "skip");
  if (clean ? !facts.relations.size && !(await hasLargeObjects(leader)) : !all && changing.length === 0) return null;
  const { path, undo } = await safetyBackup({ target, tables: all ? null : changing, folder, content: clean ? "all" : "data", role, signal, onEvent, io });
  return { path, undo };
}

/** What the archive and the options do not allow together. */
function refuseTogether(source: RestoreSource, options: Resolved<RestoreOptions>): void {
  const { content, clean, singleTransaction } = options;
  refuseWithWhere(source, options);
  if (clean && content === "data") throw new PgarkError("USAGE", "clean goes with definitions, and the archive holds rows only");
  if (singleTransaction && source.type === "pipe" && source.toc.interleave > 1) {
    throw new PgarkError("USAGE", "the chunks of this archive interleave, and one transaction can take one at a time: it cannot be restored from a pipe in a single transaction", {
      hint: "Restore from the file, or dump with one job.",
    });
  }
}

interface ConnectedTo {
  readonly settings: ConnectionSettings;
  /** What of the server was planned and made before the database; null where nothing was yet. */
  readonly globals: GlobalsPlan | null;
  readonly made: GlobalsMade | null;
  /** What a database that was made for the archive has to do without. */
  readonly warnings: readonly Warning[];
}

/** With `create`, nothing is dropped or made before it is known that the restore can go on. To resume one, its database must be there. */
async function targetSettings(settings: ConnectionSettings, source: RestoreSource, resolved: Resolved<RestoreOptions>, signal: AbortSignal): Promise<ConnectedTo> {
  if (!resolved.create) return { settings, globals: null, made: null, warnings: [] };
  await using session = await openSession(settings, resolved, signal, isRaw(source));
  const toArchives = withDatabase(settings, source.toc.source.database);
  if (resolved.resume) {
    await requireDatabase(session, source.toc.source);
    return { settings: toArchives, globals: null, made: null, warnings: [] };
  }
  const { plan, globals, found } = await planForNew(session, source, resolved);
  if (plan.refusals.length > 0) throw plan.refusals[0];
  const made = await makeGlobals(session, globals, making(resolved, teller(resolved.onEvent)));
  const database = newDatabaseOn(withGlobals(found, globals, made), source.toc, resolved);
  await createDatabase(session, source.toc.source, database);
  return { settings: toArchives, globals, made, warnings: database.warnings };
}

function making({ continueOnError, io }: Resolved<RestoreOptions>, tell: Listener): MakeOptions {
  return { continueOnError, tell, tickMs: io.tickMs };
}

/** The commits so far did not wait for the disk; one that does, and has something to write, seals them all. */
async function sealCommits(leader: Session): Promise<void> {
  await leader.execute("SET synchronous_commit = on; SELECT pg_catalog.pg_logical_emit_message(true, 'pgark', 'restored')");
}

/** Names and rows of such an archive are in no encoding: the server takes them as they are, or refuses what its own cannot hold. */
function isRaw({ toc }: RestoreSource): boolean {
  return toc.source.encoding === "SQL_ASCII";
}

/** Tells what the server warns of, once each: what failed in company is run again. It sends nothing less, by `prepareRestoreSession`. */
function serverWarnings(tell: Listener): NonNullable<SessionOptions["onNotice"]> {
  const told = new Set<string>();
  return ({ message }) => {
    if (!told.has(message)) tell({ type: "warning", warning: { code: "SERVER_WARNING", message } });
    told.add(message);
  };
}

async function openSession(settings: ConnectionSettings, resolved: Resolved<RestoreOptions>, signal: AbortSignal | undefined, rawText: boolean, onNotice?: SessionOptions["onNotice"]): Promise<Session> {
  return makeReady(await connect(settings, { signal, rawText, onNotice }), async (session) => {
    if (resolved.role !== undefined) await session.execute(`SET ROLE ${ident(resolved.role)}`);
    await prepareRestoreSession(session);
  });
}
