/**
 * What is remembered of a local server between commands: one small file beside the data folder, readable only by
 * who started the server, because the password stands in it.
 */
import { dirname, join } from "node:path";
import * as v from "valibot";
import { PgarkError } from "../errors.ts";
import { errnoOf, ioError, type Io } from "../io/io.ts";
import { writeSmallFile } from "../io/tree.ts";

const serverStateSchema = v.object({
  version: v.literal(1),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  user: v.string(),
  /** Null where the server trusts the loopback address (tests). */
  password: v.nullable(v.string()),
  binFolder: v.string(),
  serverVersion: v.string(),
});

export type ServerState = Readonly<v.InferOutput<typeof serverStateSchema>>;

/** `pgark-server.json` beside the data folder. */
export function stateFile(dataFolder: string): string {
  return join(dirname(dataFolder), "pgark-server.json");
}

export async function writeServerState(dataFolder: string, state: ServerState): Promise<void> {
  const path = stateFile(dataFolder);
  try {
    await writeSmallFile(path, `${JSON.stringify(state, null, 2)}\n`, 0o600);
  } catch (error) {
    throw ioError(error, path);
  }
}

/** The state that was written for this data folder, or null when no server was ever started there. Throws when the file is damaged. */
export async function readServerState(dataFolder: string, io: Io): Promise<ServerState | null> {
  const path = stateFile(dataFolder);
  let text: string;
  try {
    text = await io.readText(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return null;
    throw ioError(error, path);
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), serverStateSchema), text);
  if (!parsed.success) {
    throw new PgarkError("IO_FAILED", `${path} is not a server state: ${parsed.issues[0].message}`, {
      object: path,
      hint: "Stop the server, delete this one file and run pgark up again: a new password is set, the data stays.",
    });
  }
  return parsed.output;
}

/** The URL of a database on the server the state describes. The password is in it: not for printing. */
export function serverUrl(state: Pick<ServerState, "port" | "user" | "password">, database: string): string {
  const secret = state.password === null ? "" : `:${encodeURIComponent(state.password)}`;
  return `postgres://${encodeURIComponent(state.user)}${secret}@127.0.0.1:${state.port}/${encodeURIComponent(database)}`;
}
