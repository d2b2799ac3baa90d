/**
 * Which rows of an archive are meant by conditions, with those that they reference and those that reference them. The
 * tables concerned are read once, as the archive has them, into temporary tables of the session; the target's own
 * tables are not looked at. Chosen rows are known by where they lie there.
 *
 * Children are followed from the rows that a condition chose, and from their children. Parents are followed from all
 * of these and from parents. A parent that was brought in this way does not bring its other children.
 */
import type { ArchiveReader } from "../archive/reader.ts";
import { ident } from "../catalog/quote.ts";
import { isPgarkError, messageOf, PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { castExpression, type MappedColumn } from "./column-map.ts";
import { copyChunk } from "./loaders/copy.ts";
import type { MergeLoad } from "./loaders/merge-load.ts";
import { attempt } from "./loaders/one-by-one.ts";
import type { PlannedLoad } from "./plan.ts";
import type { Directions, Reference } from "./references.ts";
import { about } from "./rows.ts";

/** A load whose rows can be chosen. */
export interface Candidate {
  readonly load: PlannedLoad;
  readonly merge: MergeLoad;
  /** Which of the archive's rows are this load's at all, where its table was split off. */
  readonly member: string | null;
  /** Which of them are chosen; null where only relatives are. */
  readonly condition: string | null;
}

/**
 * Chooses the rows, and gives how many of each load were chosen. Empty when no condition was met. Must be inside a
 * transaction; the temporary tables outlive it. Throws USAGE where a condition fails for some row.
 */
export async function chooseRows(session: Session, reader: ArchiveReader, candidates: readonly Candidate[], references: readonly Reference[], directions: Directions): Promise<ReadonlyMap<number, number>> {
  const asked = candidates.filter(({ condition }) => condition !== null);
  for (const one of asked) {
    await read(session, reader, one);
    await chooseAsked(session, one);
  }
  const first = await count(session, asked);
  if (![...first.values()].some((rows) => rows > 0)) return new Map();
  const relatives = candidates.filter(({ condition }) => condition === null);
  for (const one of relatives) await read(session, reader, one);
  await follow(session, candidates, references, directions);
  return count(session, candidates);
}

/** The query that gives a load's chosen rows, as its fields, to `Staging.addSelect`. */
export function chosenRows({ load, map }: Pick<MergeLoad, "load" | "map">): string {
  return `SELECT ${map.fields.map(({ name }) => ident(name)).join(", ")} FROM ${archived(load)} WHERE ctid = ANY (ARRAY(SELECT pgark_row FROM ${chosen(load)}))`;
}

function archived(load: number): string {
  return `pg_temp.pgark_archived_${load}`;
}

function chosen(load: number): string {
  return `pg_temp.pgark_chosen_${load}`;
}

function bare(table: string): string {
  return table.slice("pg_temp.".length);
}

/** `pgark_round`: when a row was chosen; 0 by its condition. */
async function read(session: Session, reader: ArchiveReader, { load, merge, member }: Candidate): Promise<void> {
  const table = archived(load.load);
  const { fields } = merge.map;
  await session.execute(`
    CREATE TEMPORARY TABLE ${bare(table)} (${fields.map(({ name, stagingType }) => `${ident(name)} ${stagingType}`).join(", ")});
    CREATE TEMPORARY TABLE ${bare(chosen(load.load))} (pgark_row pg_catalog.tid PRIMARY KEY, pgark_round integer NOT NULL)`);
  const target = { table, columns: fields.map(({ name }) => name), format: merge.format, freeze: false };
  await about(load, async () => {
    for (const chunk of reader.manifest.chunks) if (chunk.entry === load.entry.id) await copyChunk(session, target, reader.readChunk(chunk), () => {});
  });
  if (member !== null) await evaluate(load, member, () => session.query(`delete from ${table} archived where (\n${member}\n) is not true`));
  await session.execute(`ANALYZE ${table}`);
}

/** Alone in its statement, by the extended protocol, which takes no second one. */
async function chooseAsked(session: Session, { load, condition }: Candidate): Promise<void> {
  if (condition === null) return;
  await evaluate(load, condition, () => session.query(`insert into ${chosen(load.load)} select archived.ctid, 0 from ${archived(load.load)} archived where (\n${condition}\n)`));
}

async function evaluate(load: PlannedLoad, condition: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isPgarkError(error, "SQL_FAILED", "PERMISSION_DENIED")) throw error;
    throw new PgarkError("USAGE", `the condition for ${load.table} cannot be used: ${condition}: ${messageOf(error)}`, { object: `table ${load.table}`, sqlState: error.sqlState, cause: error });
  }
}

async function count(session: Session, candidates: readonly Candidate[]): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  for (const { load } of candidates) {
    const [counted] = await session.query<{ rows: number }>(`select count(*)::float8 as rows from ${chosen(load.load)}`);
    counts.set(load.load, counted?.rows ?? 0);
  }
  return counts;
}

/** From chosen rows of one load to rows of another. */
interface Step {
  readonly from: number;
  readonly to: number;
  /** `pgark_from` and `pgark_to` are parent and child, or the other way round. */
  readonly matches: (how: How) => string;
  /** Whether a value has to be cast before it can be compared. */
  readonly casts: boolean;
}

type How = "as the target's types" | "as texts";

async function follow(session: Session, candidates: readonly Candidate[], references: readonly Reference[], { withParents, withChildren }: Directions): Promise<void> {
  const byLoad = new Map(candidates.map((one) => [one.load.load, one.merge]));
  const steps = (toChildren: boolean) => references.flatMap((reference) => stepOf(reference, byLoad, toChildren) ?? []);
  const all = new Set(byLoad.keys());
  const last = withChildren ? await spread(session, steps(true), all, 0) : 0;
  if (withParents) await spread(session, steps(false), all, last);
}

/** Until nothing more is chosen; gives the number of the last round. */
async function spread(session: Session, steps: readonly Step[], start: ReadonlySet<number>, last: number): Promise<number> {
  let fresh = start;
  let round = last;
  for (let since = 0; fresh.size > 0; since = round) {
    round += 1;
    const next = new Set<number>();
    for (const step of steps) if (fresh.has(step.from) && (await take(session, step, since, round)) > 0) next.add(step.to);
    fresh = next;
  }
  return round;
}

/** Chooses what the rows since a round lead to. A value that cannot be cast is no reason to stop: its row will be refused, where it is chosen. */
async function take(session: Session, { from, to, matches, casts }: Step, since: number, round: number): Promise<number> {
  const insert = (how: How) =>
    session.execute(`
      INSERT INTO ${chosen(to)} SELECT pgark_to.ctid, ${round} FROM ${archived(from)} pgark_from JOIN ${archived(to)} pgark_to ON ${matches(how)}
      WHERE pgark_from.ctid = ANY (ARRAY(SELECT pgark_row FROM ${chosen(from)} WHERE pgark_round >= ${since})) ON CONFLICT DO NOTHING`);
  if (!casts) return insert("as the target's types");
  const result = await attempt(session, () => insert("as the target's types"));
  return "done" in result ? result.done : await insert("as texts");
}

/** Null where the archive has no values for the key's columns. */
function stepOf({ child, parent, key }: Reference, byLoad: ReadonlyMap<number, MergeLoad>, toChildren: boolean): Step | null {
  const own = columnsOf(byLoad.get(child), key.columns);
  const theirs = columnsOf(byLoad.get(parent), key.parentColumns);
  if (own === null || theirs === null) return null;
  const [childAlias, parentAlias] = toChildren ? ["pgark_to", "pgark_from"] : ["pgark_from", "pgark_to"];
  const matches = (how: How) => theirs.map((column, index) => equal({ column, alias: parentAlias }, key.operators[index] ?? "pg_catalog.=", { column: own[index]!, alias: childAlias }, how)).join(" AND ");
  const [from, to] = toChildren ? [parent, child] : [child, parent];
  return { from, to, matches, casts: [...own, ...theirs].some(({ sameType }) => !sameType) };
}

function columnsOf(merge: MergeLoad | undefined, names: readonly string[]): readonly MappedColumn[] | null {
  const columns = names.flatMap((name) => merge?.map.columns.find((column) => column.name === name) ?? []);
  return columns.length === names.length ? columns : null;
}

interface Side {
  readonly column: MappedColumn;
  readonly alias: string;
}

function equal(parent: Side, operator: string, child: Side, how: How): string {
  const field = ({ column, alias }: Side) => `${alias}.${ident(column.field)}`;
  const cast = (side: Side) => (side.column.sameType ? field(side) : castExpression(side.column, field(side)));
  if (how === "as texts" && !(parent.column.sameType && child.column.sameType)) return `${field(parent)}::pg_catalog.text OPERATOR(pg_catalog.=) ${field(child)}::pg_catalog.text`;
  return `${cast(parent)} OPERATOR(${operator}) ${cast(child)}`;
}
