/**
 * What the queries and statements of tables, views, indexes, sequences and their parts have in common. SQL
 * fragments expect the aliases that their doc sentence names.
 */
import type { Key } from "./kind.ts";
import { ident, literal, qualified } from "./quote.ts";

/** The keys of the row type of relation `c` and of its array type, as `text[]`. Wants `pg_type` as `rt` on `c.reltype`. */
export const ROW_TYPES = /* sql */ `array_remove(array['pg_type/' || rt.oid, 'pg_type/' || nullif(rt.typarray, 0)], null)`;

/** The tablespace of the relation `c`, null for the database's own. */
export const TABLESPACE = /* sql */ `(select ts.spcname from pg_catalog.pg_tablespace ts where ts.oid = c.reltablespace)`;

/** The table access method of the relation `c`, null where it has none. */
export const ACCESS_METHOD = /* sql */ `(select am.amname from pg_catalog.pg_am am where am.oid = c.relam)`;

/** What logical replication names a row by when it was updated or deleted. */
export type ReplicaIdentity = "default" | "nothing" | "full" | "index";

/** The replica identity of the relation `c`, in words. */
export const REPLICA_IDENTITY = /* sql */ `case c.relreplident when 'd' then 'default' when 'n' then 'nothing' when 'f' then 'full' when 'i' then 'index' end`;

/** `REPLICA IDENTITY`, where it is neither the default nor an index, which says so itself. */
export function replicaIdentityStatements(relation: { readonly schema: string; readonly name: string; readonly replicaIdentity: ReplicaIdentity }): readonly string[] {
  const { schema, name, replicaIdentity } = relation;
  if (replicaIdentity !== "nothing" && replicaIdentity !== "full") return [];
  return [`ALTER TABLE ONLY ${qualified(schema, name)} REPLICA IDENTITY ${replicaIdentity.toUpperCase()};`];
}

/** Whether something is on, off, or on only on a replica or everywhere: triggers and rules. */
export type EnableState = "origin" | "disabled" | "replica" | "always";

/** The state in `column`, in words. */
export function enableState(column: string): string {
  return /* sql */ `case ${column} when 'O' then 'origin' when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end`;
}

/** What stands between `ALTER TABLE …` and `TRIGGER` or `RULE`. */
export function enableClause(state: EnableState): string {
  return { origin: "ENABLE", disabled: "DISABLE", replica: "ENABLE REPLICA", always: "ENABLE ALWAYS" }[state];
}

/** A relation that another object names. */
export interface RelationName {
  readonly key: Key;
  readonly schema: string;
  readonly name: string;
}

/**
 * `name='value'` from the `name=value` texts of `reloptions` and `attoptions`, ready for `WITH (…)`. The prefix is
 * `toast.` for the options of a TOAST table.
 */
export function storageParameters(options: readonly string[], prefix = ""): readonly string[] {
  return options.map((option) => {
    const at = option.indexOf("=");
    return `${prefix}${ident(option.slice(0, at))}=${literal(option.slice(at + 1))}`;
  });
}

/** ` WITH (…)`, or nothing when there is nothing to say. */
export function withClause(parameters: readonly string[]): string {
  return parameters.length === 0 ? "" : ` WITH (${parameters.join(", ")})`;
}
