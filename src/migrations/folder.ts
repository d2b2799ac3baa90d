/**
 * Migrations made by drizzle-kit: where a database stands in a folder, how to bring it to a level, how to mark a
 * level without running it. The room reads drizzle's files and journal table itself and never imports
 * drizzle-orm: who installs the package may not have it, and a restore needs "up to the archive's level", while
 * drizzle's own migrator only knows "all". What it writes is what drizzle's migrator writes, so the two can take
 * turns on one database. It promises nothing about what the migrations do, and there is no way down.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { PgarkError } from "../errors.ts";
import { ioError } from "../io/io.ts";
import type { Io } from "../io/io.ts";

export interface Migration {
  /** The file's or folder's name without its ending: `0003_audit`, `20261122153000_audit`. */
  readonly tag: string;
  /** drizzle's clock for the order, in milliseconds: the journal's `when`, or the time in the folder's name. */
  readonly createdAt: number;
  /** SHA-256 of the SQL file, hex, as drizzle writes it into the journal table. */
  readonly hash: string;
  readonly statements: readonly string[];
}

export interface MigrationFolder {
  readonly path: string;
  /** `journal`: drizzle 0.45, meta/_journal.json and one .sql file each. `folders`: drizzle 1.0, one folder each. */
  readonly shape: "journal" | "folders";
  /** Oldest first. */
  readonly migrations: readonly Migration[];
}

/** Between two statements of a migration file. */
const BREAKPOINT = "--> statement-breakpoint";
/** The second of creation that begins the name of a 1.0 folder. */
const STAMPED_NAME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})/;

/**
 * Reads a folder of either shape. Throws `USAGE` when the folder holds no migrations of drizzle-kit, and
 * `IO_FAILED` when a file that the journal names cannot be read.
 */
export async function readFolder(io: Io, path: string): Promise<MigrationFolder> {
  const journal = join(path, "meta", "_journal.json");
  if ((await io.stat(journal)) !== null) return { path, shape: "journal", migrations: await readJournalShape(io, path, journal) };
  const migrations = await readFoldersShape(io, path);
  if (migrations.length === 0) {
    throw new PgarkError("USAGE", `${path} holds no migrations: expected meta/_journal.json or folders with a migration.sql`, {
      object: path,
      hint: "Make the first one with drizzle-kit generate, or correct the folder's path.",
    });
  }
  return { path, shape: "folders", migrations };
}

/**
 * The place of `tag` in the folder, counted from 1, so that it is also how many migrations lead there; `head` is
 * the newest. Throws `USAGE` with the tags that exist.
 */
export function levelOf(folder: MigrationFolder, tag: string): number {
  if (tag === "head") return folder.migrations.length;
  const found = folder.migrations.findIndex((migration) => migration.tag === tag);
  if (found >= 0) return found + 1;
  const known = folder.migrations.map((migration) => migration.tag).join(", ");
  throw new PgarkError("USAGE", `${folder.path} has no migration ${tag}; it has ${known === "" ? "none" : known}`, { object: tag });
}

async function readJournalShape(io: Io, path: string, journal: string): Promise<readonly Migration[]> {
  const entries = parseJournal(await readText(io, journal), journal);
  const migrations: Migration[] = [];
  for (const { tag, when } of entries) migrations.push(migration(tag, when, await readText(io, join(path, `${tag}.sql`))));
  return migrations;
}

async function readFoldersShape(io: Io, path: string): Promise<readonly Migration[]> {
  const migrations: Migration[] = [];
  for (const name of await listNames(io, path)) {
    const file = join(path, name, "migration.sql");
    if ((await io.stat(file)) === null) continue;
    migrations.push(migration(name, timeInName(name, path), await readText(io, file)));
  }
  return migrations;
}

function migration(tag: string, createdAt: number, sql: string): Migration {
  const hash = createHash("sha256").update(sql).digest("hex");
  const statements = sql.split(BREAKPOINT).filter((statement) => statement.trim() !== "");
  return { tag, createdAt, hash, statements };
}

function parseJournal(text: string, file: string): readonly { readonly tag: string; readonly when: number }[] {
  const journal = parseJson(text, file);
  const entries = isRecord(journal) ? journal["entries"] : undefined;
  if (!Array.isArray(entries)) throw new PgarkError("USAGE", `${file} is no drizzle journal: it has no list "entries"`, { object: file });
  return entries.map((entry: unknown, at) => {
    const tag = isRecord(entry) ? entry["tag"] : undefined;
    const when = isRecord(entry) ? entry["when"] : undefined;
    if (typeof tag !== "string" || typeof when !== "number") {
      throw new PgarkError("USAGE", `entry ${at} of ${file} has no tag and when, expected a text and a number`, { object: file });
    }
    return { tag, when };
  });
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PgarkError("USAGE", `${file} is not JSON`, { object: file, cause });
  }
}

/** In drizzle's order, which is by name; the time leads the name. */
async function listNames(io: Io, path: string): Promise<readonly string[]> {
  try {
    return [...(await io.list(path))].sort((a, b) => a.localeCompare(b));
  } catch (error) {
    throw ioError(error, path);
  }
}

function timeInName(name: string, path: string): number {
  const parts = STAMPED_NAME.exec(name)?.slice(1).map(Number);
  if (parts === undefined) {
    throw new PgarkError("USAGE", `${join(path, name)} holds a migration.sql, but its name does not begin with a time like 20261122153000`, { object: name });
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

async function readText(io: Io, path: string): Promise<string> {
  try {
    return await io.readText(path);
  } catch (error) {
    throw ioError(error, path);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
