/**
 * CHECK constraints of tables: `pg_constraint` in; part of `CREATE TABLE`, or `ADD CONSTRAINT` after the rows. From
 * 18 on NOT NULL is such a constraint too: here stand those that come after the rows, or that have a comment.
 */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { LATE_CONSTRAINTS } from "../late-constraints.ts";
import { ident, qualified } from "../quote.ts";

export interface Check extends CatalogObject {
  readonly kind: "check";
  readonly schema: string;
  readonly table: string;
  readonly tableKey: Key;
  readonly type: "check" | "not null";
  /** `CHECK ((price > 0)) NOT VALID`. */
  readonly definition: string;
  /** Rows that break a constraint which is not valid may be there already: it has to come after them. */
  readonly validated: boolean;
  /** False when it comes from a parent alone. */
  readonly local: boolean;
  /** It comes after the rows: it is NOT VALID, or comes from a parent's that is. */
  readonly late: boolean;
}

function checksQuery(serverVersion: number): string {
  const notNull = /* sql */ `or k.contype = 'n' and (brought.oid is not null or exists (
      select from pg_catalog.pg_description d where d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.objoid = k.oid))`;
  return /* sql */ `
  with recursive ${LATE_CONSTRAINTS},
  brought as (
    select late.oid, array_remove(array_agg('pg_constraint/' || late.upper order by late.upper), null) as needs
    from late group by late.oid
  )
  select 'pg_constraint/' || k.oid as key,
    coalesce(brought.needs, '{}') as needs,
    n.nspname as schema,
    k.conname as name,
    c.relname as signature,
    null as owner,
    c.relname as table,
    'pg_class/' || c.oid as "tableKey",
    case k.contype when 'c' then 'check' else 'not null' end as type,
    pg_catalog.pg_get_constraintdef(k.oid) as definition,
    k.convalidated as validated,
    k.conislocal as local,
    brought.oid is not null as late
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class c on c.oid = k.conrelid and c.relkind in ('r', 'p', 'f')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join brought on brought.oid = k.oid
  where ${userSchema()} and (k.contype = 'c' ${serverVersion < 180_000 ? "" : notNull})
  order by n.nspname, c.relname, k.conname`;
}

export const check: KindModule<Check> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<Check, "kind">>(checksQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "check", ...row }));
  },
  create(c, context) {
    // One from a parent alone comes back with the parent's: added there without ONLY, it reaches the children, as NOT
    // VALID as the parent's. VALIDATE reaches the children too, whose are valid where their parent's is.
    if (!c.local) return c.late && c.validated ? [`ALTER TABLE ${qualified(c.schema, c.table)} VALIDATE CONSTRAINT ${ident(c.name)};`] : [];
    if (c.validated && !context.separate.has(c.key)) return [];
    return [`ALTER TABLE ${qualified(c.schema, c.table)} ADD CONSTRAINT ${ident(c.name)} ${c.definition};`];
  },
  drop: (c) => (c.local ? `ALTER TABLE IF EXISTS ${qualified(c.schema, c.table)} DROP CONSTRAINT IF EXISTS ${ident(c.name)};` : null),
  address: (c) => `CONSTRAINT ${ident(c.name)} ON ${qualified(c.schema, c.table)}`,
};
