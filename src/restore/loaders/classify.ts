/**
 * What a merge would do, row by row, without touching the target. The merge itself begins with the same judgement,
 * so that a plan and the run that follows it count alike.
 */
import { ident } from "../../catalog/quote.ts";
import type { Session } from "../../session/session.ts";
import type { UniqueKey } from "../target-table.ts";
import { columnsOf, readGround, sameImage } from "./ground.ts";
import { accuse, bare, type Judgement, keyText, openJudgement, verdictsOf, written } from "./judgement.ts";
import type { MergeLoad, Staging } from "./merge-load.ts";
import { accuseOrphans, type ParentsToCome } from "./orphans.ts";
import { accuseConflicts, equals } from "./unique-conflicts.ts";

export interface StagedCounts {
  readonly archived: number;
  /** Will be inserted. */
  readonly new: number;
  readonly identical: number;
  /** Will be updated, or kept as the target has them, by the policy. */
  readonly differing: number;
  /** Constraint → rows that will be rejected for it, foreign keys excepted. */
  readonly conflicting: ReadonlyMap<string, number>;
  /** Rows that will be rejected because a foreign key finds no parent. */
  readonly orphans: number;
  readonly examples: Readonly<Record<ExampleClass, readonly Example[]>>;
}

export type ExampleClass = "new" | "differing" | "conflicting" | "orphans";

export interface Example {
  /** The key's columns as json text; null where the table has no key, or the row none. */
  readonly key: string | null;
  /** The mapped columns as json text, where there is no key. */
  readonly row?: string;
}

/** The name under which rows without a partition are counted. */
export const NO_PARTITION = "no partition";

/** From this many rows on statistics are worth their while. */
const MANY = 5_000;

/** Counts what `mergeStaged` would do with the rows. Leaves its tables for `keepKeys`; they go with the transaction. */
export async function countStaged(session: Session, load: MergeLoad, staging: Pick<Staging, "rows" | "archived" | "rejected">, examples: number, parentsToCome: ParentsToCome = new Map()): Promise<StagedCounts> {
  const judgement = await judge(session, load, staging, parentsToCome);
  const classes = await countClasses(judgement);
  const culprits = await session.query<{ name: string; orphan: boolean; count: number }>(`
    select pgark_constraint as name, pgark_orphan as orphan, count(*)::float8 as count from ${judgement.culprits} group by 1, 2 order by 1, 2`);
  const conflicting = await rejectedByStaging(session, load, staging);
  for (const { name, orphan, count } of culprits) if (!orphan) conflicting.set(name, (conflicting.get(name) ?? 0) + count);
  return {
    archived: staging.archived,
    new: classes.new,
    identical: classes.same,
    differing: classes.other,
    conflicting,
    orphans: culprits.reduce((sum, { orphan, count }) => (orphan ? sum + count : sum), 0),
    examples: {
      new: await exampleRows(judgement, `${judgement.verdicts} pgark_c`, "pgark_c.pgark_class = 'new'", examples),
      differing: await exampleRows(judgement, `${judgement.verdicts} pgark_c`, "pgark_c.pgark_class = 'other'", examples),
      conflicting: await exampleRows(judgement, `${judgement.culprits} pgark_c`, "not pgark_c.pgark_orphan", examples),
      orphans: await exampleRows(judgement, `${judgement.culprits} pgark_c`, "pgark_c.pgark_orphan", examples),
    },
  };
}

/**
 * After `countStaged`: a temporary table with the values of these columns in rows that will be written to the target, for
 * the dry run of tables that reference it. It outlives the transaction when that commits.
 */
export async function keepKeys(session: Session, load: MergeLoad, staging: Pick<Staging, "rows">, columns: readonly string[]): Promise<string> {
  const positions = columns.map((column) => load.table.columns.findIndex(({ name }) => name === column));
  const table = `pg_temp.pgark_keys_${[load.load, ...positions].join("_")}`;
  const written = load.policy === "update" ? "in ('new', 'other')" : "= 'new'";
  await session.execute(`
    DROP TABLE IF EXISTS ${table};
    CREATE TEMP TABLE ${bare(table)} AS
    select distinct ${columnsOf("pgark_s", columns)} from ${staging.rows} pgark_s
    join ${verdictsOf(load)} pgark_c on pgark_c.pgark_row = pgark_s.ctid and pgark_c.pgark_class ${written}`);
  return table;
}

/** Finds for each staged row what it meets, and which ones cannot go in. The target must be locked where it is to be written. */
export async function judge(session: Session, load: MergeLoad, staging: Pick<Staging, "rows" | "archived" | "rejected">, toCome: ParentsToCome = new Map()): Promise<Judgement> {
  const many = staging.archived - staging.rejected >= MANY;
  if (many) await session.execute(`ANALYZE ${staging.rows}${analyzed(load.key)}`);
  const judgement = await openJudgement(session, load, await readGround(session, load, staging.rows), staging.rows);
  const twice = load.key === null ? 0 : await accuseTwins(judgement, load.key);
  if (load.key !== null) await meetByKey(judgement, load.key, twice > 0);
  if (load.key !== null && load.fresh === true) await accuseLateTwins(judgement, load.key);
  if (load.key === null || load.key.nullable || load.key.predicate !== null) await meetAsMultiset(judgement, load.key);
  if (many) await session.execute(`ANALYZE ${judgement.verdicts}`);
  await accuseUnplaced(judgement);
  await accuseOrphans(judgement, toCome);
  await accuseConflicts(judgement);
  return judgement;
}

export async function countClasses({ session, verdicts }: Judgement): Promise<{ readonly new: number; readonly same: number; readonly other: number; readonly turns: number }> {
  const [counts] = await session.query<{ new: number; same: number; other: number; turns: number }>(`
    select count(*) filter (where pgark_class = 'new')::float8 as new, count(*) filter (where pgark_class = 'same')::float8 as same,
      count(*) filter (where pgark_class = 'other')::float8 as other, coalesce(max(pgark_turn) + 1, 0)::int4 as turns from ${verdicts}`);
  if (counts === undefined) throw new Error("an aggregate gave no row");
  return counts;
}

/** The key's columns alone, where they are plain: the others say nothing about the join. */
function analyzed(key: UniqueKey | null): string {
  return key === null || key.columns === null ? "" : ` (${key.columns.map(ident).join(", ")})`;
}

/** Whether the key finds a row, over bare column names: rows that it does not speak of merge as a multiset. */
function hasKey({ parts, nullable, nullsNotDistinct, predicate }: UniqueKey): string {
  const conditions = [...(predicate === null ? [] : [`(${predicate})`]), ...(nullable && !nullsNotDistinct ? [`pg_catalog.num_nulls(${parts.join(", ")}) = 0`] : [])];
  return conditions.length === 0 ? "true" : `(${conditions.join(" and ")})`;
}

function keyParts({ parts }: UniqueKey): readonly string[] {
  return parts.map((part, position) => `(${part}) as pgark_k${position}`);
}

/** Rows of the archive whose key an earlier one has: the first stays. */
async function accuseTwins(judgement: Judgement, key: UniqueKey): Promise<number> {
  const { session, rows } = judgement;
  const values = key.parts.map((_, position) => `pgark_s.pgark_k${position}`);
  const keyed = `(select pgark_r.ctid as pgark_row, ${keyParts(key).join(", ")} from ${rows} pgark_r where ${hasKey(key)}) pgark_s`;
  const some = await session.query(`select from ${keyed} group by ${values.join(", ")} having count(*) > 1 limit 1`);
  if (some.length === 0) return 0;
  return accuse(judgement, key.name, `
    select pgark_n.pgark_row, 'the archive has the key twice: ' || ${keyText(key.parts, key.parts.map((_, position) => `pgark_n.pgark_k${position}`))} as pgark_message
    from (select pgark_s.*, row_number() over (partition by ${values.join(", ")} order by pgark_s.pgark_row) as pgark_n from ${keyed}) pgark_n
    where pgark_n.pgark_n > 1`);
}

/** The same where the earlier row is in another chunk: nobody else's is in the table. */
async function accuseLateTwins(judgement: Judgement, key: UniqueKey): Promise<void> {
  const { rows, verdicts } = judgement;
  await accuse(judgement, key.name, `
    select pgark_n.pgark_row, 'the archive has the key twice: ' || ${keyText(key.parts, key.parts.map((_, position) => `pgark_n.pgark_k${position}`))} as pgark_message
    from (select pgark_r.ctid as pgark_row, ${keyParts(key).join(", ")} from ${rows} pgark_r) pgark_n
    join ${verdicts} pgark_c on pgark_c.pgark_row = pgark_n.pgark_row where pgark_c.pgark_at is not null`);
}

/** The columns whose values an update writes: an identity that is always generated takes none. */
export function comparedColumns({ table, map, key }: MergeLoad): readonly string[] {
  const always = new Set(table.columns.filter(({ identity }) => identity === "always").map(({ name }) => name));
  return map.columns.map(({ name }) => name).filter((name) => !always.has(name) || key?.columns?.includes(name) === true);
}

async function meetByKey({ session, load, rows, verdicts, culprits }: Judgement, key: UniqueKey, twins: boolean): Promise<void> {
  const compared = comparedColumns(load);
  const where = [hasKey(key), ...(twins ? [`not exists (select from ${culprits} pgark_x where pgark_x.pgark_row = pgark_r.ctid)`] : [])].join(" and ");
  const shown = compared.length === 0 ? "" : `, ${columnsOf("pgark_t", compared)}`;
  const staged = compared.length === 0 ? "" : `, ${columnsOf("pgark_r", compared)}`;
  const join = (nulls: boolean, condition: string) => `
    insert into ${verdicts}
    select pgark_s.pgark_row, pgark_t.pgark_of, pgark_t.pgark_at,
      case when pgark_t.pgark_at is null then 'new' when ${sameImage("pgark_s", "pgark_t", compared)} then 'same' else 'other' end, 0
    from (select pgark_r.ctid as pgark_row, ${keyParts(key).join(", ")}${staged} from ${rows} pgark_r where ${where} and ${condition}) pgark_s
    left join lateral (
      select pgark_t.tableoid as pgark_of, pgark_t.ctid as pgark_at${shown} from ${load.table.exactly} pgark_t
      where ${finds(key, nulls)}) pgark_t on true`;
  if (!key.nullsNotDistinct) return void (await session.execute(join(false, "true")));
  // Apart, because only plain equality can be hashed.
  const nulls = `pg_catalog.num_nulls(${key.parts.join(", ")})`;
  await session.execute(join(false, `${nulls} = 0`));
  await session.execute(join(true, `${nulls} > 0`));
}

/** A temporal key overlaps what it must not; it is the same as what it equals. */
function finds({ parts, operators, predicate, withoutOverlaps }: UniqueKey, nulls: boolean): string {
  const conditions = parts.map((part, position) => {
    const operator = withoutOverlaps && position === parts.length - 1 ? "pg_catalog.=" : (operators[position] ?? "pg_catalog.=");
    return equals(part, operator, `pgark_s.pgark_k${position}`, nulls);
  });
  return [...conditions, ...(predicate === null ? [] : [`(${predicate})`])].join(" and ");
}

/** Rows that no key finds: as many as the target had of the same image are there, the rest is new. */
async function meetAsMultiset({ session, load, rows, verdicts }: Judgement, key: UniqueKey | null): Promise<void> {
  const names = load.map.columns.map(({ name }) => name);
  const image = (alias: string) => `pg_catalog.sha256(pg_catalog.textsend(ROW(${columnsOf(alias, names)})::pg_catalog.text))`;
  const without = key === null ? "true" : `${hasKey(key)} is not true`;
  await session.execute(`
    insert into ${verdicts}
    select pgark_s.pgark_row, null, null, case when pgark_s.pgark_n <= coalesce(pgark_t.pgark_n, 0) then 'same' else 'new' end, 0
    from (
      select pgark_i.*, row_number() over (partition by pgark_i.pgark_image order by pgark_i.pgark_row) as pgark_n
      from (select pgark_r.ctid as pgark_row, ${image("pgark_r")} as pgark_image from ${rows} pgark_r where ${without}) pgark_i) pgark_s
    left join (
      select ${image("pgark_r")} as pgark_image, count(*) as pgark_n from ${load.table.exactly} pgark_r where ${load.fresh === true ? "false" : without} group by 1) pgark_t
      on pgark_t.pgark_image = pgark_s.pgark_image`);
}

async function accuseUnplaced(judgement: Judgement): Promise<void> {
  const { ground, load, rows, verdicts } = judgement;
  if (ground.partitions === null) return;
  await accuse(judgement, NO_PARTITION, `
    select pgark_r.pgark_row, 'no partition of relation "' || pgark_n.relname || '" found for row' as pgark_message
    from (select pgark_r.ctid as pgark_row from ${rows} pgark_r where (${ground.partitions}) is not true) pgark_r
    join ${verdicts} pgark_c on pgark_c.pgark_row = pgark_r.pgark_row and ${written(judgement, "pgark_c")}, pg_catalog.pg_class pgark_n
    where pgark_n.oid = ${load.table.oid}`);
}

/** What the staging has refused is told in the journal. */
async function rejectedByStaging(session: Session, { load }: MergeLoad, { rejected }: Pick<Staging, "rejected">): Promise<Map<string, number>> {
  if (rejected === 0) return new Map();
  const rows = await session.query<{ name: string; count: number }>("select constraint_name as name, count(*)::float8 as count from pgark.rejects where load = $1 group by 1 order by 1", [load]);
  return new Map(rows.map(({ name, count }) => [name, count]));
}

async function exampleRows({ session, load, rows }: Judgement, table: string, condition: string, count: number): Promise<readonly Example[]> {
  if (count === 0) return [];
  const key = load.key === null || load.key.parts.length === 0 ? "null::json" : `case when ${hasKey(load.key)} then ${jsonOf(load.key.columns ?? [], load.key)} end`;
  const found = await session.query<{ key: string | null; row: string }>(`
    select pgark_e.pgark_key::text as key, pgark_e.pgark_json::text as row
    from (select pgark_r.ctid as pgark_row, ${key} as pgark_key, ${jsonOf(load.map.columns.map(({ name }) => name), null)} as pgark_json from ${rows} pgark_r) pgark_e
    join ${table} on pgark_c.pgark_row = pgark_e.pgark_row where ${condition} order by pgark_e.pgark_row limit ${count}`);
  return found.map((one) => (one.key === null ? { key: null, row: one.row } : { key: one.key }));
}

/** The columns by their names, or the key's parts by what they say, over the alias pgark_r. */
function jsonOf(columns: readonly string[], key: UniqueKey | null): string {
  const values = key !== null && key.columns === null ? key.parts.map((part) => `(${part}) as ${ident(part)}`).join(", ") : columnsOf("pgark_r", columns);
  return `(select pg_catalog.row_to_json(pgark_j) from (select ${values}) pgark_j)`;
}

