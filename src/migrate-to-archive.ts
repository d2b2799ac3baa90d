/**
 * The story of a restore through migrations: bring an empty target to the archive's own level, where every column is what
 * it was, load the rows there, and migrate forward, so that what later migrations do to rows is done to these too.
 */
import { ident } from "./catalog/quote.ts";
import type { MigrationsFolder } from "./databases/config.ts";
import { isPgarkError, PgarkError } from "./errors.ts";
import { type Listener, teller, type Warning } from "./events.ts";
import { migrate } from "./migrations/apply.ts";
import { compareWithArchive, levelOfArchive } from "./migrations/archive-level.ts";
import { type MigrationFolder, readFolder } from "./migrations/folder.ts";
import { compareLevels, type Level } from "./migrations/journal.ts";
import { type Resolved, resolveRestoreOptions, type RestoreOptions } from "./options.ts";
import type { RestoreReport } from "./report.ts";
import { restore } from "./restore.ts";
import { readJournal } from "./restore/journal.ts";
import { prepareLoads } from "./restore/loads.ts";
import { lockTarget } from "./restore/lock-target.ts";
import { emptyTables, lockEmpty } from "./restore/migrated-rows.ts";
import { makePlan, type RestorePlan } from "./restore/plan.ts";
import { readUnderWay } from "./restore/progress.ts";
import { openSource, type RestoreSource, verifyFirst } from "./restore/source.ts";
import { readTarget, type TargetFacts } from "./restore/target.ts";
import { createSelection } from "./selection.ts";
import { type ConnectionSettings, resolveConnection } from "./session/conninfo.ts";
import { connect } from "./session/connect.ts";
import { makeReady } from "./session/group.ts";
import type { Session } from "./session/session.ts";

export interface MigratedRestoreOptions extends Omit<RestoreOptions, "migrationsTable" | "migrationsFolder"> {
  /** The target's migrations. They must be those that the archive's database was migrated with. */
  readonly migrations: MigrationsFolder;
}

export interface MigratedRestoreReport {
  /** Where the archive stands: the tag of the last migration that its database had. */
  readonly level: string;
  /** Tags of the migrations that brought the target to that level. */
  readonly migratedTo: readonly string[];
  readonly restore: RestoreReport;
  /** Tags of the migrations that ran over the restored rows. */
  readonly migratedForward: readonly string[];
  /** What there is to say of the migrations; what there is to say of the rows is in `restore`. */
  readonly warnings: readonly Warning[];
}

/**
 * Migrates the target to the archive's level, restores the archive's rows, and migrates the target to the folder's head.
 *
 * Throws before anything is changed: `TARGET_NOT_EMPTY` when a table of the archive has rows on the target, `DRIFT` when the target
 * is beyond the archive's level, `MIGRATIONS_NEWER` or `MIGRATIONS_DIVERGED` when the folder does not lead to that level, and what a
 * data-only `restore` refuses. Later failures say at which level the target stands and whether the rows are in.
 */
export async function restoreThroughMigrations(archive: string, target: string | undefined, options: MigratedRestoreOptions): Promise<MigratedRestoreReport> {
  const { migrations, ...given } = options;
  refuseTogether(given);
  const rowsOnly: RestoreOptions = { ...given, content: "data", migrationsTable: { schema: migrations.schema, table: migrations.table }, migrationsFolder: migrations.folder };
  const resolved = resolveRestoreOptions(rowsOnly);
  const tell = teller(resolved.onEvent);
  const folder = await readFolder(resolved.io, migrations.folder);
  const settings = await resolveConnection(target);
  const { level, migratedTo, warnings } = await migrateToArchive(archive, settings, folder, resolved, tell);
  for (const warning of warnings) tell({ type: "warning", warning });

  // The archive was verified before the first migration.
  const report = await restore(archive, target, { ...rowsOnly, verifyFirst: false }).catch((error: unknown) => {
    throw saying(error, `the target stands at the archive's level, migration ${level}`, "The same command can be given again.");
  });
  const migratedForward = await migrateForward(settings, folder, resolved).catch((error: unknown) => {
    throw saying(error, `the archive's rows are in, and the target stands at their level, migration ${level}`, "Correct what the migration stumbled over and run pgark migrate; the rows need not be restored again.");
  });
  return { level, migratedTo, restore: report, migratedForward, warnings };
}

interface AtLevel {
  readonly level: string;
  readonly migratedTo: readonly string[];
  readonly warnings: readonly Warning[];
}

/** All in one transaction, the checks too: when the rows could not follow, the target is left as it was. */
async function migrateToArchive(archive: string, settings: ConnectionSettings, folder: MigrationFolder, resolved: Resolved<RestoreOptions>, tell: Listener): Promise<AtLevel> {
  await using source = await openSource(archive, resolved.io, resolved.signal);
  if (resolved.verifyFirst) await verifyFirst(source, tell, resolved.signal);
  const level = levelOfArchive(folder, source.toc.source.migrations);
  const warnings = editedSince(folder, source);
  await using session = await openSession(settings, resolved);
  await lockTarget(session);
  const { applied } = await migrate(session, folder, {
    to: level,
    journal: resolved.migrationsTable,
    onEvent: resolved.onEvent,
    io: resolved.io,
    onBegin: (standing) =>
      reading(session, async () => {
        const { plan, facts } = await planHere(session, source, resolved, folder);
        const { state } = refuseLevel(source, standing, facts, plan, folder, level);
        // After one that was interrupted, `restore` puts back what it did, or goes on with it, and only then looks at rows.
        if (state === "equal" && ((await readJournal(session)).length > 0 || (await readUnderWay(session)) !== null)) return;
        await lockEmpty(session, facts, plan.load);
      }),
    beforeCommit: (migrated) =>
      reading(session, async () => {
        if (migrated.length === 0) return;
        const { plan, facts } = await planHere(session, source, resolved, folder);
        warnings.push(...(await emptyTables(session, facts, plan.load)));
        // Rows that do not fit the tables of their own level: somebody changed the source beside its migrations.
        const [refusal] = (await prepareLoads(session, { facts, plan, options: resolved, pipe: false, decided: null })).refusals;
        if (refusal !== undefined) throw saying(refusal, `found at the archive's own level, migration ${level}; nothing was changed`);
      }),
  });
  return { level, migratedTo: applied, warnings };
}

async function migrateForward(settings: ConnectionSettings, folder: MigrationFolder, resolved: Resolved<RestoreOptions>): Promise<readonly string[]> {
  await using session = await openSession(settings, resolved);
  const { applied } = await migrate(session, folder, { journal: resolved.migrationsTable, onEvent: resolved.onEvent, io: resolved.io });
  return applied;
}

/** What a data-only restore into the target as it is now would do. */
async function planHere(session: Session, source: RestoreSource, resolved: Resolved<RestoreOptions>, folder: MigrationFolder): Promise<{ readonly plan: RestorePlan; readonly facts: TargetFacts }> {
  const facts = await readTarget(session, resolved.migrationsTable);
  const selection = createSelection(resolved, "data");
  return { facts, plan: makePlan({ toc: source.toc, manifest: source.manifest, selection, target: facts, options: resolved, folder }) };
}

/** The target must stand at the archive's level or below it, as there is no way back. */
function refuseLevel(source: RestoreSource, standing: Level, facts: TargetFacts, plan: RestorePlan, folder: MigrationFolder, level: string) {
  const compared = compareWithArchive(source.toc.source.migrations, standing.journal === "none" ? null : standing.applied, folder);
  const { state, archiveLacks } = compared;
  const there = plan.load.find(({ table }) => facts.relations.get(table)?.ofExtension === false);
  if (state === "target-without-journal" && there !== undefined) {
    throw new PgarkError("DRIFT", `the target has table ${there.table}, but no journal that says which migrations made it`, {
      object: `table ${there.table}`,
      hint: "Say where the target stands with pgark migrate --stamp TAG, or begin with an empty database (pgark nuke).",
    });
  }
  if (archiveLacks.length > 0) {
    throw new PgarkError("DRIFT", `the archive stands at migration ${level}, and the target has migrations beyond it: ${archiveLacks.join(", ")}; there is no way back`, {
      object: facts.place,
      hint: "Begin with an empty database (pgark nuke), or restore the rows alone with --data-only into the target as it is.",
    });
  }
  return compared;
}

function editedSince(folder: MigrationFolder, source: RestoreSource): Warning[] {
  return compareLevels(folder, source.toc.source.migrations ?? []).edited.map((tag) => ({
    code: "MIGRATION_EDITED",
    object: `migration ${tag}`,
    message: `the file of migration ${tag} was edited after the archive's database was migrated with it; the target gets what it says now`,
  }));
}

/** Options that need a target which is already what it will be, or one that is not there yet. */
function refuseTogether({ content, create, clean, where, mapping }: RestoreOptions): void {
  const wrong = [content === "schema" && "schema-only", create === true && "create", clean === true && "clean", where !== undefined && "where", mapping !== undefined && Object.keys(mapping).length > 0 && "mapping"].find((word) => word !== false);
  if (wrong !== undefined) throw new PgarkError("USAGE", `${wrong} does not go with a restore through migrations, which loads all rows into the tables that migrations make`);
}

/** Reads catalogs as a restore does, in the midst of a migration's transaction. */
async function reading(session: Session, work: () => Promise<void>): Promise<void> {
  await session.execute("set local search_path to ''; set local row_security to off; set local jit to off");
  await work();
  await session.execute("set local search_path to default; set local row_security to default; set local jit to default");
}

/** As a fresh session of the role has it: migrations are written for that. */
async function openSession(settings: ConnectionSettings, { signal, role }: Resolved<RestoreOptions>): Promise<Session> {
  return makeReady(await connect(settings, { signal }), async (session) => {
    if (role !== undefined) await session.execute(`SET ROLE ${ident(role)}`);
  });
}

/** The same error, telling also where it leaves the target. What is not ours, a signal's reason above all, stays what it is. */
function saying(error: unknown, words: string, hint?: string): unknown {
  if (!isPgarkError(error)) return error;
  return new PgarkError(error.code, `${error.message}; ${words}`, { object: error.object, hint: [error.hint, hint].filter((text) => text !== undefined).join(" ") || undefined, sqlState: error.sqlState, cause: error });
}
