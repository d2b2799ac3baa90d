/** Foreign keys: `pg_constraint` in, `ADD CONSTRAINT … FOREIGN KEY` out. */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";
import { cloneNameStatements, REFERENCED_CLONES, type ReferencedClone } from "../referenced-clones.ts";
import type { RelationName } from "../relation-fragments.ts";

export interface ForeignKey extends CatalogObject {
  readonly kind: "foreign-key";
  readonly schema: string;
  readonly table: string;
  readonly tableKey: Key;
  /** The referencing table is partitioned: the constraint is made for its partitions as well. */
  readonly partitioned: boolean;
  readonly references: RelationName;
  /** `FOREIGN KEY (a) REFERENCES public.t(id) ON DELETE CASCADE`, complete. */
  readonly definition: string;
  /** The referencing columns in the key's order, and the referenced ones they stand for. */
  readonly columns: readonly string[];
  readonly referencedColumns: readonly string[];
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
  readonly validated: boolean;
  /** A partition's part of its parent's key, under a name or with a comment of its own. Made first, it is found and taken by the parent's. */
  readonly clone: boolean;
  /** A partition's part that was validated while its parent's key is NOT VALID: it comes with that one, and is validated again. */
  readonly validatedAgain: boolean;
  /** Its parts for the partitions of a table that it references. */
  readonly referencedClones: readonly ReferencedClone[];
}

// Clones on partitions (conparentid) come with the constraint they were cloned from, and bear its name; those that do
// not, and those with a comment, are made before it. A referenced partitioned table has clones too, on the same table,
// and its index counts as unique only when the index of every partition, on every level, is attached. A partition's
// own key comes behind the keys of what it is a partition of: they would take it for their own part and it were gone.
const FOREIGN_KEYS = /* sql */ `
  with recursive attached as (
    select distinct k.conindid as root, k.conindid as index
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class ic on ic.oid = k.conindid and ic.relkind = 'I'
    where k.contype = 'f' and k.conparentid = 0
    union
    select a.root, i.inhrelid
    from attached a
    join pg_catalog.pg_inherits i on i.inhparent = a.index
  ),
  clones as (
    select k.oid, false as renamed, array[k.oid] as path
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.conrelid and c.relkind = 'p'
    where k.contype = 'f' and k.conparentid = 0
    union all
    select k.oid, a.renamed or k.conname <> parent.conname
      or exists (select from pg_catalog.pg_description d where d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.objoid = k.oid), a.path || k.oid
    from clones a
    join pg_catalog.pg_constraint parent on parent.oid = a.oid
    join pg_catalog.pg_constraint k on k.conparentid = a.oid and k.contype = 'f' and k.conrelid <> parent.conrelid and k.confrelid = parent.confrelid
  ),
  -- On every level: a key reaches over all partitions below its table.
  below as (
    select x.upper, array_agg('pg_constraint/' || a.oid order by a.oid) as keys
    from clones a cross join unnest(a.path) x(upper)
    where a.renamed and x.upper <> a.oid
    group by x.upper
  ),
  attaches as (
    select root, array_agg('index-attach/' || index order by index) as keys
    from attached where index <> root group by root
  ),
  ${REFERENCED_CLONES}
  select 'pg_constraint/' || k.oid as key,
    array['pg_class/' || c.oid, 'pg_class/' || r.oid] || coalesce(attaches.keys, '{}')
      || array(select 'pg_constraint/' || above.oid
               from pg_catalog.pg_partition_ancestors(k.conrelid) ancestor
               join pg_catalog.pg_constraint above on above.conrelid = ancestor.relid and above.contype = 'f' and above.conparentid = 0 and above.confrelid = k.confrelid
               where k.conparentid = 0 and ancestor.relid <> k.conrelid order by above.oid)
      || coalesce(below.keys, '{}')
      || case when upper.oid is not null and clones.oid is null then array['pg_constraint/' || upper.oid] else '{}' end as needs,
    n.nspname as schema,
    k.conname as name,
    c.relname as signature,
    null as owner,
    c.relname as table,
    'pg_class/' || c.oid as "tableKey",
    c.relkind = 'p' as partitioned,
    json_build_object('key', 'pg_class/' || r.oid, 'schema', rn.nspname, 'name', r.relname) as references,
    pg_catalog.pg_get_constraintdef(k.oid) as definition,
    array(select a.attname::text from unnest(k.conkey) with ordinality as x(attnum, position)
      join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.attnum order by x.position) as columns,
    array(select a.attname::text from unnest(k.confkey) with ordinality as x(attnum, position)
      join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = x.attnum order by x.position) as "referencedColumns",
    k.condeferrable as deferrable,
    k.condeferred as "initiallyDeferred",
    k.convalidated as validated,
    k.conparentid <> 0 as clone,
    upper.oid is not null and clones.oid is null as "validatedAgain",
    coalesce(referenced.clones, '[]') as "referencedClones"
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class c on c.oid = k.conrelid and c.relkind in ('r', 'p')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_class r on r.oid = k.confrelid
  join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
  left join attaches on attaches.root = k.conindid
  left join below on below.upper = k.oid
  left join referenced on referenced.root = k.oid
  left join clones on clones.oid = k.oid and clones.renamed
  left join pg_catalog.pg_constraint upper on upper.oid = k.conparentid and upper.conrelid <> k.conrelid and k.convalidated and not upper.convalidated
  where k.contype = 'f' and (k.conparentid = 0 or clones.renamed or upper.oid is not null) and ${userSchema()}
  order by n.nspname, c.relname, k.conname`;

export const foreignKey: KindModule<ForeignKey> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<ForeignKey, "kind">>(FOREIGN_KEYS);
    return rows.map((row) => ({ kind: "foreign-key", ...row }));
  },
  create(k, { serverVersion }) {
    const table = qualified(k.schema, k.table);
    if (k.validatedAgain) return [`ALTER TABLE ${table} VALIDATE CONSTRAINT ${ident(k.name)};`];
    return [`ALTER TABLE ${only(k)}${table} ADD CONSTRAINT ${ident(k.name)} ${k.definition};`, ...cloneNameStatements(k, serverVersion)];
  },
  // A clone goes with the key that it is part of, and only so.
  drop: (k) => (k.clone ? null : `ALTER TABLE IF EXISTS ${only(k)}${qualified(k.schema, k.table)} DROP CONSTRAINT IF EXISTS ${ident(k.name)};`),
  address: (k) => `CONSTRAINT ${ident(k.name)} ON ${qualified(k.schema, k.table)}`,
};

/** The server refuses ONLY for foreign keys of partitioned tables. */
function only(k: ForeignKey): string {
  return k.partitioned ? "" : "ONLY ";
}
