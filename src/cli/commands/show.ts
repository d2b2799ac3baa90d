/** `pgark show`: what stands in one archive: where it came from, its tables, and with `--toc` every entry. */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Archive } from "../../index.ts";
import { addVerb, type CommonFlags, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { openArchive } from "../open.ts";
import { plain } from "../plain.ts";
import { warningText } from "../print-text.ts";
import { table } from "../table.ts";
import { bytesText, countText, timeText } from "../units.ts";
import { contentText } from "./list.ts";

interface Flags extends CommonFlags {
  readonly toc?: true;
}

export function show(program: Command): void {
  addVerb(program, "show", "Show what an archive holds and where it came from.")
    .argument("<archive>")
    .option("--toc", "every entry of the table of contents, in restore order")
    .action((archive: string, flags: Flags) =>
      run(flags, async ({ io, signal, printer }) => {
        const path = resolve(archive);
        await using opened = await openArchive(path, { io, signal });
        const sizeBytes = (await io.stat(path))?.sizeBytes ?? 0;
        const data = { path, sizeBytes, manifest: opened.manifest, tables: opened.tables(), ...(flags.toc === true ? { toc: opened.toc } : {}) };
        printer.answer("show", data, showText(opened, sizeBytes, flags), EXIT.done);
      }),
    );
}

function showText(archive: Archive, sizeBytes: number, flags: Flags): string {
  const sections = [factsText(archive, sizeBytes), tablesText(archive)];
  if (flags.toc === true) sections.push(tocText(archive));
  sections.push(archive.manifest.warnings.map(warningText).join("\n"));
  return sections.filter((section) => section !== "").join("\n\n");
}

function factsText({ path, manifest }: Archive, sizeBytes: number): string {
  const { source } = manifest;
  const facts: readonly (readonly [string, string])[] = [
    ["archive", path],
    ["id", manifest.archiveId],
    ["size", `${bytesText(sizeBytes)}, codec ${manifest.codec}`],
    ["format", `${manifest.formatVersion}, written by pgark ${manifest.toolVersion}`],
    ["database", source.database],
    ["content", contentText(manifest.options)],
    ["server", source.serverVersionText],
    ["system", source.systemIdentifier ?? "not readable"],
    ["encoding", `${source.encoding}, collation ${source.collate}, ctype ${source.ctype}${source.locale === null ? "" : `, ${source.localeProvider} ${source.locale}`}`],
    ["snapshot", `${source.snapshot}${source.walLsn === null ? "" : ` at ${source.walLsn}`}`],
    ["started", timeText(source.startedAt)],
    ["ended", timeText(source.endedAt)],
    ["extensions", source.extensions.map(({ name, version }) => `${name} ${version}`).join(", ") || "none"],
    ["migrations", source.migrations === null ? "no drizzle journal" : countText(source.migrations.length)],
    ["warnings", countText(manifest.warnings.length)],
  ];
  return facts.map(([name, value]) => `${name.padEnd(11)} ${plain(value)}`).join("\n");
}

function tablesText(archive: Archive): string {
  const tables = archive.tables();
  if (tables.length === 0) return "";
  const sum = (field: "rows" | "plainBytes" | "storedBytes"): number => tables.reduce((total, one) => total + one[field], 0);
  const right = "right" as const;
  return table(
    [{ title: "table" }, { title: "rows", align: right }, { title: "plain", align: right }, { title: "stored", align: right }, { title: "format" }],
    tables.map((one) => [`${one.schema}.${one.name}`, countText(one.rows), bytesText(one.plainBytes), bytesText(one.storedBytes), one.format]),
    ["sum", countText(sum("rows")), bytesText(sum("plainBytes")), bytesText(sum("storedBytes")), ""],
  );
}

function tocText({ toc }: Archive): string {
  return table(
    [{ title: "entry", align: "right" }, { title: "section" }, { title: "kind" }, { title: "address" }, { title: "owner" }],
    toc.entries.map((entry) => [String(entry.id), entry.section, entry.kind, entry.address, entry.owner ?? ""]),
  );
}
