/** `pgark verify`: reads every byte of archives and says what is wrong with them, holds one against a live database, or several against each other. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { isPgarkError, PgarkError } from "../../errors.ts";
import type { PairReport } from "../../index.ts";
import { addVerb, type CommonFlags, type Context, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { danglingSummary, pairText } from "../pair-text.ts";
import { plain } from "../plain.ts";
import { openProject, type Project } from "../project.ts";
import type { Printer } from "../printer.ts";
import { comparisonText } from "../reports.ts";
import { bytesText, counted } from "../units.ts";

interface Flags extends CommonFlags {
  readonly against?: string;
  readonly pair?: true;
}

export function verify(program: Command): void {
  addVerb(program, "verify", "Check every byte of archives, without a server.")
    .argument("<archive...>")
    .option("--against <database>", "also compare the rows, table by table, with a database: a name of the configuration, or a URL or key=value text without a password")
    .option("--pair", "also check the soft references of the configuration between the archives, one of each database")
    .action((archives: readonly string[], flags: Flags) => run(flags, (context) => work(context, archives, flags)));
}

async function work(context: Context, archives: readonly string[], flags: Flags): Promise<void> {
  if (flags.against !== undefined && archives.length > 1) throw new PgarkError("USAGE", "--against compares one archive with one database");
  if (flags.pair === true && archives.length < 2) throw new PgarkError("USAGE", "--pair checks references between the archives of different databases: give one of each");
  if (flags.pair === true && flags.against !== undefined) throw new PgarkError("USAGE", "--pair and --against exclude each other");
  const project = flags.pair === true ? await referencingProject(context, flags) : null;
  const outcomes: VerifyOutcome[] = [];
  for (const archive of archives) {
    const outcome = await verifyOne(context, archive);
    outcomes.push(outcome);
    context.printer.part("verified", outcome, outcomeText(outcome));
  }
  const bad = outcomes.filter((outcome) => !outcome.ok);
  if (bad.length > 0) throw failureOf(bad);
  if (flags.against !== undefined) await compare(context, archives[0] ?? "", await targetSettings(context, flags, flags.against));
  const pair = project === null ? {} : { pair: await checkReferences(context, project, archives) };
  context.printer.report("verify", { archives: outcomes, ...pair }, "", EXIT.done);
}

interface VerifyOutcome {
  readonly archive: string;
  readonly ok: boolean;
  readonly incomplete: boolean;
  readonly problems: readonly string[];
  readonly bytes: number;
  readonly blocks: number;
  readonly rows: number;
}

/** One damaged archive does not keep the next from being looked at; a missing file does. */
async function verifyOne({ io, signal, printer }: Context, archive: string): Promise<VerifyOutcome> {
  const { openArchive } = await import("../../index.ts");
  try {
    await using opened = await openArchive(resolve(archive), { io, signal });
    const { findings, sizeBytes, blocks, rows } = await opened.verify({ onBlock: tellBlocks(printer, archive) });
    const problems = findings.map(({ problem, offset, entry }) => `at offset ${offset}${entry === null ? "" : `, ${entry}`}: ${problem}`);
    return { archive, ok: problems.length === 0, incomplete: false, problems, bytes: sizeBytes, blocks, rows };
  } catch (error) {
    if (!isPgarkError(error, "ARCHIVE_DAMAGED", "ARCHIVE_INCOMPLETE", "NOT_AN_ARCHIVE")) throw error;
    return { archive, ok: false, incomplete: error.code === "ARCHIVE_INCOMPLETE", problems: [error.message], bytes: 0, blocks: 0, rows: 0 };
  }
}

/** Reading is the work here, so the bytes of the file are the progress. */
function tellBlocks({ onEvent }: Printer, archive: string): (readBytes: number, totalBytes: number) => void {
  let planned = false;
  return (bytes, total) => {
    if (!planned) onEvent({ type: "plan", tables: 0, chunks: 1, bytes: total, rows: null });
    planned = true;
    onEvent({ type: "progress", worker: 1, table: archive, rows: 0, bytes });
  };
}

function outcomeText({ archive, ok, incomplete, problems, bytes, blocks, rows }: VerifyOutcome): string {
  if (ok) return `${plain(archive)}: good, ${counted(blocks, "block")}, ${bytesText(bytes)}, ${counted(rows, "row")}`;
  return [`${plain(archive)}: ${incomplete ? "INCOMPLETE" : "DAMAGED"}`, ...problems.map((problem) => `  ${plain(problem)}`)].join("\n");
}

function failureOf(bad: readonly VerifyOutcome[]): PgarkError {
  const names = bad.map(({ archive }) => archive).join(", ");
  const incomplete = bad.every((outcome) => outcome.incomplete);
  return new PgarkError(incomplete ? "ARCHIVE_INCOMPLETE" : "ARCHIVE_DAMAGED", `${incomplete ? "incomplete" : "damaged"}: ${names}`, { object: names });
}

async function targetSettings({ io }: Context, flags: Flags, against: string): Promise<string> {
  const { databases } = await openProject(flags, io);
  return databases.find(({ name }) => name === against)?.url() ?? against;
}

async function compare({ io, signal, printer }: Context, archive: string, target: string): Promise<void> {
  const { compareWithDatabase } = await import("../../index.ts");
  const comparisons = await compareWithDatabase(resolve(archive), target, { io, signal, onEvent: printer.onEvent });
  printer.part("comparison", { archive, tables: comparisons }, comparisonText(comparisons));
  const different = comparisons.filter(({ equal }) => !equal);
  if (different.length === 0) return;
  throw new PgarkError("DIFFERENT", `${counted(different.length, "table")} of ${comparisons.length} differ: ${different.map(({ table }) => table).join(", ")}`);
}

/** The project, before anything is read: without references there is nothing to check. */
async function referencingProject({ io }: Context, flags: Flags): Promise<Project> {
  const project = await openProject(flags, io);
  if (project.config.softReferences.length > 0) return project;
  throw new PgarkError("USAGE", "the configuration names no softReferences, so there is nothing to check between archives", { hint: 'Add softReferences: [{ from: "db.schema.table.column", to: "db.schema.table.column" }] to pgark.config.ts.' });
}

async function checkReferences({ io, signal, printer }: Context, { config }: Project, archives: readonly string[]): Promise<PairReport> {
  const { checkPair, isWhole } = await import("../../index.ts");
  const report = await checkPair(archives, config.softReferences, { databases: config.databases.map(({ name }) => name), io, signal, onEvent: printer.onEvent });
  printer.part("pair", report, pairText(report));
  if (isWhole(report)) return report;
  throw new PgarkError("DIFFERENT", danglingSummary(report.references));
}
