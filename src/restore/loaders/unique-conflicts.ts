/**
 * Staged rows that would break a unique or exclusion constraint other than their key: found by joins, before anything
 * is written. An update may free a value that another row wants, so whether a row can go in may depend on whether
 * another does; that is settled in `settle`, without a server.
 */
import { literal } from "../../catalog/quote.ts";
import type { Exclusion, UniqueKey } from "../target-table.ts";
import { accuse, bare, foreseesUpdates, type Judgement, keyText, written } from "./judgement.ts";
import { type Hold, type Rivals, settle } from "./settle.ts";

/** Up to here each row is held against each other. */
const FEW = 500;

/** A unique or an exclusion constraint: no two rows for which every operator holds. */
interface Rule {
  readonly name: string;
  readonly unique: boolean;
  readonly deferrable: boolean;
  readonly elements: readonly { readonly part: string; readonly operator: string }[];
  readonly nullsNotDistinct: boolean;
  readonly predicate: string | null;
  /** The columns that its parts and its predicate read. */
  readonly reads: readonly string[];
}

/** Accuses the rows that have no place, and gives the turns to updates that have to wait for others. */
export async function accuseConflicts(judgement: Judgement): Promise<void> {
  const rules = rulesOf(judgement);
  if (rules.length === 0) return;
  let holds: readonly Hold[] = [];
  let groups: readonly Rivals[] = [];
  for (const [number, rule] of rules.entries()) holds = holds.concat(await meetTarget(judgement, rule, number));
  for (const [number, rule] of rules.entries()) groups = groups.concat(await meetEachOther(judgement, rule, number));
  if (holds.length === 0 && groups.length === 0) return;
  const { rejected, turns } = settle(await withoutAccused(judgement, holds), groups);
  for (const [number, rule] of rules.entries()) {
    const rows = rejected.filter((one) => one.rule === number).map(({ row }) => row);
    if (rows.length > 0) await accuse(judgement, rule.name, `select pgark_s.pgark_row, ${message(rule, "pgark_s")} as pgark_message from ${stagedParts(judgement, rule)} pgark_s where pgark_s.pgark_row = any ($1::tid[])`, { parameters: [rows] });
  }
  await setTurns(judgement, turns);
}

/** Those that can be foreseen: a part that takes its default is known only when the row is in. The key itself finds its row, unless it is temporal. */
function rulesOf({ load: { table, key }, ground }: Judgement): readonly Rule[] {
  const rules = [...table.keys.filter((one) => one.name !== key?.name || one.withoutOverlaps).map(ofKey), ...table.exclusions.map(ofExclusion)].map((rule): Rule => ({ ...rule, reads: ground.indexes.get(rule.name)?.columns ?? [] }));
  return rules.filter(({ reads }) => reads.every((column) => ground.staged.has(column)));
}

function ofKey({ name, deferrable, parts, operators, nullsNotDistinct, predicate, withoutOverlaps }: UniqueKey): Omit<Rule, "reads"> {
  const elements = parts.map((part, position) => ({ part, operator: operators[position] ?? "pg_catalog.=" }));
  return { name, unique: !withoutOverlaps, deferrable, elements, nullsNotDistinct, predicate };
}

function ofExclusion({ name, deferrable, elements, predicate }: Exclusion): Omit<Rule, "reads"> {
  return { name, unique: false, deferrable, elements, nullsNotDistinct: false, predicate };
}

/** Staged rows that meet a row of the target other than their own. Those that wait for nobody are accused, the others given. */
async function meetTarget(judgement: Judgement, rule: Rule, number: number): Promise<readonly Hold[]> {
  const { session, load, rows, verdicts } = judgement;
  const holds = `pg_temp.pgark_holds_${load.load}_${number}`;
  // Whoever keeps the value after its own update, or was refused it, is met for good.
  await session.execute(`
    DROP TABLE IF EXISTS ${holds};
    CREATE TEMP TABLE ${bare(holds)} ON COMMIT DROP AS
    select pgark_s.pgark_row, pgark_m.pgark_row as pgark_mover, ${message(rule, "pgark_s")} as pgark_message
    from ${stagedParts(judgement, rule)} pgark_s
    join ${verdicts} pgark_c on pgark_c.pgark_row = pgark_s.pgark_row and ${written(judgement, "pgark_c", rule.reads)}
    join lateral (
      select pgark_t.tableoid as pgark_of, pgark_t.ctid as pgark_at from ${load.table.exactly} pgark_t
      where ${meets(rule, "pgark_s")}) pgark_t on pgark_t.pgark_at <> pgark_c.pgark_at or pgark_t.pgark_of <> pgark_c.pgark_of or pgark_c.pgark_at is null
    left join ${verdicts} pgark_m on ${foreseesUpdates(judgement, rule.reads)} and pgark_m.pgark_class = 'other' and pgark_m.pgark_at = pgark_t.pgark_at and pgark_m.pgark_of = pgark_t.pgark_of
      and not exists (select from ${rows} pgark_r where pgark_r.ctid = pgark_m.pgark_row and ${meets(rule, "pgark_s")})`);
  await accuse(judgement, rule.name, `select distinct on (pgark_row) pgark_row, pgark_message from ${holds} where pgark_mover is null order by pgark_row`);
  const waiting = await session.query<{ row: string; mover: string }>(`
    select h.pgark_row::text as row, h.pgark_mover::text as mover from ${holds} h where h.pgark_mover is not null order by h.pgark_row, h.pgark_mover`);
  await session.execute(`DROP TABLE ${holds}`);
  return waiting.map(({ row, mover }) => ({ rule: number, row, mover, deferrable: rule.deferrable, gone: false }));
}

/** Staged rows that exclude each other, in their order. */
async function meetEachOther(judgement: Judgement, rule: Rule, number: number): Promise<readonly Rivals[]> {
  const { session, verdicts, rows } = judgement;
  const live = `${stagedParts(judgement, rule)} pgark_s join ${verdicts} pgark_c on pgark_c.pgark_row = pgark_s.pgark_row and ${written(judgement, "pgark_c", rule.reads)}`;
  const keys = rule.elements.map((_, position) => `pgark_s.pgark_k${position}`);
  if (!rule.unique) await indexRows(judgement, rule);
  const select = rule.unique
    ? `select array_agg(pgark_s.pgark_row::text order by pgark_s.pgark_row) as rows from ${live} group by ${keys.join(", ")} having count(*) > 1 order by min(pgark_s.pgark_row)`
    : `select array[pgark_s.pgark_row::text, pgark_e.pgark_row::text] as rows from ${live}
       join lateral (select pgark_r.ctid as pgark_row from ${rows} pgark_r where ${meets(rule, "pgark_s")}) pgark_e on pgark_e.pgark_row > pgark_s.pgark_row
       join ${verdicts} pgark_d on pgark_d.pgark_row = pgark_e.pgark_row and ${written(judgement, "pgark_d", rule.reads)}
       order by pgark_s.pgark_row, pgark_e.pgark_row`;
  return (await session.query<{ rows: string[] }>(select)).map((group) => ({ rule: number, rows: group.rows }));
}

/** Overlaps cannot be hashed: among many rows they are found as the server itself does. */
async function indexRows({ session, ground, rows, verdicts }: Judgement, { name, elements, predicate }: Rule): Promise<void> {
  const index = ground.indexes.get(name);
  const some = await session.query(`select from ${verdicts} where pgark_class <> 'same' offset ${FEW} limit 1`);
  if (index === undefined || some.length === 0) return;
  const parts = elements.map(({ part }, position) => `(${part}) ${index.classes[position] ?? ""}`);
  await session.execute(`CREATE INDEX ON ${rows} USING ${index.method} (${parts.join(", ")})${predicate === null ? "" : ` WHERE ${predicate}`}; ANALYZE ${rows}`);
}

/** Staged rows that the rule speaks of, with the values of its parts as `pgark_k0 …`. */
function stagedParts({ rows }: Judgement, { elements, nullsNotDistinct, predicate }: Rule): string {
  const parts = elements.map(({ part }, position) => `(${part}) as pgark_k${position}`);
  const conditions = [...(predicate === null ? [] : [`(${predicate})`]), ...(nullsNotDistinct ? [] : [`pg_catalog.num_nulls(${elements.map(({ part }) => part).join(", ")}) = 0`])];
  return `(select pgark_r.ctid as pgark_row, ${parts.join(", ")} from ${rows} pgark_r${conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`})`;
}

/** Where only one table is in scope, whose bare column names the parts are. */
function meets({ elements, nullsNotDistinct, predicate }: Rule, other: string): string {
  const conditions = elements.map(({ part, operator }, position) => equals(part, operator, `${other}.pgark_k${position}`, nullsNotDistinct));
  return [...conditions, ...(predicate === null ? [] : [`(${predicate})`])].join(" and ");
}

/** In a form that an index serves. */
export function equals(part: string, operator: string, value: string, nullsToo: boolean): string {
  const same = `(${part}) OPERATOR(${operator}) ${value}`;
  return nullsToo ? `(${same} or ((${part}) is null and ${value} is null))` : same;
}

function message({ name, unique, elements }: Rule, alias: string): string {
  const key = keyText(elements.map(({ part }) => part), elements.map((_, position) => `${alias}.pgark_k${position}`));
  return unique
    ? `${literal(`duplicate key value violates unique constraint "${name}": `)} || ${key} || ' already exists.'`
    : `${literal(`conflicting key value violates exclusion constraint "${name}": `)} || ${key} || ' conflicts with existing key.'`;
}

/** Rows that were accused for good wait no more, and movers among them move no more. */
async function withoutAccused({ session, culprits }: Judgement, holds: readonly Hold[]): Promise<readonly Hold[]> {
  if (holds.length === 0) return [];
  const accused = await session.query<{ row: string }>(`select pgark_row::text as row from ${culprits}`);
  const gone = new Set(accused.map(({ row }) => row));
  return holds.filter(({ row }) => !gone.has(row)).map((hold) => ({ ...hold, gone: gone.has(hold.mover) }));
}

async function setTurns({ session, verdicts }: Judgement, turns: ReadonlyMap<string, number>): Promise<void> {
  if (turns.size === 0) return;
  await session.execute(`CREATE INDEX ON ${verdicts} (pgark_turn) WHERE pgark_turn > 0`);
  await session.query(
    `update ${verdicts} pgark_c set pgark_turn = v.turn from unnest($1::tid[], $2::int4[]) as v (pgark_row, turn) where v.pgark_row = pgark_c.pgark_row and pgark_c.pgark_class = 'other'`,
    [[...turns.keys()], [...turns.values()]],
  );
}
