/** Primary keys, unique and exclusion constraints: `pg_constraint` with its index in, `ADD CONSTRAINT` out. */
import { userSchema } from "../fragments.ts";
import { indexStatements, INDEX_FIELDS, INDEX_JOINS, type IndexFacts } from "../index-facts.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { columnList, ident, qualified } from "../quote.ts";
import { storageParameters, withClause } from "../relation-fragments.ts";

export interface Constraint extends CatalogObject, IndexFacts {
  readonly kind: "constraint";
  readonly schema: string;
  readonly type: "primary key" | "unique" | "exclusion";
  /** The key columns in the key's order; empty for exclusion constraints, which may have expressions. */
  readonly columns: readonly string[];
  /** The INCLUDE columns. */
  readonly include: readonly string[];
  readonly nullsNotDistinct: boolean;
  /** The last column is a range that must not overlap (18). */
  readonly withoutOverlaps: boolean;
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
  /** `EXCLUDE USING gist (…)`, complete; null for the others, which are put together from their parts. */
  readonly exclusion: string | null;
}

function constraintsQuery(serverVersion: number): string {
  return /* sql */ `
  select 'pg_constraint/' || k.oid as key,
    array['pg_class/' || i.indexrelid] as aliases,
    n.nspname as schema,
    k.conname as name,
    c.relname as signature,
    null as owner,
    case k.contype when 'p' then 'primary key' when 'u' then 'unique' else 'exclusion' end as type,
    case when k.contype = 'x' then '{}' else array(
      select a.attname::text from unnest(i.indkey::int2[]) with ordinality as x(attnum, position)
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = x.attnum
      where x.position <= i.indnkeyatts order by x.position) end as columns,
    case when k.contype = 'x' then '{}' else array(
      select a.attname::text from unnest(i.indkey::int2[]) with ordinality as x(attnum, position)
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = x.attnum
      where x.position > i.indnkeyatts order by x.position) end as include,
    ${serverVersion < 150_000 ? "false" : "i.indnullsnotdistinct"} as "nullsNotDistinct",
    ${serverVersion < 180_000 ? "false" : "k.conperiod"} as "withoutOverlaps",
    k.condeferrable as deferrable,
    k.condeferred as "initiallyDeferred",
    case when k.contype = 'x' then pg_catalog.pg_get_constraintdef(k.oid) end as exclusion,
    ${INDEX_FIELDS}
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_index i on i.indexrelid = k.conindid
  ${INDEX_JOINS}
  where k.contype in ('p', 'u', 'x') and ${userSchema()}
  order by n.nspname, c.relname, k.conname`;
}

export const constraint: KindModule<Constraint> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<Constraint, "kind">>(constraintsQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "constraint", ...row }));
  },
  create: (c) => [`ALTER TABLE ONLY ${qualified(c.schema, c.table)} ADD CONSTRAINT ${ident(c.name)} ${definition(c)};`, ...indexStatements(c)],
  drop(c) {
    // A partition's goes with the parent's, and only so.
    if (c.parentIndex !== null) return null;
    return `ALTER TABLE IF EXISTS ${qualified(c.schema, c.table)} DROP CONSTRAINT IF EXISTS ${ident(c.name)};`;
  },
  address: (c) => `CONSTRAINT ${ident(c.name)} ON ${qualified(c.schema, c.table)}`,
};

function definition(c: Constraint): string {
  if (c.exclusion !== null) return c.exclusion;
  const columns = c.columns.map(ident).join(", ");
  return [
    c.type === "primary key" ? "PRIMARY KEY" : "UNIQUE",
    c.nullsNotDistinct ? " NULLS NOT DISTINCT" : "",
    ` (${columns}${c.withoutOverlaps ? " WITHOUT OVERLAPS" : ""})`,
    c.include.length > 0 ? ` INCLUDE ${columnList(c.include)}` : "",
    withClause(storageParameters(c.options)),
    c.deferrable ? " DEFERRABLE" : "",
    c.initiallyDeferred ? " INITIALLY DEFERRED" : "",
  ].join("");
}
