/** What `restore` and `restore-all` share: the flags, the target, one archive restored or planned. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { PgarkError } from "../errors.ts";
import type { RestoreOptions } from "../options.ts";
import type { RestoreReport } from "../report.ts";
import { confirmByName } from "./confirm.ts";
import type { CommonFlags, Context } from "./context.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { refuseFlagsTogether } from "./flags-together.ts";
import { wholeNumber } from "./flags.ts";
import { migrateToArchive } from "./migrate-to-archive.ts";
import { addMergeFlags, type ConfiguredMerge, type MergeFlags, mergeOptions, replaces } from "./merging.ts";
import type { ProjectDatabase } from "./project.ts";
import { planFacts, planText, restoreText } from "./reports.ts";
import { contentOf, type SelectionFlags, selectionOf } from "./selection-flags.ts";

export interface RestoreFlags extends CommonFlags, SelectionFlags, MergeFlags {
  readonly create?: true;
  readonly globals?: true;
  readonly clean?: true;
  /** commander turns `--no-…` into a positive that is true by default. */
  readonly owner: boolean;
  readonly privileges: boolean;
  readonly role?: string;
  readonly jobs?: number;
  readonly singleTransaction?: true;
  readonly verifyFirst?: true;
  readonly fireTriggers?: true;
  readonly continueOnError?: true;
  readonly dryRun?: true;
  readonly rows?: number;
  readonly migrateToArchive?: true;
}

/** A database to restore into. */
export interface Target {
  readonly settings: string;
  /** The configuration's `protected: true`. */
  readonly protected: boolean;
  readonly migrationsTable?: RestoreOptions["migrationsTable"];
  readonly migrationsFolder?: string | undefined;
  /** What the configuration says about restores into it. */
  readonly merge: ConfiguredMerge;
  /** Where safety backups go. */
  readonly backupsFolder: string;
}

export interface Outcome {
  readonly data: object;
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** What `restore` and `restore-all` have in common beyond the selection. */
export function addRestoreFlags(verb: Command): Command {
  return addMergeFlags(verb)
    .option("-O, --no-owner", "leave everything owned by the restoring role")
    .option("-x, --no-privileges", "restore no GRANT and REVOKE")
    .option("--role <name>", "SET ROLE after connecting")
    .option("-j, --jobs <n>", "sessions that load and build at the same time (default: the cores, at most 4)", wholeNumber("--jobs"))
    .option("-1, --single-transaction", "everything in one transaction, or nothing")
    .option("--verify-first", "check the whole archive before the first write")
    .option("--fire-triggers", "let user triggers fire for restored rows")
    .option("--continue-on-error", "go on after an object that could not be created, and exit 1 at the end")
    .option("--dry-run", "print what would be done to each table's rows, and change nothing")
    .option("--rows <n>", "with --dry-run: show up to this many rows of each sort", wholeNumber("--rows"))
    .option("--migrate-to-archive", "migrate the empty target to the archive's level, load the rows, then migrate forward");
}

export function targetOf(database: ProjectDatabase, backupsFolder: string): Target {
  const { migrationsTable, migrations, restore } = database;
  return { settings: database.url(), protected: database.protected, migrationsTable, migrationsFolder: migrations?.folder, merge: restore, backupsFolder };
}

/** Restores one archive, or plans to; `archive` is a path, or `-` for stdin. `confirmed`: whether what it empties was asked about. */
export async function restoreOne(context: Context, archive: string, target: Target, flags: RestoreFlags, confirmed: "yes" | "no" = "no"): Promise<Outcome> {
  const engine = await import("../index.ts");
  refuseFlagsTogether(flags);
  const options = optionsOf(context, archive, target, flags);
  if (flags.migrateToArchive === true) return await migrateToArchive(context, archive, target, flags.dryRun === true, { ...options, leaveOut: flags.leaveOut });
  if (flags.clean === true) await refuseProtected(context, target);
  if (flags.dryRun === true) {
    if (archive === "-") throw new PgarkError("USAGE", "a plan needs the whole archive at hand; --dry-run does not go with -");
    const plan = await engine.planRestore(resolve(archive), target.settings, { ...options, examples: flags.rows ?? 0 });
    const exitCode = plan.refusals.length > 0 ? exitCodeOf(plan.refusals[0]) : EXIT.done;
    return { data: { dryRun: true, ...planFacts(plan) }, text: planText(plan), exitCode };
  }
  if (archive === "-" && flags.verifyFirst === true) throw new PgarkError("USAGE", "what comes through a pipe cannot be read twice; --verify-first does not go with -");
  if (archive === "-" && process.stdin.isTTY) throw new PgarkError("USAGE", "an archive does not come from a terminal", { hint: "Send it through a pipe, or name its file." });
  if (confirmed === "no" && replaces(options) && flags.resume !== true) await confirmReplace(context, [target], flags.yes ?? []);
  const report = await engine.restore(archive === "-" ? process.stdin : resolve(archive), target.settings, options);
  for (const warning of report.warnings) context.printer.onEvent({ type: "warning", warning });
  return { data: report, text: restoreText(report), exitCode: exitCodeOfReport(report) };
}

/** One of several restores that are asked for together. */
export interface Restoring {
  readonly archive: string;
  readonly target: Target;
  readonly flags: RestoreFlags;
}

/** Throws what any of the restores would be refused for, and asks about what they empty, before anything is written. */
export async function refuseEarly(context: Context, restores: readonly Restoring[], yes: readonly string[]): Promise<void> {
  const { planRestore } = await import("../index.ts");
  const emptying: Target[] = [];
  for (const { archive, target, flags } of restores) {
    refuseFlagsTogether(flags);
    // What migrations make cannot be planned for.
    if (flags.migrateToArchive === true) continue;
    const options = optionsOf(context, archive, target, flags);
    if (replaces(options)) emptying.push(target);
    // What it goes on with was planned when it began.
    if (flags.resume === true) continue;
    const plan = await planRestore(resolve(archive), target.settings, { ...options, forecast: false });
    if (plan.refusals[0] !== undefined) throw plan.refusals[0];
  }
  if (emptying.length > 0) await confirmReplace(context, emptying, yes);
}

/** A run that lost or refused one row, or could not create one object, never exits 0. */
export function exitCodeOfReport(report: RestoreReport): ExitCode {
  if (report.failures.length > 0) return EXIT.failed;
  return report.tables.some((account) => account.rejected > 0) ? EXIT.rejected : EXIT.done;
}

async function refuseProtected(context: Context, target: Target): Promise<void> {
  const { inspectDatabase } = await import("../index.ts");
  const facts = await inspectDatabase(target.settings, { protected: target.protected, signal: context.signal });
  if (facts === null || facts.protection === null) return;
  throw new PgarkError("PROTECTED", `${facts.name} is protected, and this restore would destroy what is in it: ${facts.protection}`, { object: `database ${facts.name}` });
}

/** `replace` empties tables: a protected database is refused, any other is asked about. */
async function confirmReplace(context: Context, targets: readonly Target[], yes: readonly string[]): Promise<void> {
  for (const target of targets) await refuseProtected(context, target);
  const { databaseNameOf } = await import("../index.ts");
  const names = await Promise.all(targets.map(({ settings }) => databaseNameOf(settings)));
  await confirmByName(names, yes, context.signal, "empty its tables before the archive's rows come in");
}

function optionsOf(context: Context, archive: string, target: Target, flags: RestoreFlags): RestoreOptions {
  const merges = flags.schemaOnly !== true && flags.clean !== true && flags.create !== true && flags.section?.includes("data") !== false;
  return {
    ...selectionOf(flags),
    ...mergeOptions(flags, target.merge, { archive, backupsFolder: target.backupsFolder, clean: flags.clean === true, merges }),
    // The archive itself may hold only one half: nothing said means all that it has.
    content: contentOf(flags) === "all" ? undefined : contentOf(flags),
    jobs: flags.jobs,
    create: flags.create,
    globals: flags.globals,
    clean: flags.clean,
    noOwner: !flags.owner,
    noPrivileges: !flags.privileges,
    role: flags.role,
    singleTransaction: flags.singleTransaction,
    verifyFirst: flags.verifyFirst,
    fireTriggers: flags.fireTriggers,
    continueOnError: flags.continueOnError,
    migrationsTable: target.migrationsTable,
    migrationsFolder: target.migrationsFolder,
    signal: context.signal,
    io: context.io,
    onEvent: context.printer.onEvent,
  };
}
