/**
 * What becomes of each staged row, before anything is written: a temporary table that says which row of the target
 * it meets, and one of those that cannot go in, with the reason. Both belong to one load in one transaction, in which
 * the target is locked: they hold row addresses.
 */
import { literal } from "../../catalog/quote.ts";
import type { Session } from "../../session/session.ts";
import type { MergeLoad } from "./merge-load.ts";
import type { Ground } from "./ground.ts";

export interface Judgement {
  readonly session: Session;
  readonly load: MergeLoad;
  readonly ground: Ground;
  /** The staged rows. */
  readonly rows: string;
  /**
   * One row for each staged row that may go on: `pgark_row`, the row of the target that it meets (`pgark_of`, `pgark_at`),
   * `pgark_class` (`new`, `same`, `other`), and for updates `pgark_turn`, which is 0 unless another update must go before.
   */
  readonly verdicts: string;
  /** One row for each staged row that cannot: `pgark_row`, `pgark_orphan`, `pgark_constraint`, `pgark_message`. */
  readonly culprits: string;
}

export function verdictsOf({ load }: MergeLoad): string {
  return `pg_temp.pgark_verdicts_${load}`;
}

export async function openJudgement(session: Session, load: MergeLoad, ground: Ground, rows: string): Promise<Judgement> {
  const judgement = { session, load, ground, rows, verdicts: verdictsOf(load), culprits: `pg_temp.pgark_culprits_${load.load}` };
  await dropJudgement(judgement);
  await session.execute(`
    CREATE TEMP TABLE ${bare(judgement.verdicts)} (pgark_row tid, pgark_of oid, pgark_at tid, pgark_class text, pgark_turn integer) ON COMMIT DROP;
    CREATE TEMP TABLE ${bare(judgement.culprits)} (pgark_row tid PRIMARY KEY, pgark_orphan boolean, pgark_constraint text, pgark_message text) ON COMMIT DROP`);
  return judgement;
}

export async function dropJudgement({ session, verdicts, culprits }: Pick<Judgement, "session" | "verdicts" | "culprits">): Promise<void> {
  await session.execute(`DROP TABLE IF EXISTS ${verdicts}, ${culprits}`);
}

/** CREATE TEMP TABLE takes the name without its schema. */
export function bare(table: string): string {
  return table.replace(/^pg_temp\./, "");
}

/**
 * What the merge would write: rows of these classes have to meet the constraints. With `reads`, only those whose values in
 * these columns are staged: an update leaves columns that are not mapped as they are.
 */
export function written({ load, ground }: Judgement, alias: string, reads: readonly string[] = []): string {
  return foreseesUpdates({ load, ground }, reads) ? `${alias}.pgark_class in ('new', 'other')` : `${alias}.pgark_class = 'new'`;
}

export function foreseesUpdates({ load, ground }: Pick<Judgement, "load" | "ground">, reads: readonly string[]): boolean {
  return load.policy === "update" && reads.every((column) => ground.settled.has(column));
}

/** A row's first reason is the one that is told. `select` gives the rows and the messages. */
export async function accuse({ session, culprits, verdicts }: Judgement, constraint: string, select: string, { orphan = false, parameters = [] as readonly unknown[] } = {}): Promise<number> {
  const [accused] = await session.query<{ count: number }>(
    `with pgark_new as (
       insert into ${culprits} select pgark_x.pgark_row, ${orphan}, ${literal(constraint)}, pgark_x.pgark_message from (${select}) pgark_x on conflict do nothing returning 1)
     select count(*)::float8 as count from pgark_new`,
    parameters,
  );
  const count = accused?.count ?? 0;
  if (count > 0) await session.execute(`delete from ${verdicts} pgark_c using ${culprits} pgark_x where pgark_x.pgark_row = pgark_c.pgark_row`);
  return count;
}

/** `Key (a, b)=(1, null)` as PostgreSQL words it; the values are those of the columns `k1 …` of an alias. */
export function keyText(parts: readonly string[], values: readonly string[]): string {
  const shown = values.map((value) => `coalesce((${value})::pg_catalog.text, 'null')`).join(` || ', ' || `);
  return `${literal(`Key (${parts.join(", ")})=(`)} || ${shown} || ')'`;
}
