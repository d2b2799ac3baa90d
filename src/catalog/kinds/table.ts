/** Ordinary and partitioned tables: `pg_class` with `pg_attribute` in, `CREATE TABLE` and its ALTERs out. */
import { columnsOf, storageStatements, type TableColumn } from "../columns.ts";
import { aclSql, userSchema } from "../fragments.ts";
import type { CatalogObject, DdlContext, KindModule } from "../kind.ts";
import { inOwnOrder, keepsOwnOrder, OWN_ORDER } from "../own-order.ts";
import { LATE_CONSTRAINTS } from "../late-constraints.ts";
import { ident, qualified } from "../quote.ts";
import { ACCESS_METHOD, type RelationName, REPLICA_IDENTITY, type ReplicaIdentity, replicaIdentityStatements, ROW_TYPES, TABLESPACE, storageParameters, withClause } from "../relation-fragments.ts";
import { columnClause, standsAlone } from "../table-columns.ts";
import { checkClauses, checksAndParents, inheritedColumnStatements, partsOf, type TableCheck } from "../table-parts.ts";
import { readColumnTypes, type TypeFacts } from "../type-facts.ts";

export interface Table extends CatalogObject {
  readonly kind: "table";
  readonly schema: string;
  readonly owner: string;
  readonly persistence: "permanent" | "unlogged";
  readonly relationKind: "ordinary" | "partitioned";
  readonly columns: readonly TableColumn[];
  /** What it inherits from, or is a partition of, in the order of INHERITS. */
  readonly parents: readonly RelationName[];
  readonly isPartition: boolean;
  /** Inherits, and has its columns in another order than INHERITS would put them. */
  readonly ownOrder: boolean;
  /** `CREATE TABLE … OF` this composite type. */
  readonly typeOf: string | null;
  /** `RANGE (created)`; null for ordinary tables. */
  readonly partitionKey: string | null;
  /** Partitioned by the hash of an enum, which is made from OIDs: on another server rows belong to other partitions. */
  readonly hashesEnum: boolean;
  readonly checks: readonly TableCheck[];
  readonly options: readonly string[];
  readonly toastOptions: readonly string[];
  /** Null for the database's own. */
  readonly tablespace: string | null;
  readonly accessMethod: string | null;
  readonly rowSecurity: boolean;
  /** Policies bind the owner too. */
  readonly forceRowSecurity: boolean;
  readonly replicaIdentity: ReplicaIdentity;
}

interface TableRow extends Omit<Table, "kind" | "columns" | "needs"> {
  readonly columns: readonly (Omit<TableColumn, "wire"> & { readonly typeOid: number })[];
}

function tablesQuery(serverVersion: number): string {
  return /* sql */ `
  with recursive ${LATE_CONSTRAINTS},
  ${columnsOf("table", serverVersion)},
  ${checksAndParents(serverVersion)}
  select 'pg_class/' || c.oid as key,
    ${ROW_TYPES} as aliases,
    n.nspname as schema,
    c.relname as name,
    pg_catalog.pg_get_userbyid(c.relowner) as owner,
    ${aclSql({ catalog: "pg_class", oid: "c.oid", acl: "c.relacl", type: "r", owner: "c.relowner" })} as acl,
    case c.relpersistence when 'u' then 'unlogged' else 'permanent' end as persistence,
    case c.relkind when 'p' then 'partitioned' else 'ordinary' end as "relationKind",
    coalesce(columns.columns, '[]') as columns,
    coalesce(parents.parents, '[]') as parents,
    c.relispartition as "isPartition",
    ${OWN_ORDER} as "ownOrder",
    case when c.reloftype <> 0 then pg_catalog.format_type(c.reloftype, null) end as "typeOf",
    pg_catalog.pg_get_partkeydef(c.oid) as "partitionKey",
    exists (
      select from pg_catalog.pg_partitioned_table pt join pg_catalog.pg_opclass oc on oc.oid = any (pt.partclass)
      where pt.partrelid = c.oid and pt.partstrat = 'h' and oc.opcintype = 'pg_catalog.anyenum'::pg_catalog.regtype) as "hashesEnum",
    coalesce(checks.checks, '[]') as checks,
    coalesce(c.reloptions, '{}') as options,
    coalesce(toast.reloptions, '{}') as "toastOptions",
    ${TABLESPACE} as tablespace,
    ${ACCESS_METHOD} as "accessMethod",
    c.relrowsecurity as "rowSecurity",
    c.relforcerowsecurity as "forceRowSecurity",
    ${REPLICA_IDENTITY} as "replicaIdentity"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_type rt on rt.oid = c.reltype
  left join pg_catalog.pg_class toast on toast.oid = c.reltoastrelid
  left join columns on columns.relation = c.oid
  left join checks on checks.relation = c.oid
  left join parents on parents.relation = c.oid
  where c.relkind in ('r', 'p') and ${userSchema()}
  order by n.nspname, c.relname`;
}

export const table: KindModule<Table> = {
  section: "pre-data",
  async read(session) {
    const types = await readColumnTypes(session);
    const rows = await session.query<TableRow>(tablesQuery(session.serverVersion));
    return rows.map((row) => tableOf(row, types));
  },
  create(t, context) {
    const target = qualified(t.schema, t.name);
    const statements = keepsOwnOrder(t, context) ? [...inOwnOrder(t, context, (parents) => createTable({ ...t, columns: [], checks: [] }, context, parents))] : [createTable(t, context)];
    if (!t.isPartition && standsAlone(t, context)) statements.push(...t.parents.map((parent) => `ALTER TABLE ONLY ${target} INHERIT ${qualified(parent.schema, parent.name)};`));
    // A partitioned table has no storage, so default_table_access_method does not reach it; what was set is for its partitions.
    if (t.relationKind === "partitioned" && t.accessMethod !== null) statements.push(`ALTER TABLE ONLY ${target} SET ACCESS METHOD ${ident(t.accessMethod)};`);
    statements.push(...inheritedColumnStatements(t, context), ...storageStatements(t.schema, t.name, t.columns));
    if (t.forceRowSecurity) statements.push(`ALTER TABLE ONLY ${target} FORCE ROW LEVEL SECURITY;`);
    return [...statements, ...replicaIdentityStatements(t)];
  },
  drop: (t) => `DROP TABLE IF EXISTS ${qualified(t.schema, t.name)};`,
  address: (t) => `TABLE ${qualified(t.schema, t.name)}`,
};

function tableOf(row: TableRow, types: ReadonlyMap<number, TypeFacts>): Table {
  const columns = row.columns.map(({ typeOid, ...column }): TableColumn => {
    const wire = types.get(typeOid);
    if (wire === undefined) throw new Error(`the type ${column.type} of ${row.schema}.${row.name}.${column.name} was not read`);
    return { ...column, wire };
  });
  return { kind: "table", ...row, columns, needs: partsOf(row) };
}

function createTable(t: Table, context: DdlContext, standIns?: readonly string[]): string {
  const lines = [...t.columns.flatMap((column) => columnClause(column, t, context) ?? []), ...checkClauses(t, context)];
  // Partitioned tables have nothing that could be unlogged, and 18 refuses the word.
  const unlogged = t.persistence === "unlogged" && t.relationKind === "ordinary" ? "UNLOGGED " : "";
  const list = lines.length > 0 ? ` (\n    ${lines.join(",\n    ")}\n)` : t.typeOf === null ? " (\n)" : "";
  // Partitions are attached later: that keeps their own column order and lets them be restored without the parent.
  const parents = standIns ?? (standsAlone(t, context) ? [] : t.parents.map((parent) => qualified(parent.schema, parent.name)));
  const inherits = parents.length > 0 ? `\nINHERITS (${parents.join(", ")})` : "";
  const partitioned = t.partitionKey === null ? "" : `\nPARTITION BY ${t.partitionKey}`;
  const options = withClause([...storageParameters(t.options), ...storageParameters(t.toastOptions, "toast.")]);
  return `CREATE ${unlogged}TABLE ${qualified(t.schema, t.name)}${t.typeOf === null ? "" : ` OF ${t.typeOf}`}${list}${inherits}${partitioned}${options};`;
}
