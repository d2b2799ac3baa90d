/** How a column stands in `CREATE TABLE`: which columns are named at all, and what is said of each. */
import { collateClause, type DefinedColumn } from "./columns.ts";
import type { DdlContext } from "./kind.ts";
import { ident } from "./quote.ts";
import type { TableLike } from "./table-parts.ts";

/** Whether CREATE TABLE names the column. Naming an inherited one would make it local; a partition names all, as it is created alone. */
export function isPrinted(column: Pick<DefinedColumn, "local">, table: Pick<TableLike, "isPartition">): boolean {
  return column.local || table.isPartition;
}

/**
 * Whether CREATE TABLE can do without the parents, which are joined afterwards. A partition always does. An
 * inheritance child does when nothing in it comes from a parent alone; INHERITS would put the parents' columns first,
 * and a child that joined its parent later keeps its own order only this way.
 */
export function standsAlone(table: TableLike, context: DdlContext): boolean {
  if (table.parents.length === 0 || table.isPartition) return true;
  // Before 18 nothing says whose NOT NULL it is. Made alone, 18 would take it for the child's own: only the order of columns is worth that.
  if (context.serverVersion < 180_000 && table.ownOrder === false) return false;
  return (
    table.columns.every((column) => column.local && (column.notNullConstraint === null || (column.notNullLocal && column.notNullConstraint.validated))) &&
    table.checks.every((check) => check.local && check.validated && !context.separate.has(check.key))
  );
}

/** The column's line in CREATE TABLE, null when it has none. `behindType` is what a foreign table says there. */
export function columnClause(column: DefinedColumn, table: TableLike, context: DdlContext, behindType = ""): string | null {
  if (!isPrinted(column, table)) {
    return context.serverVersion < 180_000 ? null : notNullClause(column, table, context, ` ${ident(column.name)}`);
  }
  const notNull = notNullClause(column, table, context);
  const value = valueClause(column, table, context);
  if ((table.typeOf ?? null) !== null) {
    // The type brings the column; only what the table adds is said.
    if (value === null && notNull === null) return null;
    return [ident(column.name), "WITH OPTIONS", value, notNull].filter((part) => part !== null).join(" ");
  }
  return [ident(column.name), column.type + behindType + collateClause(column), value, notNull].filter((part) => part !== null).join(" ");
}

/**
 * `NOT NULL`, with its constraint's name where the server would or might choose another; null when it is not this table's
 * to say. As a constraint of the table, not of a column, it names its `subject`.
 */
export function notNullClause(column: DefinedColumn, table: TableLike, context: DdlContext, subject = ""): string | null {
  if (!column.notNull || (!column.notNullLocal && !standsAlone(table, context))) return null;
  const constraint = column.notNullConstraint;
  if (constraint === null) return "NOT NULL";
  // That is for the kind "check" to say, after the rows.
  if (constraint.late) return null;
  const name = constraint.name === `${table.name}_${column.name}_not_null` && constraint.shared !== true ? "" : `CONSTRAINT ${ident(constraint.name)} `;
  return `${name}NOT NULL${subject}${constraint.noInherit ? " NO INHERIT" : ""}`;
}

function valueClause(column: DefinedColumn, table: TableLike, context: DdlContext): string | null {
  if (column.generated !== null) {
    if (column.generationInherited && !standsAlone(table, context)) return null;
    return `GENERATED ALWAYS AS (${column.generationExpression})${column.generated === "stored" ? " STORED" : ""}`;
  }
  if (column.hidesParentDefault) return "DEFAULT NULL";
  if (column.defaultKey === null || context.separate.has(column.defaultKey)) return null;
  return `DEFAULT ${column.defaultExpression}`;
}
