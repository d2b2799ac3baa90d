/** What the merge of one load stands on: the staging's columns, and what of the target TargetTable does not tell. */
import { ident } from "../../catalog/quote.ts";
import type { Session } from "../../session/session.ts";
import type { MergeLoad } from "./merge-load.ts";

export interface Ground {
  /** Columns of the staged rows. What reads others cannot be foreseen: they take their defaults. */
  readonly staged: ReadonlySet<string>;
  /** Those whose staged values are also an updated row's. The others hold defaults, and an update leaves the target's. */
  readonly settled: ReadonlySet<string>;
  /** Unique and exclusion constraints, and unique indexes, by name. */
  readonly indexes: ReadonlyMap<string, IndexGround>;
  /** Deferrable constraints of the table and of those that reference it, as SET CONSTRAINTS names them; `late` ones begin deferred. */
  readonly deferrable: readonly { readonly name: string; readonly late: boolean }[];
  /** What the partitions demand of a row, or of one of them; null where any row has its place. */
  readonly partitions: string | null;
  /** Whether the target has a journal that could know the transaction. */
  readonly journal: boolean;
}

export interface IndexGround {
  readonly name: string;
  /** The columns that its parts and its predicate read. */
  readonly columns: readonly string[];
  /** `gist`, quoted where needed. */
  readonly method: string;
  /** Of each part, qualified. */
  readonly classes: readonly string[];
}

const GROUND = /* sql */ `
  select
    array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = $2::pg_catalog.regclass and a.attnum > 0 and not a.attisdropped) as staged,
    coalesce((
      select json_agg(json_build_object('name', coalesce(k.conname, ic.relname), 'method', am.amname,
        'classes', array(
          select pg_catalog.format('%I.%I', n.nspname, oc.opcname)
          from pg_catalog.unnest(i.indclass::oid[]) with ordinality as x (class, position)
          join pg_catalog.pg_opclass oc on oc.oid = x.class
          join pg_catalog.pg_namespace n on n.oid = oc.opcnamespace order by x.position),
        'columns', array(
        select distinct a.attname::text
        from pg_catalog.pg_depend d
        join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = i.indrelid
          and ((d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = i.indexrelid)
            or (d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.objid = k.oid)))))
      from pg_catalog.pg_index i
      join pg_catalog.pg_class ic on ic.oid = i.indexrelid
      join pg_catalog.pg_am am on am.oid = ic.relam
      left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')
      where i.indrelid = $1::oid and (i.indisunique or i.indisexclusion)), '[]') as indexes,
    coalesce((
      select json_agg(json_build_object('name', pg_catalog.format('%I.%I', n.nspname, k.conname), 'late', k.condeferred) order by k.oid)
      from pg_catalog.pg_constraint k
      join pg_catalog.pg_namespace n on n.oid = k.connamespace
      where k.condeferrable and k.contype in ('p', 'u', 'x', 'f') and (k.conrelid = $1::oid or k.confrelid = $1::oid)
        -- SET CONSTRAINTS reaches the clones on partitions by itself.
        and k.conparentid = 0), '[]') as deferrable,
    pg_catalog.to_regclass('pgark.loaded') is not null as journal`;

/** Leaf partitions only, whose constraints hold those of all above them. One without any takes every row. */
const PARTITIONS = /* sql */ `
  select pg_catalog.pg_get_partition_constraintdef(p.relid) as demand
  from pg_catalog.pg_partition_tree($1::oid::pg_catalog.regclass) p where p.isleaf and p.relid <> $1::oid`;

/** Each row is held against one after the other: with more than these it is left to the INSERT to say no. */
const LEAVES = 256;

export async function readGround(session: Session, { table, map }: MergeLoad, rows: string): Promise<Ground> {
  const [facts] = await session.query<{ staged: string[]; indexes: IndexGround[]; deferrable: { name: string; late: boolean }[]; journal: boolean }>(GROUND, [table.oid, rows]);
  if (facts === undefined) throw new Error("a query without FROM gave no row");
  const mapped = new Set(map.columns.map(({ name }) => name));
  const complete = table.columns.every(({ name, generated }) => generated !== null || mapped.has(name));
  return {
    staged: new Set(facts.staged),
    settled: complete ? new Set(facts.staged) : mapped,
    indexes: new Map(facts.indexes.map((index) => [index.name, index])),
    deferrable: facts.deferrable,
    // A key of the partitions that takes its default need not be among the staged columns.
    partitions: table.partitioned && complete ? await readPartitions(session, table.oid) : null,
    journal: facts.journal,
  };
}

async function readPartitions(session: Session, table: number): Promise<string | null> {
  const leaves = await session.query<{ demand: string | null }>(PARTITIONS, [table]);
  const demands = leaves.flatMap(({ demand }) => demand ?? []);
  if (demands.length < leaves.length || leaves.length > LEAVES) return null;
  return demands.length === 0 ? "false" : demands.map((demand) => `(${demand})`).join(" or ");
}

/** `"a", "b"`, each with the alias before it. */
export function columnsOf(alias: string, names: readonly string[]): string {
  return names.map((name) => `${alias}.${ident(name)}`).join(", ");
}

/** Whether the values of the columns are the same to the last byte: types without an equality have this one. */
export function sameImage(one: string, other: string, names: readonly string[]): string {
  return `pg_catalog.record_image_eq(ROW(${columnsOf(one, names)}), ROW(${columnsOf(other, names)}))`;
}
