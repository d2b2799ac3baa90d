/**
 * The triggers that the server makes for a foreign key or a deferrable key, as far as somebody switched them (`ALTER
 * TABLE … DISABLE TRIGGER ALL`). Their names hold a number of this database: they are found by constraint and function.
 */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { dollarQuoted, ident, literal, qualified } from "../quote.ts";
import { enableClause, enableState, type EnableState } from "../relation-fragments.ts";

/** `schema` and `name` are the constraint's. */
export interface KeyTriggers extends CatalogObject {
  readonly kind: "key-triggers";
  readonly schema: string;
  readonly table: string;
  readonly tableKey: Key;
  readonly switched: readonly SwitchedTrigger[];
}

export interface SwitchedTrigger {
  /** The table it is on: the constraint's own, or the one that a foreign key references. */
  readonly schema: string;
  readonly table: string;
  /** `RI_FKey_check_ins`: each constraint has one trigger with it on a table. */
  readonly function: string;
  readonly enabled: EnableState;
}

const KEY_TRIGGERS = /* sql */ `
  select 'key-triggers/' || k.oid as key,
    array['pg_constraint/' || k.oid, 'pg_class/' || c.oid] as needs,
    n.nspname as schema,
    k.conname as name,
    c.relname as signature,
    null as owner,
    c.relname as table,
    'pg_class/' || c.oid as "tableKey",
    json_agg(json_build_object('schema', tn.nspname, 'table', tc.relname, 'function', p.proname, 'enabled', ${enableState("t.tgenabled")})
      order by tn.nspname, tc.relname, p.proname) as switched
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_constraint k on k.oid = t.tgconstraint and k.contype <> 't'
  join pg_catalog.pg_class c on c.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_class tc on tc.oid = t.tgrelid
  join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
  where t.tgisinternal and t.tgenabled <> 'O' and ${userSchema()}
  group by k.oid, k.conname, n.nspname, c.oid, c.relname
  order by n.nspname, c.relname, k.conname`;

export const keyTriggers: KindModule<KeyTriggers> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<KeyTriggers, "kind">>(KEY_TRIGGERS);
    return rows.map((row) => ({ kind: "key-triggers", ...row }));
  },
  create: (k) => [`DO ${dollarQuoted(switching(k))};`],
  // They go with the constraint.
  drop: () => null,
  address: (k) => `CONSTRAINT ${ident(k.name)} ON ${qualified(k.schema, k.table)}`,
};

/** Only a superuser may: for anybody else they stay on, with a warning. */
function switching(k: KeyTriggers): string {
  const states = k.switched.map((t) => `(${literal(qualified(t.schema, t.table))}, ${literal(t.function)}, ${literal(enableClause(t.enabled))})`);
  return `
DECLARE
  statement pg_catalog.text;
BEGIN
  FOR statement IN
    SELECT pg_catalog.format('ALTER TABLE ONLY %s %s TRIGGER %I', t.tgrelid::pg_catalog.regclass, s.state, t.tgname)
    FROM (VALUES ${states.join(", ")}) s (relation, function, state)
    JOIN pg_catalog.pg_trigger t ON t.tgrelid = pg_catalog.to_regclass(s.relation)
    JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid AND p.proname = s.function
    JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
    WHERE k.conrelid = pg_catalog.to_regclass(${literal(qualified(k.schema, k.table))}) AND k.conname = ${literal(k.name)}
  LOOP
    EXECUTE statement;
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING '%', ${literal(`the triggers of ${ident(k.name)} on ${qualified(k.schema, k.table)} stay on: `)} || SQLERRM;
END
`;
}
