/** Casts: `pg_cast` in, `CREATE CAST` out. They live in no schema and belong to nobody. */
import { FIRST_NORMAL_OBJECT_ID, keySql } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";

export interface Cast extends CatalogObject {
  readonly kind: "cast";
  readonly schema: null;
  readonly owner: null;
  /** `text AS public.mood`: source and target, as every statement names it. */
  readonly name: string;
  /** Null where the bytes are the same, or pass through text. */
  readonly function: string | null;
  readonly throughText: boolean;
  /** Where it happens by itself; null when it has to be asked for. */
  readonly context: "ASSIGNMENT" | "IMPLICIT" | null;
}

// The cast of a range to its multirange is made by the range: pg_depend calls it internal.
const CASTS = /* sql */ `
  select ${keySql("pg_cast", "c.oid")} as key,
         null::text as schema,
         pg_catalog.format_type(c.castsource, null) || ' AS ' || pg_catalog.format_type(c.casttarget, null) as name,
         null::text as owner,
         case when c.castfunc <> 0 then c.castfunc::pg_catalog.regprocedure::text end as function,
         c.castmethod = 'i' as "throughText",
         case c.castcontext when 'a' then 'ASSIGNMENT' when 'i' then 'IMPLICIT' end as context
  from pg_catalog.pg_cast c
  where c.oid >= ${FIRST_NORMAL_OBJECT_ID}
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'i')
  order by name`;

export const cast: KindModule<Cast> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Cast, "kind">>(CASTS);
    return rows.map((row) => ({ kind: "cast", ...row }));
  },
  create(object) {
    const how = object.function !== null ? `WITH FUNCTION ${object.function}` : object.throughText ? "WITH INOUT" : "WITHOUT FUNCTION";
    return [`CREATE CAST (${object.name}) ${how}${object.context === null ? "" : ` AS ${object.context}`};`];
  },
  drop: (object) => `DROP CAST IF EXISTS (${object.name});`,
  address: (object) => `CAST (${object.name})`,
};
