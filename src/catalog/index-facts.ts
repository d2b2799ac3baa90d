/** What indexes and the indexes behind constraints have in common. */
import type { Key } from "./kind.ts";
import { ident, qualified } from "./quote.ts";
import { TABLESPACE } from "./relation-fragments.ts";

export interface IndexFacts {
  readonly schema: string;
  readonly name: string;
  readonly table: string;
  readonly tableKey: Key;
  /** `CREATE [UNIQUE] INDEX …` as the server prints it, without a tablespace and without a semicolon. */
  readonly indexDefinition: string;
  /** The index of a partitioned table: it holds nothing itself and is complete when the partitions' are attached. */
  readonly partitioned: boolean;
  /** Of a partition: the parent's index that it is attached to. */
  readonly parentIndex: Key | null;
  /** `WITH (…)`; already part of `indexDefinition`. */
  readonly options: readonly string[];
  /** Null for the database's own. */
  readonly tablespace: string | null;
  /** The table was last clustered on it. */
  readonly clustered: boolean;
  readonly replicaIdentity: boolean;
  /** Statistics targets of its expressions, by the column's number in the index: they have no names that hold. */
  readonly statistics: readonly { readonly column: number; readonly target: number }[];
}

/** The fields, for queries with `pg_index i` and `INDEX_JOINS`. */
export const INDEX_FIELDS = /* sql */ `c.relname as table,
    'pg_class/' || c.oid as "tableKey",
    pg_catalog.pg_get_indexdef(i.indexrelid) as "indexDefinition",
    ic.relkind = 'I' as partitioned,
    'pg_class/' || pi.inhparent as "parentIndex",
    coalesce(ic.reloptions, '{}') as options,
    ${TABLESPACE.replaceAll("c.reltablespace", "ic.reltablespace")} as tablespace,
    i.indisclustered as clustered,
    i.indisreplident as "replicaIdentity",
    coalesce((select json_agg(json_build_object('column', a.attnum, 'target', a.attstattarget) order by a.attnum)
      from pg_catalog.pg_attribute a
      where a.attrelid = i.indexrelid and a.attnum > 0 and a.attstattarget >= 0), '[]') as statistics`;

/** The index as `ic`, its table as `c` in `n`, its parent as `pi`. */
export const INDEX_JOINS = /* sql */ `join pg_catalog.pg_class ic on ic.oid = i.indexrelid
  join pg_catalog.pg_class c on c.oid = i.indrelid and c.relkind in ('r', 'p', 'm')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_inherits pi on pi.inhrelid = i.indexrelid`;

/** What is said of an index once it exists. */
export function indexStatements(index: IndexFacts): readonly string[] {
  const table = qualified(index.schema, index.table);
  const statements: string[] = [];
  for (const { column, target } of index.statistics) {
    statements.push(`ALTER INDEX ${qualified(index.schema, index.name)} ALTER COLUMN ${column} SET STATISTICS ${target};`);
  }
  if (index.clustered) statements.push(`ALTER TABLE ${table} CLUSTER ON ${ident(index.name)};`);
  if (index.replicaIdentity) statements.push(`ALTER TABLE ONLY ${table} REPLICA IDENTITY USING INDEX ${ident(index.name)};`);
  return statements;
}
