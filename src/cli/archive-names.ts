/**
 * What archives are called: `<db>-YYYYMMDD-HHMMSS.ark`, `<db>-data-…`, `<db>-schema-…`, and the name `…-latest.ark`
 * that always points at the newest. Times are UTC, so that names sort by time through every change of clocks.
 */
import type { Content } from "../options.ts";
import { errnoOf, type Io } from "../io/io.ts";
import { join } from "node:path";

/** `rulesdb-data-20260301-140509.ark` */
export function archiveName(database: string, content: Content, timeMs: number): string {
  const [date, time] = new Date(timeMs).toISOString().replaceAll(/[-:]/g, "").split(/[T.]/);
  return `${stem(database, content)}-${date}-${time}.ark`;
}

/** `rulesdb-data-latest.ark` */
export function latestName(database: string, content: Content): string {
  return `${stem(database, content)}-latest.ark`;
}

/** The newest archive of the database and content among the names of a folder, or null. */
export function newestName(names: readonly string[], database: string, content: Content): string | null {
  const start = `${stem(database, content)}-`;
  const found = names.filter((name) => name.startsWith(start) && /^\d{8}-\d{6}\.ark$/.test(name.slice(start.length)));
  return found.toSorted().at(-1) ?? null;
}

/**
 * Points the latest name at the newest archive in the folder, in one step. A run that began earlier and ended later than
 * another does not move it back, because the newest name wins whoever comes last.
 * Gives the latest name, or null when the file system has no symbolic links.
 */
export async function moveLatest(io: Io, folder: string, database: string, content: Content): Promise<string | null> {
  const latest = latestName(database, content);
  let newest = newestName(await io.list(folder), database, content);
  while (newest !== null) {
    const temporary = join(folder, `.${latest}.${Buffer.from(io.random(6)).toString("hex")}`);
    try {
      await io.symlink(newest, temporary);
    } catch (error) {
      if (["EPERM", "ENOTSUP", "ENOSYS"].includes(errnoOf(error) ?? "")) return null;
      throw error;
    }
    await io.renameOver(temporary, join(folder, latest));
    // Another run may have finished between the look and the move.
    const now = newestName(await io.list(folder), database, content);
    if (now === newest) break;
    newest = now;
  }
  await io.syncDirectory(folder);
  return latest;
}

function stem(database: string, content: Content): string {
  return content === "all" ? fileSafe(database) : `${fileSafe(database)}-${content}`;
}

/** A database may be called anything; a file of it stays in its folder and is easy to type. */
function fileSafe(database: string): string {
  return database.replaceAll(/[^\p{L}\p{N}._-]/gu, "_").replace(/^[.-]/, "_");
}
