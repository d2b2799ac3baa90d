/** Event triggers: `pg_event_trigger` in, `CREATE EVENT TRIGGER` out. Restored when everything else is there, so that none fires for the restore's own work. */
import { FIRST_NORMAL_OBJECT_ID, keySql } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident, literal } from "../quote.ts";
import { enableClause, enableState, type EnableState } from "../relation-fragments.ts";

export interface EventTrigger extends CatalogObject {
  readonly kind: "event-trigger";
  readonly schema: null;
  readonly owner: string;
  /** `ddl_command_end`, `sql_drop` … */
  readonly event: string;
  /** The commands it fires for; empty for all. */
  readonly tags: readonly string[];
  /** Qualified, as `regproc` prints it. */
  readonly function: string;
  readonly enabled: EnableState;
}

const EVENT_TRIGGERS = /* sql */ `
  select ${keySql("pg_event_trigger", "t.oid")} as key,
         null::text as schema,
         t.evtname as name,
         pg_catalog.pg_get_userbyid(t.evtowner) as owner,
         t.evtevent as event,
         coalesce(t.evttags, '{}') as tags,
         t.evtfoid::pg_catalog.regproc::text as function,
         ${enableState("t.evtenabled")} as enabled
  from pg_catalog.pg_event_trigger t
  where t.oid >= ${FIRST_NORMAL_OBJECT_ID}
  order by t.evtname`;

export const eventTrigger: KindModule<EventTrigger> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<EventTrigger, "kind">>(EVENT_TRIGGERS);
    return rows.map((row) => ({ kind: "event-trigger", ...row }));
  },
  create(t) {
    const clauses = [`CREATE EVENT TRIGGER ${ident(t.name)} ON ${ident(t.event)}`];
    if (t.tags.length > 0) clauses.push(`WHEN TAG IN (${t.tags.map(literal).join(", ")})`);
    clauses.push(`EXECUTE FUNCTION ${t.function}();`);
    const state = t.enabled === "origin" ? [] : [`ALTER EVENT TRIGGER ${ident(t.name)} ${enableClause(t.enabled)};`];
    return [clauses.join("\n    "), ...state];
  },
  drop: (t) => `DROP EVENT TRIGGER IF EXISTS ${ident(t.name)};`,
  address: (t) => `EVENT TRIGGER ${ident(t.name)}`,
};
