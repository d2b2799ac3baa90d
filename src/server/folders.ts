/** Where the local server keeps things: programs in a cache that may be deleted, data outside the repository. */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Server programs that were fetched. `PGARK_CACHE`, else /var/cache/pgark for root, else below the user's cache folder. */
export function defaultCacheFolder(environment: Environment = process.env, uid: number | undefined = process.getuid?.()): string {
  const set = environment["PGARK_CACHE"];
  if (set !== undefined && set !== "") return resolve(set);
  // Root's own home is closed to the user the server runs as; /var/cache is not.
  if (uid === 0) return "/var/cache/pgark";
  return join(baseFolder(environment, "XDG_CACHE_HOME", ".cache"), "pgark");
}

/**
 * The cluster of one project: `<base>/<project>-<hash>/data`, so that two clones do not collide. `PGARK_DATA`
 * replaces the base, which is /var/lib/pgark for root and the user's state folder otherwise.
 */
export function defaultDataFolder(
  projectFolder: string,
  environment: Environment = process.env,
  uid: number | undefined = process.getuid?.(),
): string {
  return join(dataBase(environment, uid), projectName(projectFolder), "data");
}

/** Readable, and different for every folder: the last path segment and eight digits of the path's hash. */
export function projectName(projectFolder: string): string {
  const path = resolve(projectFolder);
  const readable = basename(path).replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 40);
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 8);
  return readable === "" ? hash : `${readable}-${hash}`;
}

function dataBase(environment: Environment, uid: number | undefined): string {
  const set = environment["PGARK_DATA"];
  if (set !== undefined && set !== "") return resolve(set);
  if (uid === 0) return "/var/lib/pgark";
  return join(baseFolder(environment, "XDG_STATE_HOME", ".local/state"), "pgark");
}

function baseFolder(environment: Environment, variable: string, belowHome: string): string {
  const set = environment[variable];
  // The XDG specification: relative paths are to be ignored.
  if (set !== undefined && set.startsWith("/")) return set;
  return join(environment["HOME"] || homedir(), belowHome);
}
