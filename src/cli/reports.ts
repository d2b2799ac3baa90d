/** What was done and what would be done, as text for people. Pure: a report in, lines out. */
import { relative } from "node:path";
import type { DumpReport, RestoreReport, TableAccount, TableComparison } from "../report.ts";
import type { RestorePlan } from "../index.ts";
import { plain, plainLines } from "./plain.ts";
import { warningText } from "./print-text.ts";
import { type Column, table } from "./table.ts";
import { bytesText, counted, countText, rateText, secondsText } from "./units.ts";

const right = (title: string): Column => ({ title, align: "right" });
const left = (title: string): Column => ({ title });

/** `backups/rulesdb-….ark`: rows, size, ratio, seconds. */
export function dumpText(report: DumpReport): string {
  const rows = report.tables.reduce((sum, dumped) => sum + dumped.rows, 0);
  const plainBytes = report.tables.reduce((sum, dumped) => sum + dumped.plainBytes, 0);
  const ratio = report.storedBytes > 0 ? ` (${bytesText(plainBytes)} of rows, ${(plainBytes / report.storedBytes).toFixed(1)} : 1)` : "";
  const parts = [
    `${report.path === null ? "stdout" : plain(shortPath(report.path))}: ${counted(report.tables.length, "table")}, ${counted(rows, "row")}`,
    `${bytesText(report.storedBytes)}${ratio}`,
    `${secondsText(report.seconds)} (${rateText(plainBytes, report.seconds)})`,
  ];
  if (report.warnings.length > 0) parts.push(counted(report.warnings.length, "warning"));
  return parts.join(", ");
}

/** Relative where the file is below the working directory: so it can be typed. */
function shortPath(path: string): string {
  const short = relative("", path);
  return short.startsWith("..") ? path : short;
}

/** Where each row of a backup's tables is, for `--verbose` and the like. */
export function dumpTable(report: DumpReport): string {
  return table(
    [left("table"), right("rows"), right("plain"), right("stored"), right("chunks")],
    report.tables.map((dumped) => [dumped.table, countText(dumped.rows), bytesText(dumped.plainBytes), bytesText(dumped.storedBytes), countText(dumped.chunks)]),
  );
}

/** The accounting: a line per table and the sums, then what was created, left out and failed. */
export function restoreText(report: RestoreReport): string {
  const lines: string[] = [];
  if (report.tables.length > 0) lines.push(accountTable(report.tables), "");
  const created = Object.entries(report.created).filter(([, count]) => count > 0);
  if (created.length > 0) lines.push(`created: ${created.map(([kind, count]) => `${countText(count)} ${plain(kind)}`).join(", ")}`);
  lines.push(...report.skipped.map(({ object, reason }) => `left out: ${plain(object)}: ${plain(reason)}`));
  lines.push(...report.failures.map(({ object, message }) => `failed: ${plain(object)}: ${plain(message)}`));
  const rows = report.tables.reduce((sum, account) => sum + account.archived, 0);
  const warnings = report.warnings.length > 0 ? `, ${counted(report.warnings.length, "warning")}` : "";
  const removed = report.tables.filter((account) => account.removed > 0);
  lines.push(...removed.map((account) => `removed: ${counted(account.removed, "row")} that ${account.table} had before`));
  if (report.rejectsFile !== null) lines.push(`rejected rows: ${plain(shortPath(report.rejectsFile))}`);
  if (report.safetyBackup !== null) lines.push("to have back what was there before:", `  ${plain(report.safetyBackup.undo)}`);
  lines.push(`${plain(report.target)}: ${counted(report.tables.length, "table")}, ${counted(rows, "row")}, ${secondsText(report.seconds)}${warnings}${report.resumed ? ", resumed" : ""}`);
  return lines.join("\n");
}

const COUNTS = ["archived", "inserted", "updated", "identical", "kept", "rejected"] as const satisfies readonly (keyof TableAccount)[];

function accountTable(accounts: readonly TableAccount[]): string {
  const cells = (account: TableAccount): string[] => [account.table, ...COUNTS.map((count) => countText(account[count])), bytesText(account.bytes), secondsText(account.seconds)];
  const sum = (count: (typeof COUNTS)[number]): string => countText(accounts.reduce((total, account) => total + account[count], 0));
  return table(
    [left("table"), ...COUNTS.map(right), right("bytes"), right("time")],
    accounts.map(cells),
    // Tables load side by side, so their seconds have no sum.
    ["sum", ...COUNTS.map(sum), bytesText(accounts.reduce((total, account) => total + account.bytes, 0)), ""],
  );
}

/** What a restore would do. */
export function planText(plan: RestorePlan): string {
  return [
    `target: ${plain(plan.target)}`,
    ...(plan.globals.length > 0 ? [`make for the whole server:`, ...plan.globals.map(({ address }) => `  ${plain(address)}`)] : []),
    ...(plan.create.length > 0 ? [`create ${counted(plan.create.length, "object")}:`, ...plan.create.map(({ address }) => `  ${plain(address)}`)] : []),
    ...(plan.load.length > 0 && plan.forecast === null ? [`load ${counted(plan.load.length, "table")}:`, loadTable(plan.load)] : []),
    ...(plan.forecast === null ? [] : [forecastTable(plan), ...plan.forecast.flatMap(forecastLines)]),
    ...plan.skip.map(({ object, reason }) => `leave out: ${plain(object)}: ${plain(reason)}`),
    ...plan.missing.map(({ kind, name, neededBy }) => `missing on the target: ${kind} ${plain(name)}, needed by ${plain(neededBy)}`),
    ...plan.warnings.map(warningText),
    ...plan.refusals.map((refusal) => `would be refused: ${plainLines(refusal.message)}`),
    ...new Set(plan.refusals.flatMap(({ hint }) => (hint === undefined ? [] : [`hint: ${plainLines(hint)}`]))),
    "Nothing was changed.",
  ].join("\n");
}

/** The plan without the catalog records of its entries, which `show --toc --json` has. */
export function planFacts({ target, globals, create, load, forecast, skip, missing, refusals, warnings }: RestorePlan): object {
  return {
    target,
    globals: globals.map(({ kind, name, address }) => ({ kind, name, address })),
    create: create.map(({ kind, schema, name, address }) => ({ kind, schema, name, address })),
    load: load.map(({ table: name, rows, bytes, policy, way }) => ({ table: name, rows, bytes, policy, way })),
    forecast,
    skip,
    missing,
    refusals: refusals.map(({ code, message, object, hint }) => ({ code, message, object: object ?? null, hint: hint ?? null })),
    warnings,
  };
}

/** What becomes of each table's rows. */
function forecastTable({ load, forecast }: RestorePlan): string {
  const policies = new Map(load.map((one) => [one.load, one.policy]));
  const rows = (forecast ?? []).map((one) => {
    const conflicting = Object.values(one.conflicting).reduce((sum, count) => sum + count, 0);
    return { name: one.table, policy: policies.get(one.load) ?? "", counts: [one.archived, one.new, one.identical, one.differing, conflicting, one.orphans, one.removed] };
  });
  const sums = rows.reduce((total, { counts }) => total.map((sum, index) => sum + (counts[index] ?? 0)), [0, 0, 0, 0, 0, 0, 0]);
  return table(
    [left("table"), left("on conflict"), ...["archived", "new", "identical", "differing", "conflicting", "orphans", "removed"].map(right)],
    rows.map(({ name, policy, counts }) => [name, policy, ...counts.map(countText)]),
    ["sum", "", ...sums.map(countText)],
  );
}

/** By which constraints rows are refused, and the rows that were asked for. */
function forecastLines({ table: name, conflicting, examples }: NonNullable<RestorePlan["forecast"]>[number]): readonly string[] {
  const constraints = Object.entries(conflicting).map(([constraint, count]) => `${plain(name)}: ${counted(count, "row")} refused by ${plain(constraint)}`);
  const shown = Object.entries(examples).flatMap(([sort, rows]) => rows.map(({ key, row }) => `${plain(name)}: ${sort} ${plain(key ?? row ?? "")}`));
  return [...constraints, ...shown];
}

function loadTable(loads: RestorePlan["load"]): string {
  const rows = loads.reduce((sum, load) => sum + (load.rows ?? 0), 0);
  const bytes = loads.reduce((sum, load) => sum + (load.bytes ?? 0), 0);
  return table(
    [left("table"), right("rows"), right("bytes")],
    loads.map((load) => [load.table, load.rows === null ? "?" : countText(load.rows), load.bytes === null ? "?" : bytesText(load.bytes)]),
    ["sum", countText(rows), bytesText(bytes)],
  );
}

/** An archive held against a database, a line per table. */
export function comparisonText(comparisons: readonly TableComparison[]): string {
  return table(
    [left("table"), right("archive"), right("database"), left("")],
    comparisons.map((comparison) => [
      comparison.table,
      countText(comparison.archiveRows),
      comparison.databaseRows === null ? "–" : countText(comparison.databaseRows),
      comparison.equal ? "equal" : (comparison.difference ?? "different"),
    ]),
  );
}
