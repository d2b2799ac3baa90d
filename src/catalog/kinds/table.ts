/** Ordinary and partitioned tables: `pg_class` with `pg_attribute` in, `CREATE TABLE` and its ALTERs out. */
import { columnsOf, storageStatements, type TableColumn } from "../columns.ts";
import { aclSql, userSchema } from "../fragments.ts";
import type { CatalogObject, DdlContext, Key, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";
import { ACCESS_METHOD, type RelationName, REPLICA_IDENTITY, type ReplicaIdentity, replicaIdentityStatements, ROW_TYPES, TABLESPACE, storageParameters, withClause } from "../relation-fragments.ts";
import { columnClause, isPrinted, notNullClause, standsAlone } from "../table-columns.ts";
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

/** A CHECK constraint as its table sees it. */
export interface TableCheck {
  readonly key: Key;
  readonly name: string;
  /** `CHECK ((price > 0)) NO INHERIT`. */
  readonly definition: string;
  readonly validated: boolean;
  /** False when it comes from a parent alone. */
  readonly local: boolean;
  readonly noInherit: boolean;
  readonly enforced: boolean;
}

interface TableRow extends Omit<Table, "kind" | "columns" | "needs"> {
  readonly columns: readonly (Omit<TableColumn, "wire"> & { readonly typeOid: number })[];
}

function tablesQuery(serverVersion: number): string {
  return /* sql */ `
  with ${columnsOf("table", serverVersion)},
  checks as (
    select k.conrelid as relation, json_agg(json_build_object(
        'key', 'pg_constraint/' || k.oid,
        'name', k.conname,
        'definition', pg_catalog.pg_get_constraintdef(k.oid),
        'validated', k.convalidated,
        'local', k.conislocal,
        'noInherit', k.connoinherit,
        'enforced', ${serverVersion < 180_000 ? "true" : "k.conenforced"}) order by k.conname) as checks
    from pg_catalog.pg_constraint k
    where k.contype = 'c' and k.conrelid <> 0
    group by k.conrelid
  ),
  parents as (
    select i.inhrelid as relation, json_agg(json_build_object(
        'key', 'pg_class/' || i.inhparent, 'schema', pn.nspname, 'name', pc.relname) order by i.inhseqno) as parents
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class pc on pc.oid = i.inhparent and pc.relkind in ('r', 'p', 'f')
    join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
    group by i.inhrelid
  )
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
    const statements = [createTable(t, context)];
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
  const defaults = columns.flatMap((column) => (column.defaultKey !== null && isPrinted(column, row) && !column.generationInherited ? [column.defaultKey] : []));
  // All that come into being with the table, also those that a parent brings: their comments are written with it.
  const checks = row.checks.flatMap((check) => (check.validated ? [check.key] : []));
  const notNulls = columns.flatMap(({ notNullConstraint }) => (notNullConstraint?.validated === true ? [notNullConstraint.key] : []));
  return { kind: "table", ...row, columns, needs: [...defaults, ...checks, ...notNulls] };
}

/** ATTACH PARTITION wants a partition to have all checks already; an inheritance child gets its parents' by itself. */
function isInlineCheck(check: TableCheck, t: Pick<Table, "isPartition">): boolean {
  return check.local || t.isPartition;
}

function createTable(t: Table, context: DdlContext): string {
  const lines = t.columns.flatMap((column) => columnClause(column, t, context) ?? []);
  for (const check of t.checks) {
    if (!check.validated || !isInlineCheck(check, t) || context.separate.has(check.key)) continue;
    lines.push(`CONSTRAINT ${ident(check.name)} ${check.definition}`);
  }
  // Partitioned tables have nothing that could be unlogged, and 18 refuses the word.
  const unlogged = t.persistence === "unlogged" && t.relationKind === "ordinary" ? "UNLOGGED " : "";
  const list = lines.length > 0 ? ` (\n    ${lines.join(",\n    ")}\n)` : t.typeOf === null ? " (\n)" : "";
  // Partitions are attached later: that keeps their own column order and lets them be restored without the parent.
  const inherits = !standsAlone(t, context) ? `\nINHERITS (${t.parents.map((parent) => qualified(parent.schema, parent.name)).join(", ")})` : "";
  const partitioned = t.partitionKey === null ? "" : `\nPARTITION BY ${t.partitionKey}`;
  const options = withClause([...storageParameters(t.options), ...storageParameters(t.toastOptions, "toast.")]);
  return `CREATE ${unlogged}TABLE ${qualified(t.schema, t.name)}${t.typeOf === null ? "" : ` OF ${t.typeOf}`}${list}${inherits}${partitioned}${options};`;
}

/** What an inheritance child says of columns that its CREATE does not name, because naming them would make them local. */
function inheritedColumnStatements(t: Table, context: DdlContext): readonly string[] {
  const statements: string[] = [];
  for (const column of t.columns) {
    if (isPrinted(column, t)) continue;
    const alter = `ALTER TABLE ONLY ${qualified(t.schema, t.name)} ALTER COLUMN ${ident(column.name)}`;
    // From 18 on it is a constraint with a name, and stands in the CREATE.
    if (context.serverVersion < 180_000 && notNullClause(column, t, context) !== null) statements.push(`${alter} SET NOT NULL;`);
    if (column.hidesParentDefault) statements.push(`${alter} SET DEFAULT NULL;`);
  }
  return statements;
}
