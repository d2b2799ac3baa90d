/** Indexes that stand behind no constraint: `pg_index` in, the server's own `CREATE INDEX` out. */
import { userSchema } from "../fragments.ts";
import { indexStatements, INDEX_FIELDS, INDEX_JOINS, type IndexFacts } from "../index-facts.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";

export interface Index extends CatalogObject, IndexFacts {
  readonly kind: "index";
  readonly schema: string;
  readonly unique: boolean;
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
    ${INDEX_FIELDS}
  from pg_catalog.pg_index i
  ${INDEX_JOINS}
  left join pg_catalog.pg_constraint k on k.conrelid = i.indrelid and k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
  where k.oid is null and (i.indisvalid or c.relkind = 'p') and i.indisready and ${userSchema()}
  order by n.nspname, c.relname, ic.relname`;

export const index: KindModule<Index> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<Index, "kind">>(INDEXES);
    return rows.map((row) => ({ kind: "index", ...row }));
  },
  create: (i) => [`${i.indexDefinition};`, ...indexStatements(i)],
  // A partition's goes with the parent's, and only so.
  drop: (i) => (i.parentIndex === null ? `DROP INDEX IF EXISTS ${qualified(i.schema, i.name)};` : null),
  address: (i) => `INDEX ${qualified(i.schema, i.name)}`,
};
