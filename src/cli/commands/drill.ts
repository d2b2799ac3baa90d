/**
 * `pgark drill`: the regular restore test. It backs a database up, restores the archive into a scratch database on the same
 * server and compares every table; the original is only read. Digests are computed by the server, so that the engine
 * does not check itself.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { PgarkError } from "../../errors.ts";
import { addVerb, type CommonFlags, type Context, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { wholeNumber } from "../flags.ts";
import { plain } from "../plain.ts";
import { openProject, type ProjectDatabase } from "../project.ts";
import { table } from "../table.ts";
import { counted, countText, secondsText } from "../units.ts";

interface Flags extends CommonFlags {
  readonly url?: string;
  readonly full?: true;
  readonly jobs?: number;
}

/** One database to try. */
interface Subject {
  readonly name: string;
  readonly url: string;
  /** Restored data-only into a freshly migrated database where there are migrations; null: the whole archive. */
  readonly migrations: ProjectDatabase["migrations"];
  readonly migrationsTable: ProjectDatabase["migrationsTable"];
}

interface DrilledTable {
  readonly table: string;
  readonly sourceRows: number | null;
  readonly restoredRows: number | null;
  readonly equal: boolean;
  /** The source changed while the drill ran, so the archive was compared in its place. */
  readonly changedMeanwhile: boolean;
}

export function drill(program: Command): void {
  addVerb(program, "drill", "Test that a restore gives back what was backed up. The original is only read.")
    .argument("[db...]", "databases of the configuration (default: all)")
    .option("--url <settings>", "any database: a URL or key=value text without a password")
    .option("--full", "restore definitions too, where the default is to migrate and restore the rows")
    .option("-j, --jobs <n>", "sessions at the same time (default: the cores, at most 4)", wholeNumber("--jobs"))
    .action((names: readonly string[], flags: Flags) => run(flags, (context) => work(context, names, flags)));
}

async function work(context: Context, names: readonly string[], flags: Flags): Promise<void> {
  const subjects = await chooseSubjects(context, names, flags);
  const results: { database: string; equal: boolean }[] = [];
  for (const subject of subjects) {
    const startedMs = context.io.tickMs();
    const tables = await tryOne(context, subject, flags);
    const seconds = (context.io.tickMs() - startedMs) / 1000;
    const equal = tables.every((one) => one.equal);
    const result = { database: subject.name, equal, seconds, tables };
    results.push(result);
    context.printer.part("drilled", result, drillText(result));
  }
  const different = results.filter(({ equal }) => !equal).map(({ database }) => database);
  if (different.length > 0) throw new PgarkError("DIFFERENT", `the restored rows differ in ${different.join(", ")}`);
  context.printer.report("drill", { databases: results }, "", EXIT.done);
}

async function chooseSubjects(context: Context, names: readonly string[], flags: Flags): Promise<readonly Subject[]> {
  if (flags.url !== undefined) {
    if (names.length > 0) throw new PgarkError("USAGE", "--url names the one database to try; leave out the other names");
    const { databaseNameOf } = await import("../../index.ts");
    return [{ name: await databaseNameOf(flags.url), url: flags.url, migrations: null, migrationsTable: undefined }];
  }
  const project = await openProject(flags, context.io);
  const chosen = project.choose(names, names.length === 0 && project.databases.length > 0);
  return chosen.map((database) => ({ name: database.name, url: database.url(), migrations: flags.full === true ? null : database.migrations, migrationsTable: database.migrationsTable }));
}

/** Backup, scratch, restore, compare; whatever happens, scratch and archive go. */
async function tryOne(context: Context, subject: Subject, flags: Flags): Promise<readonly DrilledTable[]> {
  const { createScratchDatabase, dropScratchDatabase, dump, forDatabase, migrateDatabase, restore, tableDigests } = await import("../../index.ts");
  const { io, signal, printer } = context;
  const common = { io, signal, onEvent: printer.onEvent };
  const archive = join(tmpdir(), `pgark-drill-${Buffer.from(io.random(6)).toString("hex")}.ark`);
  let scratch: string | null = null;
  try {
    const before = await tableDigests(subject.url, common);
    printer.say(`${subject.name}: backing up`);
    await dump(subject.url, archive, { ...common, content: subject.migrations === null ? "all" : "data", jobs: flags.jobs, migrationsTable: subject.migrationsTable });
    const after = await tableDigests(subject.url, common);
    scratch = await createScratchDatabase(subject.url, { io, signal });
    const target = forDatabase(subject.url, scratch);
    printer.say(`${subject.name}: restoring into ${scratch}`);
    if (subject.migrations !== null) await migrateDatabase(target, subject.migrations, common);
    await restore(archive, target, { ...common, content: subject.migrations === null ? undefined : "data", jobs: flags.jobs, migrationsTable: subject.migrationsTable });
    return await compare(context, { archive, target, before, after, journal: journalOf(subject) });
  } finally {
    if (scratch !== null) await dropScratchDatabase(subject.url, scratch);
    await io.remove(archive);
  }
}

type Digests = readonly { readonly table: string; readonly rows: number; readonly digest: string }[];

interface Evidence {
  readonly archive: string;
  readonly target: string;
  readonly before: Digests;
  readonly after: Digests;
  /** The journal's rows are made by `migrate` anew, with ids and times of their own. */
  readonly journal: string | null;
}

async function compare({ io, signal }: Context, { archive, target, before, after, journal }: Evidence): Promise<readonly DrilledTable[]> {
  const { compareWithDatabase, tableDigests } = await import("../../index.ts");
  const restored = new Map((await tableDigests(target, { io, signal })).map((one) => [one.table, one]));
  const later = new Map(after.map((one) => [one.table, one]));
  const changed = before.filter((one) => later.get(one.table)?.digest !== one.digest);
  // A source at work changes under the drill; what its snapshot held, only the archive can tell.
  const byArchive = changed.length === 0 ? [] : await compareWithDatabase(archive, target, { io, signal });
  const tables = [...new Set([...before.map(({ table: name }) => name), ...restored.keys()])].filter((name) => name !== journal);
  return tables.map((name) => {
    const source = before.find((one) => one.table === name);
    const copy = restored.get(name);
    const changedMeanwhile = changed.some((one) => one.table === name);
    const equal = changedMeanwhile ? byArchive.some((one) => one.table === name && one.equal) : source !== undefined && source.digest === copy?.digest && source.rows === copy.rows;
    return { table: name, sourceRows: source?.rows ?? null, restoredRows: copy?.rows ?? null, equal, changedMeanwhile };
  });
}

function journalOf({ migrations }: Subject): string | null {
  return migrations === null ? null : `${migrations.schema}.${migrations.table}`;
}

function drillText({ database, equal, seconds, tables }: { readonly database: string; readonly equal: boolean; readonly seconds: number; readonly tables: readonly DrilledTable[] }): string {
  const rows = tables.map((one) => [
    one.table,
    one.sourceRows === null ? "–" : countText(one.sourceRows),
    one.restoredRows === null ? "–" : countText(one.restoredRows),
    `${one.equal ? "equal" : "DIFFERENT"}${one.changedMeanwhile ? " (to the archive; the source changed meanwhile)" : ""}`,
  ]);
  const head = table([{ title: "table" }, { title: "rows", align: "right" }, { title: "restored", align: "right" }, { title: "" }], rows);
  return `${head}\n${plain(database)}: ${equal ? "everything is equal" : "NOT EQUAL"}, ${counted(tables.length, "table")}, ${secondsText(seconds)}\n`;
}
