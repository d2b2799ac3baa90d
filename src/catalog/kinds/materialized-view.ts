/**
 * Materialized views: made without their rows, which a refresh at the very end of a restore computes again, with
 * the final privileges and after everything that the query reads.
 */
import { columnsOf, storageStatements, type StoredColumn } from "../columns.ts";
import { aclSql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";
import { ACCESS_METHOD, REPLICA_IDENTITY, type ReplicaIdentity, replicaIdentityStatements, ROW_TYPES, storageParameters, TABLESPACE, withClause } from "../relation-fragments.ts";

export interface MaterializedView extends CatalogObject {
  readonly kind: "materialized-view";
  readonly schema: string;
  readonly owner: string;
  readonly columns: readonly StoredColumn[];
  /** The query, without a semicolon. */
  readonly query: string;
  /** Whether it holds rows, which a restore then refreshes. */
  readonly populated: boolean;
  readonly options: readonly string[];
  readonly toastOptions: readonly string[];
  /** Null for the database's own. */
  readonly tablespace: string | null;
  readonly accessMethod: string | null;
  readonly replicaIdentity: ReplicaIdentity;
}

// The dependencies of the query hang on the ON SELECT rule, which stands for the view.
function materializedViewsQuery(serverVersion: number): string {
  return /* sql */ `
  with ${columnsOf("materialized view", serverVersion)}
  select 'pg_class/' || c.oid as key,
    ${ROW_TYPES} || array(select 'pg_rewrite/' || r.oid from pg_catalog.pg_rewrite r where r.ev_class = c.oid) as aliases,
    n.nspname as schema,
    c.relname as name,
    pg_catalog.pg_get_userbyid(c.relowner) as owner,
    ${aclSql({ catalog: "pg_class", oid: "c.oid", acl: "c.relacl", type: "r", owner: "c.relowner" })} as acl,
    coalesce(columns.columns, '[]') as columns,
    rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') as query,
    c.relispopulated as populated,
    coalesce(c.reloptions, '{}') as options,
    coalesce(toast.reloptions, '{}') as "toastOptions",
    ${TABLESPACE} as tablespace,
    ${ACCESS_METHOD} as "accessMethod",
    ${REPLICA_IDENTITY} as "replicaIdentity"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_type rt on rt.oid = c.reltype
  left join pg_catalog.pg_class toast on toast.oid = c.reltoastrelid
  left join columns on columns.relation = c.oid
  where c.relkind = 'm' and ${userSchema()}
  order by n.nspname, c.relname`;
}

export const materializedView: KindModule<MaterializedView> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<MaterializedView, "kind">>(materializedViewsQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "materialized-view", ...row }));
  },
  create(m) {
    const options = withClause([...storageParameters(m.options), ...storageParameters(m.toastOptions, "toast.")]);
    const create = `CREATE MATERIALIZED VIEW ${qualified(m.schema, m.name)}${options} AS\n${m.query}\n  WITH NO DATA;`;
    return [create, ...storageStatements(m.schema, m.name, m.columns), ...replicaIdentityStatements(m)];
  },
  drop: (m) => `DROP MATERIALIZED VIEW IF EXISTS ${qualified(m.schema, m.name)};`,
  address: (m) => `MATERIALIZED VIEW ${qualified(m.schema, m.name)}`,
};
