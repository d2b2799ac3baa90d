/**
 * Rewrite rules: `pg_rewrite` in, the server's own `CREATE RULE` out. A view's ON SELECT rule is an object too, so
 * that a loop through its query can be cut: it is part of `CREATE VIEW`, or replaces a dummy view later.
 */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";
import { enableClause, enableState, type EnableState } from "../relation-fragments.ts";
import { VIEW_FIELDS, viewBody, type ViewDefinition } from "../view-definition.ts";

export interface Rule extends CatalogObject {
  readonly kind: "rule";
  readonly schema: string;
  /** The table or view it is on. */
  readonly relation: string;
  readonly tableKey: Key;
  readonly event: "select" | "update" | "insert" | "delete";
  /** `CREATE RULE …;` as the server prints it; null for ON SELECT. */
  readonly definition: string | null;
  /** What the view is; null for all rules but ON SELECT. */
  readonly view: ViewDefinition | null;
  readonly enabled: EnableState;
  /** A view whose query reads the view itself: nothing runs it, but it can be written. */
  readonly recursive: boolean;
}

// Until 15 every ON SELECT rule speaks of its view; from 16 on only one that reads it. Its columns only that one names anyway.
// The ON SELECT rule of a materialized view cannot be written apart from it: it is an alias of the view.
function rulesQuery(serverVersion: number): string {
  return /* sql */ `
  select 'pg_rewrite/' || r.oid as key,
    array['pg_class/' || c.oid] as needs,
    n.nspname as schema,
    r.rulename as name,
    c.relname as signature,
    null as owner,
    c.relname as relation,
    'pg_class/' || c.oid as "tableKey",
    case r.ev_type when '1' then 'select' when '2' then 'update' when '3' then 'insert' when '4' then 'delete' end as event,
    case when r.ev_type <> '1' then pg_catalog.pg_get_ruledef(r.oid) end as definition,
    case when r.ev_type = '1' then json_build_object(${VIEW_FIELDS}) end as view,
    ${enableState("r.ev_enabled")} as enabled,
    r.ev_type = '1' and exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid and d.deptype = 'n'
        and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = c.oid ${serverVersion < 160000 ? "and d.refobjsubid <> 0" : ""}) as recursive
  from pg_catalog.pg_rewrite r
  join pg_catalog.pg_class c on c.oid = r.ev_class and c.relkind in ('r', 'p', 'v')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where ${userSchema()}
  order by n.nspname, c.relname, r.rulename`;
}

export const rule: KindModule<Rule> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<Rule, "kind">>(rulesQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "rule", ...row }));
  },
  create(r, context) {
    const relation = qualified(r.schema, r.relation);
    const statements: string[] = [];
    if (r.definition !== null) statements.push(r.definition);
    if (r.view !== null && context.separate.has(r.key)) statements.push(`CREATE OR REPLACE VIEW ${relation}${viewBody(r.view)};`);
    if (r.enabled !== "origin") statements.push(`ALTER TABLE ${relation} ${enableClause(r.enabled)} RULE ${ident(r.name)};`);
    return statements;
  },
  drop: (r) => (r.event === "select" ? null : `DROP RULE IF EXISTS ${ident(r.name)} ON ${qualified(r.schema, r.relation)};`),
  address: (r) => `RULE ${ident(r.name)} ON ${qualified(r.schema, r.relation)}`,
};
