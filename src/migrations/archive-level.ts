/**
 * Where an archive stands beside a target and beside a folder: the migrations that its database had when it was dumped.
 * Pure. The folder, where there is one, gives names and recognizes migrations whose files were edited since.
 */
import { PgarkError } from "../errors.ts";
import type { Migration, MigrationFolder } from "./folder.ts";
import { type AppliedMigration, compareLevels, matchRows, pairUp } from "./journal.ts";

/** What an archive's manifest or a target's journal names, oldest first; null where there is no journal. */
export type Applied = readonly AppliedMigration[] | null;

export interface ArchiveLevel {
  /**
   * `archive-newer`: the target lacks migrations. `archive-older`: the archive's database lacked some. `diverged`: both, or one side
   * lacks a migration that comes before one that both have.
   */
  readonly state: "equal" | "archive-older" | "archive-newer" | "diverged" | "archive-without-journal" | "target-without-journal" | "no-journals";
  /** What the archive's database had and the target has not: tags where the folder knows them. */
  readonly targetLacks: readonly string[];
  /** What the target has and the archive's database had not. */
  readonly archiveLacks: readonly string[];
  /** What both have, but with another content. */
  readonly edited: readonly string[];
}

/** Holds an archive's migrations against a target's. Without a folder they are told apart by hashes and times alone. */
export function compareWithArchive(archived: Applied, applied: Applied, folder: MigrationFolder | null): ArchiveLevel {
  const known = { archive: tagsOf(archived ?? [], folder), target: tagsOf(applied ?? [], folder) };
  const targetOf = pairRows(archived ?? [], applied ?? [], known);
  const archiveRows = new Map([...targetOf].map(([inArchive, inTarget]) => [inTarget, inArchive]));
  const lackedByTarget = (archived ?? []).filter((row) => !targetOf.has(row));
  const lackedByArchive = (applied ?? []).filter((row) => !archiveRows.has(row));
  const hole = hasHole(archived ?? [], targetOf) || hasHole(applied ?? [], archiveRows);
  return {
    state: stateOf(archived, applied, lackedByTarget.length > 0, lackedByArchive.length > 0, hole),
    targetLacks: lackedByTarget.map((row) => nameOf(row, known.archive)),
    archiveLacks: lackedByArchive.map((row) => nameOf(row, known.target)),
    edited: [...targetOf].filter(([inArchive, inTarget]) => inArchive.hash !== inTarget.hash).map(([row]) => nameOf(row, known.archive)),
  };
}

/**
 * Why the rows of an archive may not go into a target as it stands: the target lacks migrations, which are named. Null when
 * it lacks none: an archive that is older is fine, and without two journals there is nothing to compare.
 */
export function migrationsRefusal(archived: Applied, applied: Applied, folder: MigrationFolder | null): PgarkError | null {
  const { state, targetLacks, archiveLacks } = compareWithArchive(archived, applied, folder);
  if ((state !== "archive-newer" && state !== "diverged") || targetLacks.length === 0) return null;
  const lacks = `the archive's database had ${counted(targetLacks)} that the target has not: ${targetLacks.join(", ")}`;
  const has = archiveLacks.length === 0 ? "" : `; and the target has ${counted(archiveLacks)} that it had not: ${archiveLacks.join(", ")}`;
  return new PgarkError(state === "diverged" ? "MIGRATIONS_DIVERGED" : "MIGRATIONS_NEWER", `${lacks}${has}`, { object: folder?.path, hint: hintFor(archived ?? [], folder) });
}

/**
 * The tag of the level at which the archive's database stood in the folder. Throws `USAGE` when it had no migrations,
 * `MIGRATIONS_NEWER` with the names that the folder lacks, and `MIGRATIONS_DIVERGED` when it lacked one of an earlier level.
 */
export function levelOfArchive(folder: MigrationFolder, archived: Applied): string {
  const { state, applied, pending, unknown } = compareLevels(folder, archived ?? []);
  const last = applied.at(-1);
  if (unknown.length > 0) {
    const names = (archived ?? []).filter((row) => unknown.includes(row.name ?? row.hash)).map((row) => nameOf(row, new Map()));
    throw new PgarkError("MIGRATIONS_NEWER", `the archive's database had ${counted(names)} that ${folder.path} lacks: ${names.join(", ")}`, { object: folder.path, hint: FIND_FOLDER });
  }
  if (last === undefined) {
    const found = archived === null ? "no drizzle journal" : "a drizzle journal without migrations";
    throw new PgarkError("USAGE", `the archive's database had ${found}, so there is no level to migrate to`, { hint: "Restore the archive's rows alone, into a migrated database." });
  }
  if (state === "diverged") {
    throw new PgarkError("MIGRATIONS_DIVERGED", `the archive's database had ${last}, but not ${pending[0]}, which comes before it in ${folder.path}; expected it to stand at a level of the folder`, {
      object: folder.path,
      hint: FIND_FOLDER,
    });
  }
  return last;
}

const FIND_FOLDER = "Take the folder that the archive's database was migrated with.";

type Tags = ReadonlyMap<AppliedMigration, Migration>;

function tagsOf(rows: readonly AppliedMigration[], folder: MigrationFolder | null): Tags {
  if (folder === null) return new Map();
  return new Map([...matchRows(folder, rows)].map(([migration, row]) => [row, migration]));
}

/**
 * Which row of the archive and which of the target stand for one migration. What the folder knows on both sides is settled
 * by it; the rest goes by hash and time, as `matchRows` does it.
 */
function pairRows(archived: readonly AppliedMigration[], applied: readonly AppliedMigration[], known: { readonly archive: Tags; readonly target: Tags }): ReadonlyMap<AppliedMigration, AppliedMigration> {
  const open = (a: AppliedMigration, b: AppliedMigration) => !known.archive.has(a) || !known.target.has(b);
  return pairUp(archived, applied, [
    (a, b) => !open(a, b) && known.archive.get(a) === known.target.get(b),
    (a, b) => open(a, b) && a.hash === b.hash && a.createdAt === b.createdAt,
    (a, b) => open(a, b) && a.hash === b.hash,
    (a, b) => open(a, b) && a.createdAt !== "" && a.createdAt === b.createdAt,
    // drizzle 1.0 keeps whole seconds of what 0.45 had in milliseconds.
    (a, b) => open(a, b) && a.createdAt !== "" && b.createdAt !== "" && sameSecond(Number(a.createdAt), Number(b.createdAt)),
  ]);
}

function sameSecond(a: number, b: number): boolean {
  return (a % 1000 === 0 || b % 1000 === 0) && Math.floor(a / 1000) === Math.floor(b / 1000);
}

/** Whether a row that the other side lacks comes before one that it has. */
function hasHole(rows: readonly AppliedMigration[], paired: ReadonlyMap<AppliedMigration, AppliedMigration>): boolean {
  const missing = rows.findIndex((row) => !paired.has(row));
  return missing >= 0 && rows.slice(missing).some((row) => paired.has(row));
}

function stateOf(archived: Applied, applied: Applied, targetLacks: boolean, archiveLacks: boolean, hole: boolean): ArchiveLevel["state"] {
  if (archived === null) return applied === null ? "no-journals" : "archive-without-journal";
  if (applied === null) return "target-without-journal";
  if (hole || (targetLacks && archiveLacks)) return "diverged";
  if (targetLacks) return "archive-newer";
  return archiveLacks ? "archive-older" : "equal";
}

/** The folder's tag, else the journal's name, else what can be said of a hash: `3f0c1a…` and its day. */
function nameOf(row: AppliedMigration, tags: Tags): string {
  const tag = tags.get(row)?.tag ?? row.name;
  if (tag !== undefined && tag !== null) return tag;
  const date = new Date(row.createdAt === "" ? Number.NaN : Number(row.createdAt));
  // A journal can hold any number; only some are times.
  return `${row.hash.slice(0, 12)}…${Number.isNaN(date.getTime()) ? "" : ` of ${date.toISOString().slice(0, 10)}`}`;
}

function hintFor(archived: readonly AppliedMigration[], folder: MigrationFolder | null): string {
  if (folder === null || compareLevels(folder, archived).unknown.length === 0) return "Migrate the target first, then restore.";
  return `${folder.path} does not know all of them. ${FIND_FOLDER}`;
}

function counted(names: readonly string[]): string {
  return `${names.length} migration${names.length === 1 ? "" : "s"}`;
}
