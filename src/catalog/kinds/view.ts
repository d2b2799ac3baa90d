/** Views: `pg_class` and the server's printed query in, `CREATE VIEW` out. */
import { collateClause, type Column, columnsOf } from "../columns.ts";
import { aclSql, userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";
import { ROW_TYPES } from "../relation-fragments.ts";
import { VIEW_FIELDS, viewBody, type ViewDefinition } from "../view-definition.ts";

export interface View extends CatalogObject {
  readonly kind: "view";
  readonly schema: string;
  readonly owner: string;
  readonly columns: readonly Column[];
  readonly definition: ViewDefinition;
  /** Its ON SELECT rule, on which the dependencies of the query hang. */
  readonly rule: Key;
}

function viewsQuery(serverVersion: number): string {
  return /* sql */ `
  with ${columnsOf("view", serverVersion)}
  select 'pg_class/' || c.oid as key,
    ${ROW_TYPES} as aliases,
    array['pg_rewrite/' || r.oid] as needs,
    n.nspname as schema,
    c.relname as name,
    pg_catalog.pg_get_userbyid(c.relowner) as owner,
    ${aclSql({ catalog: "pg_class", oid: "c.oid", acl: "c.relacl", type: "r", owner: "c.relowner" })} as acl,
    coalesce(columns.columns, '[]') as columns,
    json_build_object(${VIEW_FIELDS}) as definition,
    'pg_rewrite/' || r.oid as rule
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_rewrite r on r.ev_class = c.oid and r.ev_type = '1'
  left join pg_catalog.pg_type rt on rt.oid = c.reltype
  left join columns on columns.relation = c.oid
  where c.relkind = 'v' and ${userSchema()}
  order by n.nspname, c.relname`;
}

export const view: KindModule<View> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<View, "kind">>(viewsQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "view", ...row }));
  },
  create(v, context) {
    const body = context.separate.has(v.rule) ? dummyBody(v) : viewBody(v.definition);
    return [`CREATE VIEW ${qualified(v.schema, v.name)}${body};`];
  },
  drop: (v) => `DROP VIEW IF EXISTS ${qualified(v.schema, v.name)};`,
  address: (v) => `VIEW ${qualified(v.schema, v.name)}`,
};

/**
 * A query with the view's columns and no rows behind it. Names, types and collations must be right, because
 * CREATE OR REPLACE VIEW changes none of them; options must be left out, because it adds those it names.
 */
function dummyBody(v: View): string {
  const columns = v.columns.map((column) => `    NULL::${column.type}${collateClause(column)} AS ${ident(column.name)}`);
  return ` AS\nSELECT${columns.length > 0 ? `\n${columns.join(",\n")}` : ""}`;
}
