/** Server programs in a folder: are they there, which version, and can that server do `create extension vector`. */
import { dirname, join } from "node:path";
import { PgarkError } from "../errors.ts";
import type { Io } from "../io/io.ts";
import { realPath } from "../io/tree.ts";
import { runProgram } from "./run-as.ts";

/** Where a server was found: named by a setting, installed, unpacked earlier, fetched now, or from npm. */
export type BinariesFrom = "setting" | "local" | "cache" | "fetched" | "npm";

export interface ServerBinaries {
  /** Holds `postgres` and `initdb`; `psql` and `pg_dump` too, unless it came from npm. */
  readonly binFolder: string;
  /** As the server says it: `17.11`. */
  readonly version: string;
  readonly major: number;
  readonly hasVector: boolean;
  readonly from: BinariesFrom;
  /** Why there is no pgvector although it was wanted, and the ways to get it. Null when all is as wanted. */
  readonly vectorMissing: string | null;
}

/** What the folder holds, or null when it does not hold a server that runs. */
export async function inspectBinaries(binFolder: string, from: BinariesFrom, io: Io): Promise<ServerBinaries | null> {
  if ((await io.stat(join(binFolder, "postgres"))) === null || (await io.stat(join(binFolder, "initdb"))) === null) return null;
  const version = await serverVersion(binFolder).catch(() => null);
  if (version === null) return null;
  const major = Number.parseInt(version, 10);
  return { binFolder, version, major, hasVector: await hasVector(binFolder, major, io), from, vectorMissing: null };
}

/** `17.11` out of `postgres (PostgreSQL) 17.11 (Debian 17.11-0+deb13u1)`; a beta is `19beta1`. */
export function parseServerVersion(said: string): string | null {
  return /^postgres \(PostgreSQL\) (\d+\S*)/.exec(said)?.[1] ?? null;
}

async function serverVersion(binFolder: string): Promise<string> {
  const program = join(binFolder, "postgres");
  const said = await runProgram(program, ["--version"]);
  const version = parseServerVersion(said.stdout);
  if (version === null) {
    throw new PgarkError("SERVER_NOT_FOUND", `${program} --version says no version: ${(said.stdout + said.stderr).trim()}`, { object: program });
  }
  return version;
}

async function hasVector(binFolder: string, major: number, io: Io): Promise<boolean> {
  for (const folder of await shareFolders(binFolder, major)) {
    if ((await io.stat(join(folder, "extension", "vector.control"))) !== null) return true;
  }
  return false;
}

/** Where the server's `extension` folder may stand: as its own pg_config says, else as the known layouts have it. */
async function shareFolders(binFolder: string, major: number): Promise<readonly string[]> {
  const program = (await realPath(join(binFolder, "postgres"))) ?? join(binFolder, "postgres");
  const real = dirname(program);
  const asked = await runProgram(join(real, "pg_config"), ["--sharedir"]).catch(() => null);
  if (asked?.exitCode === 0 && asked.stdout.trim() !== "") return [asked.stdout.trim()];
  return [
    join(real, "../share/postgresql"),
    join(real, `../share/postgresql@${major}`),
    join(real, "../share"),
    join(real, "../share/pgsql"),
    // Debian: /usr/lib/postgresql/17/bin and /usr/share/postgresql/17.
    join(real, `../../../../share/postgresql/${major}`),
  ];
}
