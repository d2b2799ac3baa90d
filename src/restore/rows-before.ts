/** What updated rows were before this restore: `pgark.before`, read back into temporary tables of the loads' own columns. */
import { columnList, ident } from "../catalog/quote.ts";
import type { Session } from "../session/session.ts";
import type { SweptLoad } from "./orphans.ts";
import type { UniqueKey } from "./target-table.ts";

/** Makes `pg_temp.pgark_before_<load>` for each load that has updated rows and can find them again; gives those loads. */
export async function readBefore(session: Session, loads: readonly SweptLoad[]): Promise<readonly SweptLoad[]> {
  const rows = await session.query<{ load: number }>("select distinct load from pgark.before");
  const updated = loads.filter((one) => rows.some(({ load }) => load === one.load) && one.key !== null && revertColumns(one).length > 0);
  for (const one of updated) await session.execute(readOne(one));
  return updated;
}

/** Goes before the transaction ends, so that a second sweep in it begins anew. */
export async function dropBefore(session: Session, updated: readonly SweptLoad[]): Promise<void> {
  for (const { load } of updated) await session.execute(`DROP TABLE pg_temp.pgark_before_${load}, pg_temp.pgark_shape_${load}`);
}

/** Columns that an UPDATE may set: identity ALWAYS ones were not changed either. */
export function revertColumns({ columns, table }: SweptLoad): readonly string[] {
  const always = new Set(table.columns.filter(({ identity }) => identity === "always").map(({ name }) => name));
  return columns.filter((name) => !always.has(name));
}

/** The text of a row can be read where a table has just its columns. Key columns that are generated are computed again. */
function readOne({ load, table, columns, key }: SweptLoad): string {
  const generated = table.columns.filter(({ name, generated }) => generated !== null && (key?.columns ?? []).includes(name));
  const computed = generated.map(({ name, generated }) => `, (${generated}) AS ${ident(name)}`).join("");
  return `
    CREATE TEMPORARY TABLE pgark_shape_${load} ON COMMIT DROP AS SELECT ${columnList(columns).slice(1, -1)} FROM ${table.exactly} WITH NO DATA;
    CREATE TEMPORARY TABLE pgark_before_${load} ON COMMIT DROP AS
      SELECT pg_catalog.row_number() OVER () AS pgark_number, pgark_b.*${computed}
      FROM (SELECT (pgark_r.pgark_row).* FROM (SELECT literal::pg_temp.pgark_shape_${load} AS pgark_row FROM pgark.before WHERE load = ${load} OFFSET 0) pgark_r) pgark_b`;
}

/** Tells marked rows that were updated from those that are new: the key finds what they were. */
export async function classifyUpdated(session: Session, load: SweptLoad): Promise<void> {
  if (load.key === null) return;
  const marked = "EXISTS (SELECT FROM pg_temp.pgark_orphans o WHERE o.relation = pgark_s.tableoid AND o.place = pgark_s.ctid AND o.old IS NULL)";
  await session.execute(`
    UPDATE pg_temp.pgark_orphans pgark_o SET old = pgark_m.pgark_number, load = ${load.load}
    FROM (${updatedRows(load, marked)}) pgark_m
    WHERE pgark_o.relation = pgark_m.relation AND pgark_o.place = pgark_m.place AND pgark_o.old IS NULL`);
}

/** A query that gives where updated rows lie now (`relation`, `place`) and what they were (`pgark_number`); `some` is a condition over `pgark_s`. */
export function updatedRows({ load, table, key }: SweptLoad, some: string): string {
  if (key === null) throw new Error(`rows of load ${load} have no key that finds what they were`);
  const parts = key.parts.map((part, index) => `(${part}) AS pgark_${index}`).join(", ");
  return `
    SELECT pgark_t.relation, pgark_t.place, pgark_b.pgark_number
    FROM (SELECT pgark_s.tableoid AS relation, pgark_s.ctid AS place, ${parts} FROM ${table.exactly} pgark_s WHERE ${some}) pgark_t
    JOIN (SELECT pgark_number, ${parts} FROM pg_temp.pgark_before_${load}) pgark_b ON ${sameKey(key)}`;
}

/** Whether `pgark_t` and `pgark_b`, which have the key's parts as `pgark_0 …`, have the same. */
export function sameKey({ operators, nullsNotDistinct }: UniqueKey): string {
  const same = operators.map((operator, index) => {
    const [now, then] = [`pgark_t.pgark_${index}`, `pgark_b.pgark_${index}`];
    const equal = `${now} OPERATOR(${operator}) ${then}`;
    return nullsNotDistinct ? `(${equal} OR (${now} IS NULL AND ${then} IS NULL))` : equal;
  });
  return same.join(" AND ");
}
