/** The backups folder: is there room, is there a fresh archive of each database, and is anything in it not what it seems? */
import { dirname, join } from "node:path";
import { isPgarkError, messageOf } from "../errors.ts";
import type { Io } from "../io/io.ts";
import { openArchive } from "../open-archive.ts";
import { bad, type Finding, ok, warn } from "./finding.ts";

export interface BackupsReading {
  readonly folder: string;
  readonly freeBytes: number;
  readonly nowMs: number;
  readonly archives: readonly FoundArchive[];
  /** Half files that no running backup writes any more, by name. */
  readonly stale: readonly string[];
}

export interface FoundArchive {
  readonly file: string;
  /** Null when the archive can be opened: footer and manifest stand and fit. */
  readonly problem: string | null;
  /** As the server called it; null with a problem. */
  readonly database: string | null;
  readonly hasRows: boolean;
  readonly startedMs: number;
  /** Others than the owner may read or write it. */
  readonly open: boolean;
}

const DAY_MS = 86_400_000;
const STALE_MS = 3_600_000;

/** Opens every archive of the folder; no rows are read. A folder that is not there yet is empty. */
export async function readBackups(io: Io, folder: string): Promise<BackupsReading> {
  const nowMs = io.nowMs();
  const names = (await io.stat(folder)) === null ? [] : await io.list(folder);
  const archives: FoundArchive[] = [];
  const stale: string[] = [];
  for (const name of names) {
    const found = await io.stat(join(folder, name));
    if (found === null || found.directory) continue;
    if (name.endsWith(".partial") && nowMs - found.modifiedMs > STALE_MS) stale.push(name);
    // The latest names point at archives that are looked at under their own.
    if (!name.endsWith(".ark") || name.endsWith("-latest.ark")) continue;
    archives.push(await look(io, folder, name, (found.mode & 0o077) !== 0));
  }
  return { folder, freeBytes: await io.freeBytes(await existing(io, folder)), nowMs, archives, stale };
}

/** Room and freshness for one database; `sizeBytes` is null when it could not be reached. */
export function checkBackups(name: string, database: string, sizeBytes: number | null, reading: BackupsReading): readonly Finding[] {
  return [...(sizeBytes === null ? [] : [checkSpace(name, sizeBytes, reading)]), checkAge(name, database, reading)];
}

/** What is wrong in the folder itself. */
export function checkFolder({ folder, archives, stale }: BackupsReading): readonly Finding[] {
  const broken = archives.filter(({ problem }) => problem !== null);
  const open = archives.filter((archive) => archive.open);
  const findings = broken.map(({ file, problem }) => bad(`backups: ${file}`, problem ?? "", "It cannot be restored as it stands: make a new backup, and look at what is left of this one with pgark verify."));
  if (open.length > 0) findings.push(warn("backups: permissions", `others may read ${open.map(({ file }) => file).join(", ")}`, `chmod 600 ${open.map(({ file }) => join(folder, file)).join(" ")}`));
  if (stale.length > 0) findings.push(warn("backups: half files", `left by backups that were killed: ${stale.join(", ")}`, `rm ${stale.map((name) => join(folder, name)).join(" ")}`));
  return findings.length > 0 ? findings : [ok("backups", `${archives.length === 1 ? "1 archive" : `${archives.length} archives`} in ${folder}, each with its footer`)];
}

/** Archives are smaller than databases, which hold indexes too; by how much depends on the rows. */
function checkSpace(name: string, sizeBytes: number, { freeBytes, folder }: BackupsReading): Finding {
  const found = `${megabytes(freeBytes)} free for backups, the database has ${megabytes(sizeBytes)}`;
  const fix = `Free some space, or put backups elsewhere with backups in pgark.config.ts or -o; now they go to ${folder}.`;
  if (freeBytes < sizeBytes / 4) return bad(`${name}: space`, found, fix);
  return freeBytes < sizeBytes ? warn(`${name}: space`, found, fix) : ok(`${name}: space`, found);
}

function checkAge(name: string, database: string, { archives, nowMs }: BackupsReading): Finding {
  const [newest] = archives.filter((archive) => archive.problem === null && archive.hasRows && archive.database === database).toSorted((a, b) => b.startedMs - a.startedMs);
  const check = `${name}: last backup`;
  if (newest === undefined) return warn(check, "there is none", `pgark backup ${name}`);
  const hours = (nowMs - newest.startedMs) / 3_600_000;
  const found = `${newest.file}, ${hours < 48 ? `${hours.toFixed(1)} hours` : `${Math.floor(hours / 24)} days`} old`;
  return nowMs - newest.startedMs > DAY_MS ? warn(check, found, `pgark backup ${name}, best every day by a timer`) : ok(check, found);
}

async function look(io: Io, folder: string, file: string, open: boolean): Promise<FoundArchive> {
  try {
    await using archive = await openArchive(join(folder, file), { io });
    const { database, startedAt } = archive.manifest.source;
    return { file, problem: null, database, hasRows: archive.tables().length > 0, startedMs: Date.parse(startedAt), open };
  } catch (error) {
    const problem = isPgarkError(error) ? error.message : `cannot be read: ${messageOf(error)}`;
    return { file, problem, database: null, hasRows: false, startedMs: 0, open };
  }
}

/** The folder, or the nearest above it that exists: where it would be made. */
async function existing(io: Io, folder: string): Promise<string> {
  return (await io.stat(folder)) === null && dirname(folder) !== folder ? existing(io, dirname(folder)) : folder;
}

function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
