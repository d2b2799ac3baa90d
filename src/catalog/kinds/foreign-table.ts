/** Foreign tables: `pg_foreign_table` with its `pg_class` in, `CREATE FOREIGN TABLE` and its ALTERs out. Their rows are elsewhere and are not dumped. */
import { columnsOf, type DefinedColumn, storageStatements } from "../columns.ts";
import { type ForeignOption, foreignOptionsClause, foreignOptionsSql } from "../foreign-options.ts";
import { aclSql, userSchema } from "../fragments.ts";
import type { Acl, CatalogObject, DdlContext, Key, KindModule } from "../kind.ts";
import { LATE_CONSTRAINTS } from "../late-constraints.ts";
import { inOwnOrder, keepsOwnOrder, OWN_ORDER } from "../own-order.ts";
import { ident, qualified } from "../quote.ts";
import { type RelationName, ROW_TYPES } from "../relation-fragments.ts";
import { columnClause, standsAlone } from "../table-columns.ts";
import { checkClauses, checksAndParents, inheritedColumnStatements, partsOf, type TableCheck } from "../table-parts.ts";

export interface ForeignTable extends CatalogObject {
  readonly kind: "foreign-table";
  readonly schema: string;
  readonly owner: string;
  readonly acl: Acl | null;
  /** Its row type and that one's array type. */
  readonly aliases: readonly Key[];
  readonly server: string;
  readonly options: readonly ForeignOption[];
  readonly columns: readonly ForeignColumn[];
  /** What it inherits from, or is a partition of, in the order of INHERITS. */
  readonly parents: readonly RelationName[];
  readonly isPartition: boolean;
  /** Whether the columns stand in another order than INHERITS would put them. */
  readonly ownOrder: boolean;
  readonly checks: readonly TableCheck[];
}

export interface ForeignColumn extends DefinedColumn {
  readonly foreignOptions: readonly ForeignOption[];
}

function foreignTablesQuery(serverVersion: number): string {
  return /* sql */ `
  with recursive ${LATE_CONSTRAINTS},
  ${columnsOf("foreign table", serverVersion)},
  ${checksAndParents(serverVersion)}
  select 'pg_class/' || c.oid as key,
    ${ROW_TYPES} as aliases,
    n.nspname as schema,
    c.relname as name,
    pg_catalog.pg_get_userbyid(c.relowner) as owner,
    ${aclSql({ catalog: "pg_class", oid: "c.oid", acl: "c.relacl", type: "r", owner: "c.relowner" })} as acl,
    s.srvname as server,
    ${foreignOptionsSql("f.ftoptions")} as options,
    coalesce(columns.columns, '[]') as columns,
    coalesce(parents.parents, '[]') as parents,
    c.relispartition as "isPartition",
    ${OWN_ORDER} as "ownOrder",
    coalesce(checks.checks, '[]') as checks
  from pg_catalog.pg_foreign_table f
  join pg_catalog.pg_class c on c.oid = f.ftrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
  left join pg_catalog.pg_type rt on rt.oid = c.reltype
  left join columns on columns.relation = c.oid
  left join checks on checks.relation = c.oid
  left join parents on parents.relation = c.oid
  where ${userSchema()}
  order by n.nspname, c.relname`;
}

export const foreignTable: KindModule<ForeignTable> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<ForeignTable, "kind" | "needs">>(foreignTablesQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "foreign-table", ...row, needs: partsOf(row) }));
  },
  create(t, context) {
    const target = qualified(t.schema, t.name);
    const inherit = t.isPartition || !standsAlone(t, context) ? [] : t.parents.map((parent) => `ALTER FOREIGN TABLE ONLY ${target} INHERIT ${qualified(parent.schema, parent.name)};`);
    const columnOptions = t.columns.flatMap(({ name, foreignOptions }) =>
      foreignOptions.length === 0 ? [] : [`ALTER FOREIGN TABLE ONLY ${target} ALTER COLUMN ${ident(name)}${foreignOptionsClause(foreignOptions)};`],
    );
    // ALTER refuses to set the compression of what is stored elsewhere: it stands in the CREATE.
    const stored = t.columns.map((column) => ({ ...column, compression: null }));
    return [...createForeignTable(t, context), ...inherit, ...inheritedColumnStatements(t, context), ...columnOptions, ...storageStatements(t.schema, t.name, stored)];
  },
  drop: (t) => `DROP FOREIGN TABLE IF EXISTS ${qualified(t.schema, t.name)};`,
  address: (t) => `FOREIGN TABLE ${qualified(t.schema, t.name)}`,
};

function createForeignTable(t: ForeignTable, context: DdlContext): readonly string[] {
  // ALTER refuses compression for what is stored elsewhere, in a new column too.
  if (keepsOwnOrder(t, context) && t.columns.every(({ compression }) => compression === null)) return inOwnOrder(t, context, (parents) => createStatement(t, [], parents));
  const columns = t.columns.flatMap((column) => columnClause(column, t, context, column.compression === null ? "" : ` COMPRESSION ${column.compression}`) ?? []);
  return [createStatement(t, [...columns, ...checkClauses(t, context)], standsAlone(t, context) ? [] : t.parents.map(({ schema, name }) => qualified(schema, name)))];
}

function createStatement(t: ForeignTable, lines: readonly string[], parents: readonly string[]): string {
  const list = lines.length > 0 ? `(\n    ${lines.join(",\n    ")}\n)` : "(\n)";
  const inherits = parents.length === 0 ? "" : `\nINHERITS (${parents.join(", ")})`;
  return `CREATE FOREIGN TABLE ${qualified(t.schema, t.name)} ${list}${inherits}\nSERVER ${ident(t.server)}${foreignOptionsClause(t.options, "\n")};`;
}
