/** The rival's programs: the newest pg_dump that is found, and the pg_restore beside it. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { defaultCacheFolder } from "../src/index.ts";

export interface Programs {
  readonly dump: string;
  readonly restore: string;
  /** `18.1` */
  readonly version: string;
}

const run = promisify(execFile);

/**
 * Looks beside the server, in PGARK_PG_BIN, in the cache of fetched servers, in Debian's folders and in PATH. Throws when
 * there is none that can dump a server of this version.
 */
export async function findPrograms(serverBinFolder: string, serverVersion: string): Promise<Programs> {
  const found = (await Promise.all((await folders(serverBinFolder)).map(inspect))).filter((programs) => programs !== null);
  const [newest] = found.toSorted((a, b) => compareVersions(b.version, a.version));
  if (newest === undefined || compareVersions(newest.version, String(Number.parseInt(serverVersion, 10))) < 0) {
    throw new Error(`no pg_dump for a server ${serverVersion} was found (newest: ${newest?.version ?? "none"}); name its folder with PGARK_PG_BIN`);
  }
  return newest;
}

/** By their numbers: `9.6` before `10`, `17.2` before `17.10`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(".").map((part) => Number.parseInt(part, 10)));
  return (left?.[0] ?? 0) - (right?.[0] ?? 0) || (left?.[1] ?? 0) - (right?.[1] ?? 0);
}

async function folders(serverBinFolder: string): Promise<readonly string[]> {
  const below = async (base: string) => (await readdir(base).catch(() => [])).map((name) => join(base, name, "bin"));
  const named = [serverBinFolder, process.env["PGARK_PG_BIN"] ?? "", ...(process.env["PATH"] ?? "").split(delimiter)];
  return [...new Set([...named.filter((folder) => isAbsolute(folder)), ...(await below(defaultCacheFolder())), ...(await below("/usr/lib/postgresql"))])];
}

async function inspect(folder: string): Promise<Programs | null> {
  const programs = { dump: join(folder, "pg_dump"), restore: join(folder, "pg_restore") };
  const [dumpVersion, restoreVersion] = await Promise.all([versionOf(programs.dump), versionOf(programs.restore)]);
  return dumpVersion === null || dumpVersion !== restoreVersion ? null : { ...programs, version: dumpVersion };
}

async function versionOf(program: string): Promise<string | null> {
  const said = await run(program, ["--version"]).catch(() => null);
  return /\(PostgreSQL\) (\d+(?:\.\d+)?)/.exec(said?.stdout ?? "")?.[1] ?? null;
}
