/** `pgark list`: the archives of a folder, newest first, with what can be known of each without reading its rows. */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { isPgarkError, messageOf } from "../../errors.ts";
import { ioError } from "../../io/io.ts";
import { addVerb, type CommonFlags, type Context, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { openProject } from "../project.ts";
import { table } from "../table.ts";
import { bytesText, counted, countText, timeText } from "../units.ts";

/** One file of the folder. Everything after `state` is null when the archive cannot be opened. */
export interface ListedArchive {
  readonly file: string;
  readonly sizeBytes: number;
  readonly modified: string;
  /** `complete`: the footer, the commit mark, stands and fits the manifest. */
  readonly state: "complete" | "incomplete" | "damaged" | "unreadable";
  readonly problem: string | null;
  readonly database: string | null;
  readonly content: string | null;
  readonly startedAt: string | null;
  readonly rows: number | null;
  readonly tables: number | null;
}

export function list(program: Command): void {
  addVerb(program, "list", "List the archives of a folder.")
    .argument("[folder]", "default: the project's backups folder")
    .action((folder: string | undefined, flags: CommonFlags) =>
      run(flags, async (context) => {
        const chosen = folder === undefined ? (await openProject(flags, context.io)).backupsFolder : resolve(folder);
        // Before the first backup there is no folder, and nothing in it.
        const none = folder === undefined && (await context.io.stat(chosen)) === null;
        const archives = none ? [] : await listArchives(context, chosen);
        context.printer.answer("list", { folder: chosen, archives }, archives.length === 0 ? `no archives in ${chosen}` : listText(archives), EXIT.done);
      }),
    );
}

async function listArchives(context: Context, folder: string): Promise<readonly ListedArchive[]> {
  const names = await context.io.list(folder).catch((error: unknown) => Promise.reject(ioError(error, folder)));
  const archives: ListedArchive[] = [];
  for (const name of names) {
    // The latest names point at archives that are listed under their own.
    if (!name.endsWith(".ark") || name.endsWith("-latest.ark") || name.startsWith(".")) continue;
    const archive = await look(context, join(folder, name), name);
    if (archive !== null) archives.push(archive);
  }
  return archives.toSorted((a, b) => (b.startedAt ?? b.modified).localeCompare(a.startedAt ?? a.modified) || a.file.localeCompare(b.file));
}

async function look({ io, signal }: Context, path: string, file: string): Promise<ListedArchive | null> {
  const { openArchive } = await import("../../index.ts");
  const found = await io.stat(path);
  if (found === null || found.directory) return null;
  const outside = { file, sizeBytes: found.sizeBytes, modified: new Date(found.modifiedMs).toISOString() };
  try {
    await using archive = await openArchive(path, { io, signal });
    const tables = archive.tables();
    const { source, options } = archive.manifest;
    const rows = tables.reduce((sum, one) => sum + one.rows, 0);
    return { ...outside, state: "complete", problem: null, database: source.database, content: contentText(options), startedAt: source.startedAt, rows, tables: tables.length };
  } catch (error) {
    signal.throwIfAborted();
    return { ...outside, state: stateOf(error), problem: messageOf(error), database: null, content: null, startedAt: null, rows: null, tables: null };
  }
}

function stateOf(error: unknown): ListedArchive["state"] {
  if (isPgarkError(error, "ARCHIVE_INCOMPLETE")) return "incomplete";
  return isPgarkError(error, "ARCHIVE_DAMAGED", "NOT_AN_ARCHIVE") ? "damaged" : "unreadable";
}

/** `all`, `schema` or `data`, as the dump was asked for. */
export function contentText(options: unknown): string {
  const content = typeof options === "object" && options !== null && "content" in options ? options.content : undefined;
  return typeof content === "string" ? content : "all";
}

function listText(archives: readonly ListedArchive[]): string {
  const right = "right" as const;
  const rows = archives.map((archive) => [
    archive.file,
    archive.database ?? "",
    archive.content ?? "",
    timeText(archive.startedAt ?? archive.modified),
    bytesText(archive.sizeBytes),
    archive.rows === null ? "" : countText(archive.rows),
    archive.state,
  ]);
  const size = archives.reduce((sum, archive) => sum + archive.sizeBytes, 0);
  return table(
    [{ title: "archive" }, { title: "database" }, { title: "content" }, { title: "started" }, { title: "size", align: right }, { title: "rows", align: right }, { title: "state" }],
    rows,
    [counted(archives.length, "archive"), "", "", "", bytesText(size), "", ""],
  );
}
