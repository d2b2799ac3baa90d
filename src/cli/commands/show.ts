/** `pgark show`: what stands in one archive: where it came from, its tables, and with `--toc` every entry. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { messageOf } from "../../errors.ts";
import type { Archive, Comparison } from "../../index.ts";
import { addVerb, type CommonFlags, type Context, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { globalsText, withoutPasswords } from "../globals-text.ts";
import { openArchive } from "../open.ts";
import { plain } from "../plain.ts";
import { warningText } from "../print-text.ts";
import { openProject } from "../project.ts";
import { table } from "../table.ts";
import { listText } from "../use-list.ts";
import { bytesText, countText, timeText } from "../units.ts";
import { contentText } from "./list.ts";

interface Flags extends CommonFlags {
  readonly toc?: true;
}

export function show(program: Command): void {
  addVerb(program, "show", "Show what an archive holds and where it came from.")
    .argument("<archive>")
    .option("--toc", "every entry of the table of contents, in restore order: a list for restore --use-list")
    .action((archive: string, flags: Flags) =>
      run(flags, async (context) => {
        const { io, signal, printer } = context;
        const path = resolve(archive);
        await using opened = await openArchive(path, { io, signal });
        const sizeBytes = (await io.stat(path))?.sizeBytes ?? 0;
        const level = await levelOf(context, opened, flags);
        const data = { path, sizeBytes, manifest: opened.manifest, migrations: level, tables: opened.tables(), ...(flags.toc === true ? { toc: withoutPasswords(opened.toc) } : {}) };
        printer.answer("show", data, showText(opened, sizeBytes, level, flags), EXIT.done);
      }),
    );
}

/**
 * The archive's level in the folder of the database of the same name. Null where the configuration names none, or it
 * cannot be read: an archive can be shown anywhere.
 */
async function levelOf({ io, signal, printer }: Context, { manifest }: Archive, flags: Flags): Promise<Comparison | null> {
  const { migrations, database: name } = manifest.source;
  if (migrations === null) return null;
  try {
    const { archiveMigrationLevel } = await import("../../index.ts");
    const folder = (await openProject(flags, io)).databases.find((database) => database.name === name)?.migrations ?? null;
    return folder === null ? null : await archiveMigrationLevel(migrations, folder, { io, signal });
  } catch (error) {
    signal.throwIfAborted();
    printer.say(`the migrations are not held against the folder: ${messageOf(error)}`);
    return null;
  }
}

function showText(archive: Archive, sizeBytes: number, level: Comparison | null, flags: Flags): string {
  const facts = [factsText(archive, sizeBytes, level), tablesText(archive), archive.manifest.warnings.map(warningText).join("\n")].filter((text) => text !== "").join("\n\n");
  if (flags.toc !== true) return facts;
  // The whole answer is a list for restore --use-list: what is no entry is a comment there.
  return listText(archive.toc.entries, [facts, "\nThe entries in restore order. Restore some of them, or in another order: pgark restore --use-list FILE\n"]);
}

function factsText({ path, manifest, toc }: Archive, sizeBytes: number, level: Comparison | null): string {
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
    ["globals", globalsText(toc)],
    ["extensions", source.extensions.map(({ name, version }) => `${name} ${version}`).join(", ") || "none"],
    ["migrations", source.migrations === null ? "no drizzle journal" : migrationsText(source.migrations.length, level)],
    ["warnings", countText(manifest.warnings.length)],
  ];
  return facts.map(([name, value]) => `${name.padEnd(11)} ${plain(value)}`).join("\n");
}

/** `5 applied, last 0004_imports (2 behind the folder)`; the count alone without a folder. */
function migrationsText(count: number, level: Comparison | null): string {
  if (level === null) return `${countText(count)} applied`;
  const last = level.applied.at(-1);
  const remarks = [
    ...(level.pending.length > 0 ? [`${countText(level.pending.length)} behind the folder`] : []),
    ...(level.unknown.length > 0 ? [`${countText(level.unknown.length)} that the folder lacks`] : []),
    ...(level.edited.length > 0 ? [`${countText(level.edited.length)} edited since`] : []),
  ];
  return `${countText(count)} applied${last === undefined ? "" : `, last ${last}`}${remarks.length > 0 ? ` (${remarks.join(", ")})` : ""}`;
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
