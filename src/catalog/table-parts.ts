/** What tables and foreign tables have in common besides their columns: parents, checks, and what is said of inherited columns. */
import type { DefinedColumn } from "./columns.ts";
import type { DdlContext, Key } from "./kind.ts";
import { isLate } from "./late-constraints.ts";
import { ident, qualified } from "./quote.ts";
import type { RelationName } from "./relation-fragments.ts";
import { isPrinted, notNullClause } from "./table-columns.ts";

/** A table or foreign table, as far as columns, parents and checks go. */
export interface TableLike {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly DefinedColumn[];
  /** What it inherits from, or is a partition of, in the order of INHERITS. */
  readonly parents: readonly RelationName[];
  readonly isPartition: boolean;
  /** Inherits, and has its columns in another order than INHERITS would put them. Not asked of foreign tables. */
  readonly ownOrder?: boolean;
  /** `CREATE TABLE … OF` this composite type. */
  readonly typeOf?: string | null;
  readonly checks: readonly TableCheck[];
}

/** A CHECK constraint as its table sees it. */
export interface TableCheck {
  readonly key: Key;
  readonly name: string;
  /** `CHECK ((price > 0)) NO INHERIT`. */
  readonly definition: string;
  readonly validated: boolean;
  /** False when it comes from a parent alone. */
  readonly local: boolean;
  readonly noInherit: boolean;
  readonly enforced: boolean;
  /** It comes after the rows: it is NOT VALID, or comes from a parent's that is. */
  readonly late: boolean;
}

/** Common table expressions `checks (relation, checks)` and `parents (relation, parents)`, json arrays both. `LATE_CONSTRAINTS` comes before. */
export function checksAndParents(serverVersion: number): string {
  return /* sql */ `checks as (
    select k.conrelid as relation, json_agg(json_build_object(
        'key', 'pg_constraint/' || k.oid,
        'name', k.conname,
        'definition', pg_catalog.pg_get_constraintdef(k.oid),
        'validated', k.convalidated,
        'local', k.conislocal,
        'noInherit', k.connoinherit,
        'late', ${isLate("k")},
        'enforced', ${serverVersion < 180_000 ? "true" : "k.conenforced"}) order by k.conname) as checks
    from pg_catalog.pg_constraint k
    where k.contype = 'c' and k.conrelid <> 0
    group by k.conrelid
  ),
  parents as (
    select i.inhrelid as relation, json_agg(json_build_object(
        'key', 'pg_class/' || i.inhparent, 'schema', pn.nspname, 'name', pc.relname) order by i.inhseqno) as parents
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class pc on pc.oid = i.inhparent and pc.relkind in ('r', 'p', 'f')
    join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
    group by i.inhrelid
  )`;
}

/** The defaults, checks and NOT NULL constraints that come into being with the table, also those that a parent brings: their comments are written with it. */
export function partsOf(t: Pick<TableLike, "columns" | "checks" | "isPartition">): readonly Key[] {
  const defaults = t.columns.flatMap((column) => (column.defaultKey !== null && isPrinted(column, t) && !column.generationInherited ? [column.defaultKey] : []));
  const checks = t.checks.flatMap((check) => (check.late ? [] : [check.key]));
  const notNulls = t.columns.flatMap(({ notNullConstraint }) => (notNullConstraint === null || notNullConstraint.late ? [] : [notNullConstraint.key]));
  return [...defaults, ...checks, ...notNulls];
}

/** The checks' lines in CREATE TABLE. */
export function checkClauses(t: TableLike, context: DdlContext): readonly string[] {
  const inline = t.checks.filter((check) => !check.late && isInlineCheck(check, t) && !context.separate.has(check.key));
  return inline.map(({ name, definition }) => `CONSTRAINT ${ident(name)} ${definition}`);
}

/** ATTACH PARTITION wants a partition to have all checks already; an inheritance child gets its parents' by itself. */
function isInlineCheck(check: TableCheck, t: Pick<TableLike, "isPartition">): boolean {
  return check.local || t.isPartition;
}

/** What an inheritance child says of columns that its CREATE does not name, because naming them would make them local. */
export function inheritedColumnStatements(t: TableLike, context: DdlContext): readonly string[] {
  const statements: string[] = [];
  for (const column of t.columns) {
    if (isPrinted(column, t)) continue;
    const alter = `ALTER TABLE ONLY ${qualified(t.schema, t.name)} ALTER COLUMN ${ident(column.name)}`;
    // From 18 on it is a constraint with a name, and stands in the CREATE.
    if (context.serverVersion < 180_000 && notNullClause(column, t, context) !== null) statements.push(`${alter} SET NOT NULL;`);
    if (column.hidesParentDefault) statements.push(`${alter} SET DEFAULT NULL;`);
  }
  return statements;
}
