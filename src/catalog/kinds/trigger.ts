/** Triggers: `pg_trigger` in, the server's own `CREATE TRIGGER` out. Those that implement foreign keys come with them. */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { dollarQuoted, ident, literal, qualified } from "../quote.ts";
import { enableClause, enableState, type EnableState } from "../relation-fragments.ts";

export interface Trigger extends CatalogObject {
  readonly kind: "trigger";
  readonly schema: string;
  readonly table: string;
  readonly tableKey: Key;
  /** `CREATE TRIGGER …` without a semicolon. */
  readonly definition: string;
  readonly enabled: EnableState;
  /**
   * A partition's copy of its parent's trigger. It comes by itself; only the copies that are switched differently
   * from their parent's, renamed, or have something of their own hanging on them are objects.
   */
  readonly clone: boolean;
  /** The name with which a copy comes: its topmost parent's, which it keeps from 15 on. */
  readonly comesAs: string;
}

// Never the pretty form of the definition: it leaves out schemas that are on the search path.
// Copies are internal triggers before 15 and plain ones since; tgparentid tells them in all versions. Foreign keys
// and deferrable keys have triggers too, with names that hold only in this database: only constraint triggers ('t') are wanted.
function triggersQuery(serverVersion: number): string {
  const topmost = /* sql */ `(
      with recursive up as (
        select t.tgparentid as oid
        union all
        select x.tgparentid from up join pg_catalog.pg_trigger x on x.oid = up.oid where x.tgparentid <> 0)
      select r.tgname from up join pg_catalog.pg_trigger r on r.oid = up.oid where r.tgparentid = 0)`;
  return /* sql */ `
  select 'pg_trigger/' || t.oid as key,
    array_remove(array['pg_constraint/' || nullif(t.tgconstraint, 0)], null) as aliases,
    array_remove(array['pg_class/' || c.oid, 'pg_trigger/' || u.oid], null) as needs,
    n.nspname as schema,
    t.tgname as name,
    c.relname as signature,
    null as owner,
    c.relname as table,
    'pg_class/' || c.oid as "tableKey",
    pg_catalog.pg_get_triggerdef(t.oid, false) as definition,
    ${enableState("t.tgenabled")} as enabled,
    t.tgparentid <> 0 as clone,
    ${serverVersion >= 150_000 ? "t.tgname" : `case when t.tgparentid = 0 then t.tgname else ${topmost} end`} as "comesAs"
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_class c on c.oid = t.tgrelid and c.relkind in ('r', 'p', 'v', 'f')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_trigger u on u.oid = t.tgparentid
  left join pg_catalog.pg_constraint k on k.oid = t.tgconstraint
  where coalesce(k.contype, 't') = 't' and ${userSchema()}
    and case when t.tgparentid = 0 then not t.tgisinternal else t.tgenabled <> u.tgenabled or t.tgname <> u.tgname
      or exists (select from pg_catalog.pg_description d where d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and d.objoid = t.oid)
      or exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'x') end
  order by n.nspname, c.relname, t.tgname`;
}

export const trigger: KindModule<Trigger> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<Trigger, "kind">>(triggersQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "trigger", ...row }));
  },
  create(t) {
    const state = `ALTER TABLE ${qualified(t.schema, t.table)} ${enableClause(t.enabled)} TRIGGER ${ident(t.comesAs)};`;
    if (t.clone) return t.comesAs === t.name ? [state] : [state, rename(t)];
    return t.enabled === "origin" ? [`${t.definition};`] : [`${t.definition};`, state];
  },
  drop: (t) => (t.clone ? null : `DROP TRIGGER IF EXISTS ${ident(t.name)} ON ${qualified(t.schema, t.table)};`),
  address: (t) => `TRIGGER ${ident(t.name)} ON ${qualified(t.schema, t.table)}`,
};

/** From 15 on a copy has its parent's name, whatever anybody says. */
function rename(t: Trigger): string {
  const table = qualified(t.schema, t.table);
  const body = `BEGIN
  ALTER TRIGGER ${ident(t.comesAs)} ON ${table} RENAME TO ${ident(t.name)};
EXCEPTION WHEN internal_error THEN
  RAISE WARNING '%', ${literal(`TRIGGER ${ident(t.comesAs)} ON ${table} keeps its name: `)} || SQLERRM;
END`;
  return `DO ${dollarQuoted(body)};`;
}
