/** Indexes that stand behind no constraint: `pg_index` in, the server's own `CREATE INDEX` out. */
import { userSchema } from "../fragments.ts";
import { indexStatements, INDEX_FIELDS, INDEX_JOINS, type IndexFacts } from "../index-facts.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";

export interface Index extends CatalogObject, IndexFacts {
  readonly kind: "index";
  readonly schema: string;
  readonly unique: boolean;
  /**
   * A partition is a foreign table, which has no indexes: attaching those of the others leaves the index of the whole
   * invalid. Made last and not for the table ONLY, it takes them itself and is valid.
   */
  readonly takesPartitions: boolean;
}

// An index that CREATE INDEX CONCURRENTLY left invalid is no index anybody uses, and building it may fail for the
// reason it failed before. A partitioned one is invalid until all partitions have theirs.
const INDEXES = /* sql */ `
  select 'pg_class/' || i.indexrelid as key,
    n.nspname as schema,
    ic.relname as name,
    c.relname as signature,
    null as owner,
    i.indisunique as unique,
    x.takes as "takesPartitions",
    case when x.takes then array(select 'pg_class/' || h.inhrelid from pg_catalog.pg_inherits h where h.inhparent = ic.oid order by h.inhrelid) else '{}' end as needs,
    ${INDEX_FIELDS}
  from pg_catalog.pg_index i
  ${INDEX_JOINS}
  cross join lateral (select ic.relkind = 'I' and i.indisvalid
    and exists (select from pg_catalog.pg_class f where f.relkind = 'f' and f.relispartition)
    and exists (select from pg_catalog.pg_partition_tree(c.oid) p join pg_catalog.pg_class f on f.oid = p.relid and f.relkind = 'f') as takes) x
  left join pg_catalog.pg_constraint k on k.conrelid = i.indrelid and k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
  where k.oid is null and (i.indisvalid or c.relkind = 'p') and i.indisready and ${userSchema()}
  order by n.nspname, c.relname, ic.relname`;

export const index: KindModule<Index> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<Index, "kind">>(INDEXES);
    return rows.map((row) => ({ kind: "index", ...row }));
  },
  create: (i) => [`${i.takesPartitions ? notOnly(i) : i.indexDefinition};`, ...indexStatements(i)],
  // A partition's goes with the parent's, and only so.
  drop: (i) => (i.parentIndex === null ? `DROP INDEX IF EXISTS ${qualified(i.schema, i.name)};` : null),
  address: (i) => `INDEX ${qualified(i.schema, i.name)}`,
};

/** The definition for the table with its partitions. */
function notOnly(i: Index): string {
  const start = `CREATE${i.unique ? " UNIQUE" : ""} INDEX ${ident(i.name)} ON `;
  return i.indexDefinition.replace(`${start}ONLY `, () => start);
}
