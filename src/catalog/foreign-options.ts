/** `OPTIONS (…)` of foreign-data wrappers, servers, user mappings, foreign tables and their columns. */
import { ident, literal } from "./quote.ts";

export interface ForeignOption {
  readonly name: string;
  readonly value: string;
}

/** The options in the column as json, in the order in which the server keeps them; empty where there are none. */
export function foreignOptionsSql(column: string): string {
  return /* sql */ `(
    select coalesce(json_agg(json_build_object('name', o.option_name, 'value', o.option_value) order by o.position), '[]'::json)
    from pg_catalog.pg_options_to_table(${column}) with ordinality o (option_name, option_value, position))`;
}

/** ` OPTIONS (host 'db', port '5432')`, or nothing where there are none. */
export function foreignOptionsClause(options: readonly ForeignOption[], before = " "): string {
  if (options.length === 0) return "";
  return `${before}OPTIONS (${options.map(({ name, value }) => `${ident(name)} ${literal(value)}`).join(", ")})`;
}
