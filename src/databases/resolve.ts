/** From a database's name to where it is: its environment variable, else the local server that `up` started. */
import { PgarkError } from "../errors.ts";
import { nodeIo, type Io } from "../io/io.ts";
import { defaultDataFolder } from "../server/folders.ts";
import { readServerState, serverUrl } from "../server/state.ts";
import type { ConfiguredDatabase, PgarkConfig } from "./config.ts";

export interface NamedDatabase extends ConfiguredDatabase {
  /** The connection text; undefined when the variable is not set and no local server was ever started. Not for printing: it may hold a password. */
  readonly url: string | undefined;
  readonly urlFrom: "variable" | "local server" | "nowhere";
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Finds one database by name. Throws `UNKNOWN_DATABASE` with the names that are known. A missing URL is no error yet. */
export async function resolveDatabase(config: PgarkConfig, name: string, environment: Environment = process.env, io: Io = nodeIo): Promise<NamedDatabase> {
  const database = config.databases.find((known) => known.name === name);
  if (database === undefined) throw unknownDatabase(config, name);
  return { ...database, ...(await locate(config, database, environment, io)) };
}

/** All databases of the configuration, in its order. */
export async function resolveDatabases(config: PgarkConfig, environment: Environment = process.env, io: Io = nodeIo): Promise<readonly NamedDatabase[]> {
  return Promise.all(config.databases.map(({ name }) => resolveDatabase(config, name, environment, io)));
}

/** The URL of a resolved database. Throws `CANNOT_CONNECT` saying how to get one. */
export function requireUrl(database: NamedDatabase): string {
  if (database.url !== undefined) return database.url;
  throw new PgarkError("CANNOT_CONNECT", `${database.name}: ${database.urlVariable} is not set and no local server was started here`, {
    object: `database ${database.name}`,
    hint: `Run pgark up, or set ${database.urlVariable} to a connection URL.`,
  });
}

async function locate(config: PgarkConfig, { name, urlVariable }: ConfiguredDatabase, environment: Environment, io: Io): Promise<Pick<NamedDatabase, "url" | "urlFrom">> {
  const set = environment[urlVariable];
  if (set !== undefined && set !== "") return { url: set, urlFrom: "variable" };
  const state = await readServerState(defaultDataFolder(config.folder, environment), io);
  return state === null ? { url: undefined, urlFrom: "nowhere" } : { url: serverUrl(state, name), urlFrom: "local server" };
}

function unknownDatabase(config: PgarkConfig, name: string): PgarkError {
  const known = config.databases.map((database) => database.name);
  const hint =
    config.file === null
      ? `There is no pgark.config.ts in ${config.folder}; any database can be named by --url.`
      : `${config.file} names ${known.length === 0 ? "none" : known.join(", ")}; any other database can be named by --url.`;
  return new PgarkError("UNKNOWN_DATABASE", `there is no database named ${name}; known: ${known.join(", ") || "none"}`, { object: `database ${name}`, hint });
}
