/**
 * Differences between an archive's table and the target's, found by column name before any write. What is listed
 * here is refused or warned of; columns that only the target has take their default.
 */
import type { TocData } from "../archive/toc.ts";
import { qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { Warning } from "../events.ts";
import type { TargetRelation } from "./target.ts";

const TEXT_HINT = "Dump again with --text-only to let the target read the values as text.";

/** Why the rows that `data` describes cannot go into `relation`; empty when they can. */
export function compareColumns(data: TocData, relation: TargetRelation | undefined, warnings: Warning[]): readonly PgarkError[] {
  const table = qualified(data.schema, data.table);
  const refuse = (message: string, hint?: string) => new PgarkError("DRIFT", message, { object: `table ${table}`, hint });
  if (relation === undefined) return [refuse(`the archive has rows for table ${table}, which the target lacks`, "Migrate the target first, or leave the table out with --exclude-table.")];
  if (relation.relkind !== "r" && relation.relkind !== "p") return [refuse(`${table} is not a table on the target`)];

  const there = new Map(relation.columns.map((column) => [column.name, column]));
  const refusals: PgarkError[] = [];
  for (const column of data.columns) {
    const target = there.get(column.name);
    if (target === undefined) refusals.push(refuse(`the archive has column ${column.name} of ${table}, which the target lacks`));
    else if (target.generated) refusals.push(refuse(`column ${column.name} of ${table} is generated on the target and cannot take the archive's values`));
    else if (target.type !== column.type) {
      // Text is checked by the target's own input function; binary would be read as what it is not.
      if (data.format === "copy-binary" && !sameBase(target.type, column.type)) {
        refusals.push(refuse(`column ${column.name} of ${table} is ${column.type} in the archive and ${target.type} on the target`, TEXT_HINT));
      } else warnings.push({ code: "TYPE_DIFFERS", object: `${table}.${column.name}`, message: `${column.type} in the archive, ${target.type} on the target` });
    } else if (data.format === "copy-binary" && target.domainOf !== null && wireOfBase(target.domainOf) !== column.wire) {
      refusals.push(refuse(`column ${column.name} of ${table} is of domain ${column.type}, which is based on ${target.domainOf} on the target, and the archive's values are ${column.wire}`, TEXT_HINT));
    }
  }
  const archived = new Set(data.columns.map(({ name }) => name));
  for (const column of relation.columns) {
    if (archived.has(column.name) || column.generated || !column.notNull || column.hasDefault) continue;
    refusals.push(refuse(`column ${column.name} of ${table} is NOT NULL without a default on the target, and the archive has no values for it`));
  }
  return refusals;
}

/** What a domain over this type sends: arrays are named after their elements, and citext is text. */
function wireOfBase(base: string): string {
  if (base === "citext") return "text";
  return base.startsWith("_") ? `${base.slice(1)}[]` : base;
}

/** Whether two `format_type` texts differ only in their modifier: `character varying(40)` and `character varying(80)`. */
function sameBase(a: string, b: string): boolean {
  const base = (type: string) => type.replace(/\([^)]*\)/, "");
  return base(a) === base(b);
}
