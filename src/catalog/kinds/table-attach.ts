/**
 * A table as a partition of another: `pg_inherits` and `relpartbound` in, `ATTACH PARTITION` out. Partitions are
 * never made with `PARTITION OF`: made alone they keep their own column order and can be restored without the parent.
 */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";
import type { RelationName } from "../relation-fragments.ts";

export interface TableAttach extends CatalogObject {
  readonly kind: "table-attach";
  readonly schema: string;
  /** The partition. */
  readonly tableKey: Key;
  readonly parent: RelationName;
  /** `FOR VALUES FROM (1) TO (10)`, `DEFAULT`. */
  readonly bound: string;
  /** Columns whose NOT NULL is the parent's and the partition's own as well (18). */
  readonly ownNotNulls: readonly string[];
}

function tableAttachesQuery(serverVersion: number): string {
  return /* sql */ `
  select 'table-attach/' || c.oid as key,
    array['pg_class/' || c.oid, 'pg_class/' || parent.oid] as needs,
    n.nspname as schema,
    c.relname as name,
    null as owner,
    'pg_class/' || c.oid as "tableKey",
    json_build_object('key', 'pg_class/' || parent.oid, 'schema', pn.nspname, 'name', parent.relname) as parent,
    pg_catalog.pg_get_expr(c.relpartbound, c.oid) as bound,
    ${
      serverVersion < 180_000
        ? "'{}'::text[]"
        : `array(select a.attname::text from pg_catalog.pg_constraint k
      join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
      where k.conrelid = c.oid and k.contype = 'n' and k.conislocal and k.coninhcount > 0 and k.convalidated order by a.attnum)`
    } as "ownNotNulls"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_inherits i on i.inhrelid = c.oid
  join pg_catalog.pg_class parent on parent.oid = i.inhparent
  join pg_catalog.pg_namespace pn on pn.oid = parent.relnamespace
  where c.relispartition and c.relkind in ('r', 'p', 'f') and ${userSchema()}
  order by n.nspname, c.relname`;
}

export const tableAttach: KindModule<TableAttach> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<TableAttach, "kind">>(tableAttachesQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "table-attach", ...row }));
  },
  create: (a) => [
    `ALTER TABLE ONLY ${qualified(a.parent.schema, a.parent.name)} ATTACH PARTITION ${qualified(a.schema, a.name)} ${a.bound};`,
    // Attaching makes all of them the parent's alone.
    ...a.ownNotNulls.map((column) => `ALTER TABLE ${qualified(a.schema, a.name)} ALTER COLUMN ${ident(column)} SET NOT NULL;`),
  ],
  // The partition goes itself.
  drop: () => null,
  address: (a) => `TABLE ${qualified(a.schema, a.name)}`,
};
