/**
 * Inheritance children whose columns stand in another order than INHERITS would put them, because a parent got
 * columns after its children. pg_dump moves such columns. Here a stand-in for the parents gets its columns one by one,
 * in turn with the child's own, so that each lands in its place and counts as inherited; then the parents take over.
 */
import { collateClause, type DefinedColumn } from "./columns.ts";
import type { DdlContext } from "./kind.ts";
import { ident, qualified } from "./quote.ts";
import { columnClause, standsAlone } from "./table-columns.ts";
import { checkClauses, type TableLike } from "./table-parts.ts";

export interface OrderedTable extends TableLike {
  /** Whether the columns stand in another order than INHERITS would put them. */
  readonly ownOrder: boolean;
}

/** For relation `c` with `parents` of table-parts.ts: where each column would come to stand, compared with where it does. */
export const OWN_ORDER = /* sql */ `(parents.parents is not null and not c.relispartition and coalesce((
      select array_agg(a.attname order by a.attnum) <> array_agg(a.attname order by inherited.first nulls last, a.attnum)
      from pg_catalog.pg_attribute a
      cross join lateral (
        select min(array[i.inhseqno, pa.attnum::int4]) as first
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_attribute pa on pa.attrelid = i.inhparent and pa.attname = a.attname and pa.attnum > 0 and not pa.attisdropped
        where i.inhrelid = c.oid) inherited
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), false))`;

/** Whether the table is made by `inOwnOrder`. A generated column may name any other: only where all come last are those there already. */
export function keepsOwnOrder(t: OrderedTable, context: DdlContext): boolean {
  return t.ownOrder && !standsAlone(t, context) && generatedComeLast(t.columns);
}

function generatedComeLast(columns: readonly DefinedColumn[]): boolean {
  const first = columns.findIndex(({ generated }) => generated !== null);
  return first === -1 || columns.slice(first).every(({ generated, generationInherited, local }) => generated !== null && !(local && generationInherited));
}

/** `create`: the CREATE TABLE of the table with these columns and parents. */
export function inOwnOrder(t: OrderedTable, context: DdlContext, create: (parents: readonly string[]) => string): readonly string[] {
  const target = qualified(t.schema, t.name);
  const standIn = qualified(t.schema, "pgark stands in for the parents");
  const alter = (column: DefinedColumn) =>
    column.local ? `ALTER TABLE ONLY ${target} ADD COLUMN ${columnClause(column, t, context)};` : `ALTER TABLE ${standIn} ADD COLUMN ${inheritedClause(column)};`;
  // What comes late comes with the parents'.
  const inheritedChecks = t.checks.filter(({ local, late, key }) => !local && !late && !context.separate.has(key));
  // They may name a column that is the child's own as well as its parents'.
  const shared = inheritedChecks.length === 0 ? [] : t.columns.filter(({ local, generated }) => local && generated === null);
  const ownNotNulls = t.columns.filter(({ local, notNullLocal, notNullConstraint }) => !local && notNullLocal && notNullConstraint?.late === false);
  return [
    `CREATE TABLE ${standIn} ();`,
    create([standIn]),
    ...t.columns.map(alter),
    ...ownNotNulls.map((column) => `ALTER TABLE ONLY ${target} ADD ${columnClause(column, t, context)};`),
    ...shared.map((column) => `ALTER TABLE ${standIn} ADD COLUMN ${ident(column.name)} ${column.type}${collateClause(column)};`),
    ...inheritedChecks.map((check) => `ALTER TABLE ${standIn} ADD CONSTRAINT ${ident(check.name)} ${check.definition};`),
    ...checkClauses(t, context).map((clause) => `ALTER TABLE ONLY ${target} ADD ${clause};`),
    ...t.parents.map((parent) => `ALTER TABLE ONLY ${target} INHERIT ${qualified(parent.schema, parent.name)};`),
    `ALTER TABLE ONLY ${target} NO INHERIT ${standIn};`,
    `DROP TABLE ${standIn};`,
  ];
}

/** Without a default: those of inherited columns are written alone. */
function inheritedClause(column: DefinedColumn): string {
  const { notNull, notNullLocal, notNullConstraint: constraint } = column;
  const named = constraint === null ? "" : `CONSTRAINT ${ident(constraint.name)} `;
  const generated = column.generated === null ? [] : [`GENERATED ALWAYS AS (${column.generationExpression})${column.generated === "stored" ? " STORED" : ""}`];
  return [ident(column.name), column.type + collateClause(column), ...generated, ...(notNull && !notNullLocal && constraint?.late !== true ? [`${named}NOT NULL`] : [])].join(" ");
}
