/** Which unique key finds the archive's rows on the target. */
import { PgarkError } from "../errors.ts";
import type { TargetTable, UniqueKey } from "./target-table.ts";

/**
 * The key that was named, else the primary key, else the first unique key by name that has plain columns, covers all rows
 * and compares by equality, one that cannot be NULL before one that can. A deferrable one serves too, as rows are found by
 * a join. `mapped`: the columns that have a value before the row is on the target; a key that reads others cannot serve.
 * Null when none is left: the table merges as a multiset. Gives USAGE when there is no key of that name, DRIFT when it lacks columns.
 */
export function choosePrimaryWay(table: TargetTable, named: string | undefined, mapped: ReadonlySet<string>): { readonly key: UniqueKey | null } | PgarkError {
  const lacking = (key: UniqueKey) => key.reads.filter((column) => !mapped.has(column));
  const usable = table.keys.filter((key) => lacking(key).length === 0);
  if (named === undefined) return { key: usable.filter(findsUnasked).toSorted(byPreference)[0] ?? null };

  const key = table.keys.find(({ name }) => name === named);
  if (key !== undefined && usable.includes(key)) return { key };
  const details = { object: `table ${table.name}`, hint: usable.length === 0 ? "No key of the table can find them." : `These keys can: ${usable.map(({ name }) => name).join(", ")}.` };
  if (key === undefined) return new PgarkError("USAGE", `${table.name} has no unique constraint or index named ${named}`, details);
  return new PgarkError("DRIFT", `${named} of ${table.name} cannot find the archive's rows, which have no values for ${lacking(key).join(", ")}`, details);
}

/** What a partial key, one of expressions or one of ranges means for a merge is for the user to say. A primary key is what it is. */
function findsUnasked({ primary, columns, predicate, withoutOverlaps }: UniqueKey): boolean {
  return primary || (columns !== null && predicate === null && !withoutOverlaps);
}

function byPreference(a: UniqueKey, b: UniqueKey): number {
  if (a.primary !== b.primary) return a.primary ? -1 : 1;
  if (a.nullable !== b.nullable) return a.nullable ? 1 : -1;
  return a.name < b.name ? -1 : 1;
}
