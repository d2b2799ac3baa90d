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
  /** Columns that still bear a name which the table's column had once, under the name they would get today. */
  readonly oldNames: readonly { readonly now: string; readonly then: string }[];
}

// A renamed column keeps its name in the index. The server would give today's, with a number where the column is there
// again. Where that name is taken it is another column's, and nothing is renamed. A partition's index is renamed before it
// is attached: with the parent's it would be renamed too, and had another name.
const OLD_NAMES = /* sql */ `coalesce((select json_agg(json_build_object('now', x.now, 'then', x.attname) order by x.attnum)
      from (select a.attnum, a.attname,
              ta.attname || coalesce(nullif((select count(*) from generate_series(0, a.attnum - 2) s where i.indkey[s] = ta.attnum), 0)::text, '') as now
            from pg_catalog.pg_attribute a
            join pg_catalog.pg_attribute ta on ta.attrelid = i.indrelid and ta.attnum = i.indkey[a.attnum - 1] and ta.attnum > 0
            where a.attrelid = i.indexrelid) x
      where x.now <> x.attname and pg_catalog.octet_length(x.now) < 64
        and not exists (select from pg_catalog.pg_attribute o where o.attrelid = i.indexrelid and o.attname = x.now)), '[]')`;

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
      where a.attrelid = i.indexrelid and a.attnum > 0 and a.attstattarget >= 0), '[]') as statistics,
    ${OLD_NAMES} as "oldNames"`;

/** The index as `ic`, its table as `c` in `n`, its parent as `pi`. */
export const INDEX_JOINS = /* sql */ `join pg_catalog.pg_class ic on ic.oid = i.indexrelid
  join pg_catalog.pg_class c on c.oid = i.indrelid and c.relkind in ('r', 'p', 'm')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_inherits pi on pi.inhrelid = i.indexrelid`;

/** What is said of an index once it exists. */
export function indexStatements(index: IndexFacts): readonly string[] {
  const table = qualified(index.schema, index.table);
  const statements: string[] = [];
  for (const { now, then } of index.oldNames) statements.push(`ALTER TABLE ${qualified(index.schema, index.name)} RENAME COLUMN ${ident(now)} TO ${ident(then)};`);
  for (const { column, target } of index.statistics) {
    statements.push(`ALTER INDEX ${qualified(index.schema, index.name)} ALTER COLUMN ${column} SET STATISTICS ${target};`);
  }
  if (index.clustered) statements.push(`ALTER TABLE ${table} CLUSTER ON ${ident(index.name)};`);
  if (index.replicaIdentity) statements.push(`ALTER TABLE ONLY ${table} REPLICA IDENTITY USING INDEX ${ident(index.name)};`);
  return statements;
}
