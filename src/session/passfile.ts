/** `.pgpass`: passwords by host, port, database and user. https://www.postgresql.org/docs/current/libpq-pgpass.html */
import type { Warning } from "../events.ts";
import { errnoOf, ioError } from "../io/io.ts";
import type { Io } from "../io/io.ts";
import { Secret } from "./secret.ts";

export interface PassfileEntry {
  /** Host, port, database, user; `null` matches anything. */
  readonly pattern: readonly (string | null)[];
  readonly password: Secret;
}

export interface Passfile {
  readonly entries: readonly PassfileEntry[];
  /** Why a file that is there was not read. */
  readonly warning: Warning | undefined;
}

/** Reads the file. One that others could read, or that is no file, is left out with a warning; a missing one is empty. */
export async function readPassfile(path: string, io: Io): Promise<Passfile> {
  try {
    const found = await io.stat(path);
    if (found === null) return { entries: [], warning: undefined };
    if (found.directory) return { entries: [], warning: ignored(path, "is not a plain file") };
    if (process.platform !== "win32" && (found.mode & 0o077) !== 0) {
      return { entries: [], warning: ignored(path, "has group or world access; permissions should be u=rw (0600) or less") };
    }
    return { entries: parsePassfile(await io.readText(path)), warning: undefined };
  } catch (error) {
    if (errnoOf(error) === "EACCES") return { entries: [], warning: ignored(path, "cannot be read") };
    throw ioError(error, path);
  }
}

export function parsePassfile(text: string): readonly PassfileEntry[] {
  const entries: PassfileEntry[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === "" || line.startsWith("#")) continue;
    const match = /^((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):(.*)$/.exec(line);
    if (match === null) continue;
    const [, host = "", port = "", database = "", user = "", password = ""] = match;
    const pattern = [host, port, database, user].map((field) => (field === "*" ? null : unescape(field)));
    entries.push({ pattern, password: new Secret(unescape(password)) });
  }
  return entries;
}

/** The password of the first line that matches, or undefined. */
export function findPassword(entries: readonly PassfileEntry[], key: readonly [host: string, port: string, database: string, user: string]): Secret | undefined {
  return entries.find(({ pattern }) => pattern.every((field, index) => field === null || field === key[index]))?.password;
}

function unescape(field: string): string {
  return field.replace(/\\(.)/g, "$1");
}

function ignored(path: string, why: string): Warning {
  return { code: "PASSFILE_IGNORED", object: path, message: `the password file ${path} was not used: it ${why}` };
}
