/** `pgark backup`: one archive per database, under its final name only when it is complete and verified. */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { PgarkError } from "../../errors.ts";
import type { DumpOptions } from "../../options.ts";
import type { SnapshotFacts } from "../../index.ts";
import type { DumpReport } from "../../report.ts";
import { archiveName, moveLatest } from "../archive-names.ts";
import { addVerb, type CommonFlags, type Context, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { durationMs, wholeNumber } from "../flags.ts";
import { apartText } from "../pair-text.ts";
import { openProject, type Project } from "../project.ts";
import { dumpTable, dumpText } from "../reports.ts";
import { addSelection, contentOf, type SelectionFlags, selectionOf } from "../selection-flags.ts";

interface Flags extends CommonFlags, SelectionFlags {
  readonly all?: true;
  readonly url?: string;
  readonly jobs?: number;
  readonly codec?: string;
  readonly output?: string;
  readonly verify: boolean;
  readonly lockWaitTimeout?: number;
  readonly textOnly?: true;
  readonly role?: string;
  readonly globals?: true;
  readonly rolePasswords?: true;
}

/** One database to back up. */
interface Source {
  /** What its archives are called. Null when the settings alone decide. */
  readonly name: string | null;
  readonly settings: string | undefined;
  readonly migrationsTable?: DumpOptions["migrationsTable"];
}

export function backup(program: Command): void {
  const verb = addVerb(program, "backup", "Back up databases into one archive each.")
    .argument("[db...]", "databases of the configuration")
    .option("--all", "every database of the configuration")
    .option("--url <settings>", "any database: a URL or key=value text without a password (default without a configuration: PG* variables)");
  addSelection(verb)
    .option("-j, --jobs <n>", "sessions that read at the same time (default: the cores, at most 4)", wholeNumber("--jobs"))
    .option("--codec <codec[:level]>", "none, gzip, brotli or zstd (default: zstd where this Node.js has it, else brotli:1)")
    .option("-o, --output <file>", "the archive's file, a folder for it, or - for stdout (default: backups/<db>-YYYYMMDD-HHMMSS.ark)")
    .option("--no-verify", "do not read the finished archive back")
    .option("--lock-wait-timeout <time>", "give up when a table stays locked this long, in ms or as 30s, 5min (default: 30s)", durationMs("--lock-wait-timeout"))
    .option("--role <name>", "SET ROLE after connecting")
    .option("--text-only", "rows of every table in text format")
    .option("--globals", "also what belongs to the whole server: roles with memberships and settings, tablespaces, privileges on parameters")
    .option("--role-passwords", "with --globals: the roles' passwords too, hashed as the server keeps them; the archive is a secret then")
    .action((names: readonly string[], flags: Flags) =>
      run(flags, (context) => work(context, names, flags), { dataOnStdout: flags.output === "-" }),
    );
}

async function work(context: Context, names: readonly string[], flags: Flags) {
  const project = await openProject(flags, context.io);
  const sources = chooseSources(project, names, flags);
  const done: object[] = [];
  const snapshots: SnapshotFacts[] = [];
  for (const source of sources) {
    const report = await backUp(context, project, source, sources.length, flags);
    for (const warning of report.warnings) context.printer.onEvent({ type: "warning", warning });
    const facts = reportFacts(source, report);
    done.push(facts);
    const { startedAt, snapshotAt, walLsn, systemIdentifier } = report.manifest.source;
    snapshots.push({ snapshotAt: snapshotAt ?? startedAt, walLsn, systemIdentifier });
    const tables = flags.verbose === true && report.tables.length > 0 ? `${dumpTable(report)}\n` : "";
    context.printer.part("archive", facts, `${tables}${dumpText(report)}`);
  }
  const { compareSnapshots } = await import("../../index.ts");
  const apart = snapshots.length > 1 ? compareSnapshots(snapshots) : null;
  context.printer.report("backup", { archives: done, snapshots: apart }, apart === null ? "" : apartText(apart), EXIT.done);
}

function chooseSources(project: Project, names: readonly string[], flags: Flags): readonly Source[] {
  if (flags.url !== undefined) {
    if (names.length > 0 || flags.all === true) throw new PgarkError("USAGE", "--url names the one database to back up; leave out the other names and --all");
    return [{ name: null, settings: flags.url }];
  }
  // Without a configuration the PG* variables say which database, as they do for pg_dump.
  if (names.length === 0 && flags.all !== true && project.databases.length === 0) return [{ name: null, settings: undefined }];
  const chosen = project.choose(names, flags.all === true);
  return chosen.map((database) => ({ name: database.name, settings: database.url(), migrationsTable: database.migrationsTable }));
}

async function backUp(context: Context, project: Project, source: Source, count: number, flags: Flags): Promise<DumpReport> {
  const { dump } = await import("../../index.ts");
  const { io, printer, signal } = context;
  const content = contentOf(flags);
  const options: DumpOptions = {
    ...selectionOf(flags),
    content,
    jobs: flags.jobs,
    codec: flags.codec,
    verify: flags.verify,
    lockTimeoutMs: flags.lockWaitTimeout,
    textOnly: flags.textOnly,
    role: flags.role,
    globals: flags.globals,
    rolePasswords: flags.rolePasswords,
    migrationsTable: source.migrationsTable,
    signal,
    io,
    onEvent: printer.onEvent,
  };
  if (flags.output === "-") {
    refuseSeveral(count);
    if (process.stdout.isTTY) throw new PgarkError("USAGE", "an archive is not written to a terminal", { hint: "Send it to a file or a pipe." });
    return dump(source.settings, process.stdout, options);
  }
  if (flags.output !== undefined && !(await isFolder(context, flags.output))) {
    refuseSeveral(count);
    return dump(source.settings, resolve(flags.output), options);
  }
  const folder = flags.output === undefined ? project.backupsFolder : resolve(flags.output);
  const name = source.name ?? (await databaseName(source, signal));
  await io.makeDirectory(folder);
  const path = join(folder, archiveName(name, content, io.nowMs()));
  if (count > 1) printer.say(`${name}: backing up to ${path}`);
  const report = await dump(source.settings, path, options);
  if ((await moveLatest(io, folder, name, content)) === null) printer.say(`no symbolic links in ${folder}: the latest name was not moved`);
  return report;
}

/** The file is named after the database, which a service file or PGDATABASE may decide: the server knows. */
async function databaseName(source: Source, signal: AbortSignal): Promise<string> {
  const { inspectDatabase } = await import("../../index.ts");
  const facts = await inspectDatabase(source.settings, { signal });
  if (facts === null) throw new PgarkError("CANNOT_CONNECT", "the database to back up does not exist", { hint: "Name it with --url or PGDATABASE." });
  return facts.name;
}

async function isFolder(context: Context, path: string): Promise<boolean> {
  return path.endsWith("/") || (await context.io.stat(path))?.directory === true;
}

function refuseSeveral(count: number): void {
  if (count > 1) throw new PgarkError("USAGE", "-o takes the archive of one database; several go into a folder", { hint: "Give an existing folder, or a path that ends in /." });
}

/** The report without the manifest's chunks, which `show --json` has. */
function reportFacts(source: Source, report: DumpReport): object {
  const { manifest, ...rest } = report;
  const { database, startedAt, snapshotAt = null, walLsn, systemIdentifier } = manifest.source;
  return { database: source.name ?? database, archiveId: manifest.archiveId, codec: manifest.codec, snapshotAt: snapshotAt ?? startedAt, walLsn, systemIdentifier, ...rest };
}
