/** Staged rows whose foreign keys find no parent: found by anti-joins, before anything is written. */
import { ident, literal } from "../../catalog/quote.ts";
import type { TableForeignKey } from "../target-table.ts";
import { sameImage } from "./ground.ts";
import { accuse, type Judgement, keyText, written } from "./judgement.ts";

/** Parents that the same restore will bring: a table of their keys, whose columns are named as the parent's. */
export type ParentsToCome = ReadonlyMap<number, { readonly table: string; readonly columns: readonly string[] }>;

export async function accuseOrphans(judgement: Judgement, toCome: ParentsToCome = new Map()): Promise<void> {
  for (const key of judgement.load.foreignKeys) {
    if (key.enforced && key.columns.every((column) => judgement.ground.staged.has(column))) await accuse(judgement, key.name, orphansOf(judgement, key, toCome), { orphan: true });
  }
}

function orphansOf(judgement: Judgement, key: TableForeignKey, toCome: ParentsToCome): string {
  const { load, rows, verdicts } = judgement;
  const { table } = load;
  const own = key.columns.map((column) => `pgark_s.${ident(column)}`);
  // As the server does: a row whose reference stays as it is, is not asked again.
  const unchanged = `exists (select from ${table.exactly} pgark_t where pgark_t.ctid = pgark_c.pgark_at and pgark_t.tableoid = pgark_c.pgark_of and ${sameImage("pgark_s", "pgark_t", key.columns)})`;
  return `
    select pgark_s.ctid as pgark_row, ${message(key, table.name, own)} as pgark_message
    from ${rows} pgark_s join ${verdicts} pgark_c on pgark_c.pgark_row = pgark_s.ctid
    where ${written(judgement, "pgark_c", key.columns)} and ${lacksParent(key, own, toCome.get(key.parentOid))}
      and (pgark_c.pgark_class = 'new' or not ${unchanged})`;
}

function lacksParent(key: TableForeignKey, own: readonly string[], toCome: { readonly table: string; readonly columns: readonly string[] } | undefined): string {
  const nulls = `pg_catalog.num_nulls(${own.join(", ")})`;
  const places = [key.parentExactly, ...(toCome !== undefined && key.parentColumns.every((column) => toCome.columns.includes(column)) ? [toCome.table] : [])];
  const missing = key.period ? notCovered(key, own, places) : places.map((place) => `not exists (select from ${place} pgark_p where ${matches(key, own)})`).join(" and ");
  return `(${nulls} = 0 and ${missing}${key.matchFull ? ` or ${nulls} between 1 and ${own.length - 1}` : ""})`;
}

function matches({ parentColumns, operators }: TableForeignKey, own: readonly string[]): string {
  return parentColumns.map((column, position) => `pgark_p.${ident(column)} OPERATOR(${operators[position] ?? "pg_catalog.="}) ${own[position]}`).join(" and ");
}

/** The parents' ranges together must hold the child's; a parent with an empty range overlaps nothing. */
function notCovered(key: TableForeignKey, own: readonly string[], places: readonly string[]): string {
  const period = `pgark_p.${ident(key.parentColumns.at(-1) ?? "")}`;
  const ranges = places.map((place) => `select ${period} as pgark_range from ${place} pgark_p where ${matches(key, own)}`).join(" union all ");
  return `not coalesce(${own.at(-1)} OPERATOR(pg_catalog.<@) (select pg_catalog.range_agg(pgark_u.pgark_range) from (${ranges}) pgark_u), false)`;
}

function message({ name, columns, parent, matchFull }: TableForeignKey, table: string, own: readonly string[]): string {
  const says = literal(`insert or update on table ${quoted(table)} violates foreign key constraint "${name}": `);
  const missing = `${keyText(columns, own)} || ${literal(` is not present in table ${quoted(parent)}.`)}`;
  if (!matchFull) return `${says} || ${missing}`;
  return `${says} || case when pg_catalog.num_nulls(${own.join(", ")}) = 0 then ${missing} else 'MATCH FULL does not allow mixing of null and nonnull key values.' end`;
}

/** As the server writes it: the bare name in double quotes. */
function quoted(table: string): string {
  const bare = /(?:"(?:[^"]|"")*"|[^".]+)$/.exec(table)?.[0] ?? table;
  return bare.startsWith('"') ? bare : `"${bare}"`;
}
