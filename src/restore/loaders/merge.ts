/**
 * Staged rows into a table that may have rows. First each row is judged; then the differing ones are updated and the new
 * ones inserted, and each statement must touch exactly as many rows as were counted. What still refuses a row then (a
 * trigger, a generated column) is found by halving.
 */
import { PgarkError } from "../../errors.ts";
import type { Session } from "../../session/session.ts";
import { comparedColumns, countClasses, judge } from "./classify.ts";
import { columnsOf, sameImage } from "./ground.ts";
import { bare, dropJudgement, type Judgement } from "./judgement.ts";
import type { MergeCounts, MergeLoad, Staging } from "./merge-load.ts";
import { rejectRows } from "./reject-rows.ts";
import { isRowError } from "./row-error.ts";
import { columnList, ident } from "../../catalog/quote.ts";

/**
 * Merges what is staged, inside the caller's transaction; call `noteLoaded` before it where the rows must be known
 * later. Gives the counts of everything since the staging began. Throws UNBALANCED when a statement touched other
 * than the counted rows, and what is no error of a row.
 */
export async function mergeStaged(session: Session, load: MergeLoad, staging: Pick<Staging, "rows" | "archived" | "rejected">, chunk: number): Promise<MergeCounts> {
  const { table, policy } = load;
  await session.execute(`LOCK TABLE ${table.exactly} IN SHARE ROW EXCLUSIVE MODE`);
  const judgement = await judge(session, load, staging);
  const foreseen = await rejectCulprits(judgement, chunk);
  const classes = await countClasses(judgement);
  balance(load, "the staging", classes.new + classes.same + classes.other + foreseen, staging.archived - staging.rejected);
  const landed = await land(judgement, { new: classes.new, other: policy === "update" ? classes.other : 0, turns: classes.turns });
  const surprises = await rejectCulprits(judgement, chunk);
  await dropJudgement(judgement);
  return {
    archived: staging.archived,
    inserted: landed.inserted,
    updated: landed.updated,
    identical: classes.same,
    kept: policy === "update" ? 0 : classes.other,
    rejected: staging.rejected + foreseen + surprises,
  };
}

/** From the staging into the journal. */
async function rejectCulprits({ session, load, rows, culprits }: Judgement, chunk: number): Promise<number> {
  const some = await session.query(`select from ${culprits} limit 1`);
  if (some.length === 0) return 0;
  const of = (column: string) => `(select pgark_x.${column} from ${culprits} pgark_x where pgark_x.pgark_row = s.ctid)`;
  const rejected = await rejectRows(session, load, chunk, rows, `s.ctid in (select pgark_x.pgark_row from ${culprits} pgark_x)`, of("pgark_constraint"), of("pgark_message"));
  const told = await session.execute(`DELETE FROM ${culprits}`);
  balance(load, "the rejects", rejected, told);
  return rejected;
}

interface Due {
  readonly new: number;
  readonly other: number;
  /** How many updates have to go one after the other. */
  readonly turns: number;
}

interface Landed {
  readonly inserted: number;
  readonly updated: number;
}

/**
 * Writes the rows. Each attempt is a savepoint, and what it brings carries the savepoint's transaction id: the journal
 * that knows the transaction is told of those too.
 */
async function land(judgement: Judgement, due: Due): Promise<Landed> {
  if (due.new + due.other === 0) return { inserted: 0, updated: 0 };
  const { session, load } = judgement;
  const marks = `pg_temp.pgark_marks_${load.load}`;
  await session.execute(`DROP TABLE IF EXISTS ${marks}; CREATE TEMP TABLE ${bare(marks)} (pgark_mark integer) ON COMMIT DROP`);
  const refusal = await attempt(judgement, marks, () => writeAll(judgement, due));
  const landed = refusal === null ? { inserted: due.new, updated: due.other } : await landByHalves(judgement, marks, due);
  if (judgement.ground.journal) await noteSavepoints(session, marks);
  await session.execute(`DROP TABLE ${marks}`);
  return landed;
}

/** `xmin` of what a savepoint wrote is its own; pgark.loaded knows the transaction where the caller has noted it. */
async function noteSavepoints(session: Session, marks: string): Promise<void> {
  await session.execute(`
    INSERT INTO pgark.loaded (xid, place)
    SELECT DISTINCT m.xmin::pg_catalog.text::pg_catalog.int8, l.place FROM ${marks} m, pgark.loaded l
    WHERE l.xid = pg_catalog.txid_current() % 4294967296 AND m.xmin::pg_catalog.text::pg_catalog.int8 <> l.xid`);
}

/** Null when the work is done and every constraint has spoken; the error when one of its rows was refused, and nothing was done. */
async function attempt({ session, ground }: Judgement, marks: string, work: () => Promise<void>): Promise<PgarkError | null> {
  const all = ground.deferrable.map(({ name }) => name).join(", ");
  const late = ground.deferrable.filter((one) => one.late).map(({ name }) => name).join(", ");
  await session.execute(`SAVEPOINT pgark_merge; INSERT INTO ${marks} VALUES (1)${all === "" ? "" : `; SET CONSTRAINTS ${all} DEFERRED`}`);
  try {
    await work();
    if (all !== "") await session.execute(`SET CONSTRAINTS ${all} IMMEDIATE${late === "" ? "" : `; SET CONSTRAINTS ${late} DEFERRED`}`);
    await session.execute("RELEASE SAVEPOINT pgark_merge");
    return null;
  } catch (error) {
    // Nothing is cast here: what is wrong with the types or the columns of the statement is no row's fault.
    if (!(error instanceof PgarkError) || !isRowError(error) || error.sqlState?.startsWith("42") === true) throw error;
    await session.execute("ROLLBACK TO SAVEPOINT pgark_merge; RELEASE SAVEPOINT pgark_merge");
    return error;
  }
}

/** Updates go first: they may free what an insert wants. */
async function writeAll(judgement: Judgement, due: Due): Promise<void> {
  if (due.other > 0) {
    await remember(judgement, "true");
    let updated = 0;
    for (let turn = 0; turn < due.turns; turn++) updated += await update(judgement, due.turns === 1 ? "true" : `pgark_c.pgark_turn = ${turn}`);
    balance(judgement.load, "UPDATE", updated, due.other);
  }
  if (due.new > 0) balance(judgement.load, "INSERT", await insert(judgement, "true"), due.new);
}

/** Old rows that must be put back when it turns out that the new one has no parent. */
async function remember({ session, load, rows, verdicts }: Judgement, some: string): Promise<void> {
  const mapped = load.map.columns.map(({ name }) => name);
  const columns = load.remember.filter((column) => mapped.includes(column));
  if (columns.length === 0) return;
  await session.execute(`
    INSERT INTO pgark.before (load, literal)
    SELECT ${load.load}, ROW(${columnsOf("pgark_t", mapped)})::pg_catalog.text
    FROM ${verdicts} pgark_c JOIN ${rows} pgark_s ON pgark_s.ctid = pgark_c.pgark_row
    JOIN ${load.table.exactly} pgark_t ON pgark_t.ctid = pgark_c.pgark_at AND pgark_t.tableoid = pgark_c.pgark_of
    WHERE pgark_c.pgark_class = 'other' AND ${some} AND NOT ${sameImage("pgark_t", "pgark_s", columns)}`);
}

function update({ session, load, rows, verdicts }: Judgement, some: string): Promise<number> {
  const always = new Set(load.table.columns.filter(({ identity }) => identity === "always").map(({ name }) => name));
  const columns = comparedColumns(load).filter((column) => !always.has(column));
  return session.execute(`
    UPDATE ${load.table.exactly} pgark_t SET ${columns.map((column) => `${ident(column)} = pgark_s.${ident(column)}`).join(", ")}
    FROM ${rows} pgark_s JOIN ${verdicts} pgark_c ON pgark_c.pgark_row = pgark_s.ctid
    WHERE pgark_c.pgark_class = 'other' AND ${some} AND pgark_t.ctid = pgark_c.pgark_at AND pgark_t.tableoid = pgark_c.pgark_of`);
}

function insert({ session, load, rows, verdicts }: Judgement, some: string): Promise<number> {
  const { table, map } = load;
  const names = map.columns.map(({ name }) => name);
  const overriding = table.columns.some(({ name, identity }) => identity === "always" && names.includes(name)) ? " OVERRIDING SYSTEM VALUE" : "";
  return session.execute(`
    INSERT INTO ${table.name}${names.length === 0 ? "" : ` ${columnList(names)}`}${overriding}
    SELECT ${columnsOf("pgark_s", names)} FROM ${rows} pgark_s
    JOIN ${verdicts} pgark_c ON pgark_c.pgark_row = pgark_s.ctid WHERE pgark_c.pgark_class = 'new' AND ${some}`);
}

/** A run of rows in the order in which they are written, and how many of them are updates. */
interface Run {
  readonly from: number;
  readonly to: number;
}

/** What can be written is, down to single rows; those that are refused are tried again as long as others go in, then accused. */
async function landByHalves(judgement: Judgement, marks: string, due: Due): Promise<Landed> {
  const { session, load, verdicts, culprits } = judgement;
  const order = `pg_temp.pgark_order_${load.load}`;
  await session.execute(`
    DROP TABLE IF EXISTS ${order};
    CREATE TEMP TABLE ${bare(order)} ON COMMIT DROP AS
    SELECT pgark_c.pgark_row, (row_number() OVER (ORDER BY pgark_c.pgark_class = 'new', pgark_c.pgark_turn, pgark_c.pgark_row))::pg_catalog.int4 AS pgark_n
    FROM ${verdicts} pgark_c WHERE pgark_c.pgark_class = 'new'${due.other > 0 ? " OR pgark_c.pgark_class = 'other'" : ""};
    CREATE UNIQUE INDEX ON ${order} (pgark_n)`);
  let refused = await landRuns(judgement, marks, order, due, [{ from: 1, to: due.other }, { from: due.other + 1, to: due.other + due.new }]);
  for (let before = Number.POSITIVE_INFINITY; refused.size > 0 && refused.size < before; ) {
    before = refused.size;
    refused = await landRuns(judgement, marks, order, due, [...refused.keys()].map((n) => ({ from: n, to: n })));
  }
  for (const [n, error] of refused) {
    await session.query(`insert into ${culprits} select pgark_row, false, $2, $3 from ${order} where pgark_n = $1`, [n, constraintOf(error), messageOfServer(error)]);
  }
  await session.execute(`DROP TABLE ${order}`);
  const updates = [...refused.keys()].filter((n) => n <= due.other).length;
  return { updated: due.other - updates, inserted: due.new - (refused.size - updates) };
}

/** Numbers of the rows that were refused, with the errors. */
async function landRuns(judgement: Judgement, marks: string, order: string, due: Due, runs: readonly Run[]): Promise<Map<number, PgarkError>> {
  const refused = new Map<number, PgarkError>();
  const open = runs.filter(({ from, to }) => from <= to).reverse();
  for (let run = open.pop(); run !== undefined; run = open.pop()) {
    const { from, to } = run;
    const error = await attempt(judgement, marks, () => writeRun(judgement, order, run, from <= due.other));
    if (error === null) continue;
    const middle = Math.floor((from + to) / 2);
    if (from === to) refused.set(from, error);
    else open.push({ from: middle + 1, to }, { from, to: middle });
  }
  return refused;
}

async function writeRun(judgement: Judgement, order: string, { from, to }: Run, updates: boolean): Promise<void> {
  const some = `pgark_c.pgark_row IN (SELECT pgark_o.pgark_row FROM ${order} pgark_o WHERE pgark_o.pgark_n BETWEEN ${from} AND ${to})`;
  if (updates) await remember(judgement, some);
  balance(judgement.load, updates ? "UPDATE" : "INSERT", updates ? await update(judgement, some) : await insert(judgement, some), to - from + 1);
}

/** The fields of the server's answer, which the session keeps as the cause. */
function serverSays({ cause }: PgarkError): { readonly constraint?: unknown; readonly message?: unknown; readonly detail?: unknown } {
  return typeof cause === "object" && cause !== null ? cause : {};
}

/** What was broken: the constraint; else the SQLSTATE stands for it. */
function constraintOf(error: PgarkError): string {
  const { constraint } = serverSays(error);
  return typeof constraint === "string" && constraint !== "" ? constraint : (error.sqlState ?? error.code);
}

function messageOfServer(error: PgarkError): string {
  const { message, detail } = serverSays(error);
  return [typeof message === "string" ? message : error.message, ...(typeof detail === "string" ? [detail] : [])].join(": ");
}

function balance({ table }: MergeLoad, what: string, found: number, expected: number): void {
  if (found !== expected) throw new PgarkError("UNBALANCED", `${what} has ${found} rows of ${table.name} where ${expected} were counted`, { object: `table ${table.name}` });
}
