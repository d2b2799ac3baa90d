/** A partition's index as part of the parent's index: `pg_inherits` in, `ALTER INDEX … ATTACH PARTITION` out. */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";
import type { RelationName } from "../relation-fragments.ts";

export interface IndexAttach extends CatalogObject {
  readonly kind: "index-attach";
  readonly schema: string;
  /** The partition. */
  readonly tableKey: Key;
  readonly parent: RelationName;
}

// The tables are needed too: attaching locks them, and a parallel restore must not work on them meanwhile. An
// invalid index of a partition is not carried (see "index"), so it cannot be attached.
const INDEX_ATTACHES = /* sql */ `
  select 'index-attach/' || child.oid as key,
    array['pg_class/' || child.oid, 'pg_class/' || parent.oid, 'pg_class/' || ci.indrelid, 'pg_class/' || pi.indrelid] as needs,
    n.nspname as schema,
    child.relname as name,
    null as owner,
    'pg_class/' || ci.indrelid as "tableKey",
    json_build_object('key', 'pg_class/' || parent.oid, 'schema', pn.nspname, 'name', parent.relname) as parent
  from pg_catalog.pg_inherits h
  join pg_catalog.pg_class child on child.oid = h.inhrelid and child.relkind in ('i', 'I')
  join pg_catalog.pg_namespace n on n.oid = child.relnamespace
  join pg_catalog.pg_index ci on ci.indexrelid = child.oid
  join pg_catalog.pg_class ct on ct.oid = ci.indrelid
  join pg_catalog.pg_class parent on parent.oid = h.inhparent
  join pg_catalog.pg_namespace pn on pn.oid = parent.relnamespace
  join pg_catalog.pg_index pi on pi.indexrelid = parent.oid
  where ct.relkind in ('r', 'p') and (ci.indisvalid or ct.relkind = 'p') and ci.indisready and ${userSchema()}
  order by n.nspname, child.relname`;

export const indexAttach: KindModule<IndexAttach> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<IndexAttach, "kind">>(INDEX_ATTACHES);
    return rows.map((row) => ({ kind: "index-attach", ...row }));
  },
  create: (a) => [`ALTER INDEX ${qualified(a.parent.schema, a.parent.name)} ATTACH PARTITION ${qualified(a.schema, a.name)};`],
  // There is no DETACH for indexes.
  drop: () => null,
  address: (a) => `INDEX ${qualified(a.schema, a.name)}`,
};
