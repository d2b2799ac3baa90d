/** Which loads of a plan reference which, over the foreign keys of the target, and which can be reached from some of them. */
import type { Session } from "../session/session.ts";
import type { PlannedLoad } from "./plan.ts";
import { readTargetTables, type TableForeignKey } from "./target-table.ts";
import type { TargetFacts } from "./target.ts";

/** Rows of one load may reference rows of the other. Both can be the same. */
export interface Reference {
  /** Numbers of loads. */
  readonly child: number;
  readonly parent: number;
  readonly key: TableForeignKey;
}

export interface Relatives {
  readonly references: readonly Reference[];
  /** Load → the OIDs of its table and of all that it is a partition of. */
  readonly lineage: ReadonlyMap<number, readonly number[]>;
}

/** Which way references are followed. */
export interface Directions {
  readonly withParents: boolean;
  readonly withChildren: boolean;
}

/** Gives one query's answer for all tables; tables that are not on the target have neither references nor lineage. */
const LINEAGE = /* sql */ `
  select t.oid, array(select t.oid union select a.relid::pg_catalog.oid from pg_catalog.pg_partition_ancestors(t.oid) a)::int8[]::float8[] as lineage
  from unnest($1::oid[]) t(oid)`;

export async function readRelatives(session: Session, loads: readonly PlannedLoad[], facts: TargetFacts): Promise<Relatives> {
  const oidOf = ({ table, entry }: PlannedLoad) => (entry.kind === "large-object-data" ? undefined : facts.relations.get(table)?.oid);
  const oids = [...new Set(loads.flatMap((load) => oidOf(load) ?? []))];
  const tables = await readTargetTables(session, oids);
  const lineages = new Map((await session.query<{ oid: number; lineage: readonly number[] }>(LINEAGE, [oids])).map(({ oid, lineage }) => [oid, lineage]));
  const lineage = new Map(loads.map((load) => [load.load, lineages.get(oidOf(load) ?? 0) ?? []]));

  const members = new Map<number, number[]>();
  for (const [load, oids] of lineage) for (const oid of oids) members.set(oid, [...(members.get(oid) ?? []), load]);
  const references = loads.flatMap((load) => {
    const keys = tables.get(oidOf(load) ?? 0)?.foreignKeys ?? [];
    return keys.flatMap((key) => (members.get(key.parentOid) ?? []).map((parent): Reference => ({ child: load.load, parent, key })));
  });
  return { references, lineage };
}

/** The loads that rows can be chosen of, beginning with those of `start`: all children first, then all parents of these. */
export function reachable(start: ReadonlySet<number>, references: readonly Reference[], { withParents, withChildren }: Directions): ReadonlySet<number> {
  const down = withChildren ? spread(start, references.map(({ parent, child }) => ({ from: parent, to: child }))) : start;
  return withParents ? spread(down, references.map(({ parent, child }) => ({ from: child, to: parent }))) : down;
}

function spread(start: ReadonlySet<number>, steps: readonly { readonly from: number; readonly to: number }[]): ReadonlySet<number> {
  const next = new Map<number, number[]>();
  for (const { from, to } of steps) next.set(from, [...(next.get(from) ?? []), to]);
  const reached = new Set(start);
  // A set that grows while it is walked is walked to its end.
  for (const load of reached) for (const to of next.get(load) ?? []) reached.add(to);
  return reached;
}
