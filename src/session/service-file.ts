/** `pg_service.conf`: named sets of connection settings. https://www.postgresql.org/docs/current/libpq-pgservice.html */
import { PgarkError } from "../errors.ts";
import { errnoOf, ioError } from "../io/io.ts";
import type { ConnectionEnvironment } from "./conninfo.ts";
import { isKeyword } from "./keywords.ts";
import type { KeywordValues } from "./keywords.ts";

/** Where packaged libpqs look when PGSYSCONFDIR does not say: Debian's folder, then that of the RPMs. */
const SYSTEM_FOLDERS = ["/etc/postgresql-common", "/etc/sysconfig/pgsql"];

/** The settings of the service `name`: the user's file first, then the system's. Fails when neither has it. */
export async function readService(name: string, environment: ConnectionEnvironment): Promise<KeywordValues> {
  const own = environment.env["PGSERVICEFILE"];
  const system = environment.env["PGSYSCONFDIR"];
  const folders = system === undefined ? SYSTEM_FOLDERS : [system];
  const paths = [own ?? `${environment.homeDirectory}/.pg_service.conf`, ...folders.map((folder) => `${folder}/pg_service.conf`)];
  for (const path of paths) {
    const text = await readIfThere(path, environment);
    if (text === undefined && path === own) throw new PgarkError("USAGE", `service file "${path}" not found`);
    const values = text === undefined ? undefined : parseServiceFile(text, name, path);
    if (values !== undefined) return values;
  }
  throw new PgarkError("USAGE", `definition of service "${name}" not found`, { hint: `Looked in ${paths.join(", ")}.` });
}

/** The section `[name]` of the file, or undefined when it has none. */
export function parseServiceFile(text: string, name: string, path: string): KeywordValues | undefined {
  let values: KeywordValues | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[")) {
      if (values !== undefined) return values;
      if (line === `[${name}]`) values = new Map();
    } else if (values !== undefined) {
      readLine(line, values, `service file "${path}", line ${index + 1}`);
    }
  }
  return values;
}

function readLine(line: string, values: KeywordValues, place: string): void {
  const equals = line.indexOf("=");
  if (equals === -1) throw new PgarkError("USAGE", `syntax error in ${place}: "=" expected`);
  const name = line.slice(0, equals);
  if (name === "service") throw new PgarkError("USAGE", `nested service specifications not supported in ${place}`);
  if (!isKeyword(name)) throw new PgarkError("USAGE", `invalid connection option "${name}" in ${place}`);
  // The first of two equal keywords counts, as with libpq.
  if (!values.has(name)) values.set(name, line.slice(equals + 1));
}

async function readIfThere(path: string, { io }: ConnectionEnvironment): Promise<string | undefined> {
  try {
    return await io.readText(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw ioError(error, path);
  }
}
