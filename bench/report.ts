/** The result as it was, good or bad: the same figures as JSON and as markdown. Pure. */
import type { Trial } from "./dump.ts";
import type { Machine } from "./machine.ts";
import { type MemoryCase, PROMISED_BYTES } from "./memory.ts";
import { type MergeCases, mergeLines } from "./merge.ts";
import type { Run, Series } from "./rounds.ts";
import { ratio, spread } from "./statistics.ts";

export interface Versions {
  readonly pgark: string;
  /** `20.20.2` */
  readonly node: string;
  readonly server: string;
  /** Of pg_dump and pg_restore. */
  readonly rival: string;
}

export interface Setting {
  /** ISO 8601, in UTC. */
  readonly startedAt: string;
  readonly machine: Machine;
  readonly versions: Versions;
  readonly serverSettings: Readonly<Record<string, string>>;
  readonly jobs: number;
  readonly note: string | null;
}

/** The timed runs. The first series of a question is ours, the second the rival's; the rest is for the reader. */
export interface SpeedReport extends Setting {
  readonly set: { readonly tables: readonly { readonly name: string; readonly rows: number; readonly indexes: number }[]; readonly tableBytes: number; readonly indexBytes: number };
  /** Of ours and of the rival. */
  readonly codecs: readonly [string, string];
  /** Of the rival: which of its codecs is its best here. */
  readonly trials: readonly Trial[];
  readonly dump: readonly Series[] | null;
  readonly restore: readonly Series[] | null;
}

export interface MemoryReport extends Setting {
  readonly cases: readonly MemoryCase[];
}

export function speedMarkdown(report: SpeedReport): string {
  const { set, trials, codecs } = report;
  const tables = set.tables.map(({ name, rows, indexes }) => `${name} ${rows.toLocaleString("en")} (${indexes} ${indexes === 1 ? "index" : "indexes"})`).join(", ");
  const tried = trials.map((trial) => `${trial.codec} ${trial.seconds.toFixed(1)} s, ${megabytes(trial.archiveBytes)} MB`).join("; ");
  return [
    ...settingLines(report),
    `- rows: ${tables}; ${megabytes(set.tableBytes)} MB of tables, ${megabytes(set.indexBytes)} MB of indexes`,
    `- codecs: pgark ${codecs[0]}, pg_dump ${codecs[1]}, its best here (${tried})`,
    ...(report.dump === null ? [] : ["", "**Dump**", "", ...seriesTable(report.dump)]),
    ...(report.restore === null ? [] : ["", "**Restore**", "", ...seriesTable(report.restore)]),
    "",
  ].join("\n");
}

export function mergeMarkdown(report: Setting & MergeCases): string {
  return [...settingLines(report), "", ...mergeLines(report), ""].join("\n");
}

export function memoryMarkdown(report: MemoryReport): string {
  const cell = ({ runs }: Series) => {
    const peak = Math.max(...runs.map(({ peakBytes }) => peakBytes ?? Number.NaN));
    return `${Math.ceil(peak / 1024 ** 2)} MiB, ${peak <= PROMISED_BYTES ? "kept" : "**broken**"} | ${spread(runs.map(({ seconds }) => seconds))}`;
  };
  const rows = report.cases.map(({ table, rows, tableBytes, dump, restore }) => `| ${table}, ${rows.toLocaleString("en")} rows, ${megabytes(tableBytes)} MB | ${cell(dump)} | ${cell(restore)} |`);
  return [
    ...settingLines(report),
    "",
    `| table | dump: highest peak (promised: ${PROMISED_BYTES / 1024 ** 2} MiB) | dump s | restore: highest peak | restore s |`,
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** Puts a section between its two marks, `<!-- name -->` and `<!-- /name -->`. Throws when the text has no such place. */
export function replaceSection(text: string, name: string, section: string): string {
  const begin = `<!-- ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(`<!-- /${name} -->`);
  if (from < 0 || to < from) throw new Error(`no place for ${name}`);
  return `${text.slice(0, from + begin.length)}\n${section}${text.slice(to)}`;
}

function settingLines({ startedAt, machine, versions, serverSettings, jobs, note }: Setting): readonly string[] {
  const settings = Object.entries(serverSettings).map(([name, value]) => `${name} ${value}`).join(", ");
  return [
    ...(note === null ? [] : [`> ${note}`, ""]),
    `- ${startedAt.slice(0, 10)}, ${machine.cores} cores (${machine.processor}), ${(machine.memoryBytes / 1024 ** 3).toFixed(0)} GiB, ${machine.kernel}, load before: ${machine.loadBefore.toFixed(1)}`,
    `- pgark ${versions.pgark} on Node.js ${versions.node}, PostgreSQL ${versions.server} on the same machine, pg_dump ${versions.rival}, ${jobs} jobs`,
    `- server: ${settings}`,
  ];
}

function seriesTable(series: readonly Series[]): readonly string[] {
  const [ours, theirs] = series;
  if (ours === undefined || theirs === undefined) throw new Error("a comparison takes two");
  const seconds = (own: Series) => own.runs.map((run) => run.seconds);
  return [
    "| | seconds | its own CPU s | the server's CPU s | peak of the process | archive |",
    "|---|---|---|---|---|---|",
    ...series.map((own) => `| ${own.contender} | ${spread(seconds(own))} | ${spread(own.runs.map(({ cpuSeconds }) => cpuSeconds))} | ${known(own.runs, "serverSeconds", (values) => spread(values))} | ${known(own.runs, "peakBytes", (values) => `${Math.ceil(Math.max(...values) / 1024 ** 2)} MiB`)} | ${megabytes(own.archiveBytes)} MB |`),
    "",
    `${theirs.contender} ÷ ${ours.contender}: **${ratio(seconds(ours), seconds(theirs)).toFixed(2)}×** by medians of ${ours.runs.length}.`,
  ];
}

/** A figure that every run has, or a dash. */
function known(runs: readonly Run[], field: "serverSeconds" | "peakBytes", show: (values: readonly number[]) => string): string {
  const values = runs.flatMap((run) => run[field] ?? []);
  return values.length === runs.length ? show(values) : "–";
}

function megabytes(bytes: number): string {
  return Math.round(bytes / 1e6).toLocaleString("en");
}
