/** Settings that hang on an object (`proconfig`, `setconfig`): `name=value` as the server keeps it, as a SET clause. */
import { ident, literal } from "./quote.ts";

/**
 * Settings whose value is a list of names. The server keeps them already quoted, as one text; SET would take that
 * text for a single name, so the list is taken apart and each name quoted again. Extensions cannot add to these.
 */
const LISTS: ReadonlySet<string> = new Set([
  "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories",
]);

/** `SET search_path TO 'app', 'pg_temp'` from `search_path=app, pg_temp`. */
export function settingClause(setting: string): string {
  const equals = setting.indexOf("=");
  const name = setting.slice(0, equals);
  const value = setting.slice(equals + 1);
  const values = LISTS.has(name.toLowerCase()) ? splitNames(value) : [value];
  return `SET ${ident(name)} TO ${values.map(literal).join(", ")}`;
}

/** Splits a list of names: commas between, double quotes around names that need them, doubled inside. */
export function splitNames(list: string): readonly string[] {
  const names: string[] = [];
  for (const [, quoted, bare] of list.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,"\s][^,]*?))\s*(?:,|$)/g)) {
    names.push(quoted?.replaceAll('""', '"') ?? bare ?? "");
  }
  // An empty list is written as one empty name, as pg_dump does.
  return names.length > 0 ? names : [""];
}
