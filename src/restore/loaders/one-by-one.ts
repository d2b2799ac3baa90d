/** Rows from one table to another when some of them cannot go: the others go all the same, and those are known one by one. */
import { dollarQuoted, literal } from "../../catalog/quote.ts";
import { messageOf, type PgarkError } from "../../errors.ts";
import type { Session } from "../../session/session.ts";
import { isRowError } from "./row-error.ts";

export interface Move {
  /** The temporary table that the rows are in. */
  readonly from: string;
  /** The INSERT of those rows of `from`, there called `r`, that meet a condition. */
  readonly insert: (condition: string) => string;
  /** Where rows that cannot go are noted: a table made by `createFailed`. */
  readonly failed: string;
  /** Whether the server has PL/pgSQL for this role; without it each attempt is a round trip. */
  readonly plpgsql: boolean;
}

export interface Moved {
  readonly moved: number;
  readonly failed: number;
}

/** How many rows an attempt begins with, and how many row addresses are held at a time. */
const BATCH = 1024;

/** The statement that makes the table of rows that cannot go; `source` is their ctid, `constraint_name` null where the server named none. */
export function createFailed(name: string): string {
  return `CREATE TEMPORARY TABLE ${name} (source pg_catalog.tid NOT NULL, constraint_name pg_catalog.text, message pg_catalog.text NOT NULL) ON COMMIT DROP`;
}

/** Moves all rows at once; when a row error stands in the way, looks for the rows that make it and moves the others. Any other error is thrown. */
export async function moveRows(session: Session, move: Move): Promise<Moved> {
  const all = await attempt(session, () => session.execute(move.insert("true")));
  if ("done" in all) return { moved: all.done, failed: 0 };
  // What is wrong with the statement itself is nothing that a row could be rejected for.
  await session.execute(`EXPLAIN ${move.insert("true")}`);
  return move.plpgsql ? moveOnServer(session, move) : moveFromHere(session, move);
}

/** Runs `work` inside a savepoint: a row error undoes it and is given back, anything else is thrown. */
export async function attempt<T>(session: Session, work: () => Promise<T>): Promise<{ readonly done: T } | { readonly refused: PgarkError }> {
  await session.execute("SAVEPOINT pgark_attempt");
  try {
    const done = await work();
    await session.execute("RELEASE SAVEPOINT pgark_attempt");
    return { done };
  } catch (error) {
    if (!isRowError(error)) throw error;
    await session.execute("ROLLBACK TO SAVEPOINT pgark_attempt; RELEASE SAVEPOINT pgark_attempt");
    // `isRowError` has seen that it is one of ours.
    return { refused: error as PgarkError };
  }
}

/** The rows' addresses, so many at a time. TID scans with a list are fast on every server; those of a range are not before 14. */
function batches(from: string): string {
  return `SELECT pg_catalog.array_agg(n.source ORDER BY n.source) AS tids
    FROM (SELECT ctid AS source, (pg_catalog.row_number() OVER () - 1) / ${BATCH} AS batch FROM ${from}) n GROUP BY n.batch`;
}

/**
 * Attempts on the server: twice as many rows after a success, half as many after a failure. The conditions are those
 * of `isRowError`; the first three are whole classes.
 */
async function moveOnServer(session: Session, { from, insert, failed }: Move): Promise<Moved> {
  const body = `
    #variable_conflict use_column
    <<pgark_moving>>
    DECLARE
      tids pg_catalog.tid[];
      first int;
      last int;
      step int;
      went bigint;
      moved bigint := 0;
      failing bigint := 0;
      said text;
      rule text;
      field text;
    BEGIN
      FOR tids IN ${batches(from)} LOOP
        first := 1;
        step := pg_catalog.cardinality(tids);
        WHILE first <= pg_catalog.cardinality(tids) LOOP
          last := LEAST(first + step - 1, pg_catalog.cardinality(tids));
          BEGIN
            ${insert("r.ctid = ANY (pgark_moving.tids[pgark_moving.first:pgark_moving.last])")};
            GET DIAGNOSTICS went = ROW_COUNT;
            moved := moved + went;
            first := last + 1;
            step := step * 2;
          EXCEPTION WHEN data_exception OR integrity_constraint_violation OR with_check_option_violation
              OR generated_always OR raise_exception OR datatype_mismatch OR cannot_coerce THEN
            IF first = last THEN
              GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, rule = CONSTRAINT_NAME, field = COLUMN_NAME;
              INSERT INTO ${failed} VALUES (tids[first], COALESCE(NULLIF(rule, ''), 'not null of column ' || NULLIF(field, '')), said);
              failing := failing + 1;
              first := first + 1;
            ELSE
              step := (last - first + 1) / 2;
            END IF;
          END;
        END LOOP;
      END LOOP;
      PERFORM pg_catalog.set_config('pgark.moved', moved || ' ' || failing, true);
    END`;
  await session.execute(`DO ${dollarQuoted(body)}`);
  const [row] = await session.query<{ counts: string }>("select pg_catalog.current_setting('pgark.moved') as counts");
  const [moved = 0, failing = 0] = (row?.counts ?? "").split(" ").map(Number);
  return { moved, failed: failing };
}

/** The same without PL/pgSQL. */
async function moveFromHere(session: Session, { from, insert, failed }: Move): Promise<Moved> {
  let moved = 0;
  let failing = 0;
  const rows = await session.query<{ tids: readonly string[] }>(`select tids::text[] as tids from (${batches(from)}) b`);
  for (const { tids } of rows) {
    let step = tids.length;
    for (let first = 0; first < tids.length; ) {
      const some = tids.slice(first, first + step);
      const result = await attempt(session, () => session.execute(insert(`r.ctid = ANY (${tidArray(some)})`)));
      if ("done" in result) {
        moved += result.done;
        first += some.length;
        step *= 2;
      } else if (some.length > 1) {
        step = Math.floor(some.length / 2);
      } else {
        const { rule, said } = verdict(result.refused);
        await session.query(`insert into ${failed} values ($1::pg_catalog.tid, $2, $3)`, [some[0], rule, said]);
        failing++;
        first++;
      }
    }
  }
  return { moved, failed: failing };
}

function tidArray(tids: readonly string[]): string {
  return `${literal(`{${tids.map((tid) => `"${tid}"`).join(",")}}`)}::pg_catalog.tid[]`;
}

/** What the server said, without the place in the statement, and the constraint that it named. */
function verdict(error: PgarkError): { readonly rule: string | null; readonly said: string } {
  // The driver puts the fields of the server's message on its error.
  const { constraint, column } = (error.cause ?? {}) as { readonly constraint?: string; readonly column?: string };
  const rule = constraint ?? (column === undefined ? null : `not null of column ${column}`);
  return { rule, said: error.cause === undefined ? error.message : messageOf(error.cause) };
}
