/** Names as a user writes them in options, `public.rules` or `public."Old Rules".column`, and what they say about tables. */
import { ident, qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { TableMapping } from "../options.ts";

/** The parts of a dotted SQL name, unquoted. Throws USAGE. */
export function nameParts(written: string): readonly string[] {
  const parts = [...written.matchAll(/\s*(?:"((?:[^"]|"")+)"|([^\s".]+))\s*(\.|$)/gy)];
  const whole = parts.map(([text]) => text).join("");
  if (parts.length === 0 || whole !== written || parts.at(-1)?.[3] !== "") throw new PgarkError("USAGE", `${written} is no name: write schema.table, with double quotes around what is not plain`);
  return parts.map(([, quoted, plain]) => (quoted === undefined ? (plain ?? "").toLowerCase() : quoted.replaceAll('""', '"')));
}

/** A table's name as the engine writes it. Without a schema it is in `public`. */
export function tableName(written: string): string {
  const parts = nameParts(written);
  if (parts.length > 2) throw new PgarkError("USAGE", `${written} is no table: write schema.table`);
  const [schema, table] = parts.length === 1 ? ["public", parts[0]!] : [parts[0]!, parts[1]!];
  return qualified(schema, table);
}

/** Table of the archive → the tables of the target that take its rows. */
export function mappingsByArchiveTable(mapping: Readonly<Record<string, TableMapping>>): ReadonlyMap<string, readonly (readonly [table: string, mapping: TableMapping])[]> {
  const into = new Map<string, (readonly [string, TableMapping])[]>();
  for (const [written, one] of Object.entries(mapping)) {
    const table = tableName(written);
    const from = one.from === undefined ? table : tableName(one.from);
    into.set(from, [...(into.get(from) ?? []), [table, one]]);
  }
  return into;
}

/** What `leaveOut` names: a table has one dot, a column two. */
export function leftOutTables(leaveOut: readonly string[]): ReadonlySet<string> {
  return new Set(leaveOut.filter((written) => nameParts(written).length <= 2).map(tableName));
}

/** The columns of a table of the archive that `leaveOut` names. */
export function leftOutColumns(leaveOut: readonly string[], table: string): ReadonlySet<string> {
  const columns = leaveOut.map(nameParts).filter((parts) => parts.length === 3 && `${ident(parts[0]!)}.${ident(parts[1]!)}` === table);
  return new Set(columns.map((parts) => parts[2]!));
}
