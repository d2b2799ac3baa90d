/**
 * How far a restore has come, in the target's schema `pgark`: which archive it is of, what was decided, which chunks
 * are in and which entries are made. Each line commits together with what it tells of, so that `resume` after a crash
 * at any point neither loses nor doubles a row. The tables are journal.ts's, and go with it.
 */
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { type ChunkAccount, WHOLE } from "./accounts.ts";

/** The restore that is under way, or was when it was interrupted. */
export interface UnderWay {
  readonly archive: string;
  /** Of the options that decide what a restore does. */
  readonly fingerprint: string;
  /** What cannot be found out again once rows are in. */
  readonly decisions: unknown;
  readonly state: State;
}

/** `rows in`: what was set aside is coming back. `undone`: a later restore, or the end of this one, has begun to take it back. */
export type State = "loading" | "rows in" | "undone";

export interface Progress {
  readonly chunks: readonly ChunkAccount[];
  readonly entries: ReadonlySet<number>;
  /** Load → rows of the target that made room for it. */
  readonly removed: ReadonlyMap<number, number>;
  /** Whether nothing is left to do but to put back what was set aside. */
  readonly rowsIn: boolean;
}

export const NO_PROGRESS: Progress = { chunks: [], entries: new Set(), removed: new Map(), rowsIn: false };

const EXISTS = /* sql */ `
  select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = 'pgark' and c.relname = 'run'`;
const COUNTS = ["load", "chunk", "archived", "inserted", "updated", "identical", "kept", "rejected", "bytes"] as const;

/** The interrupted restore; null when there is none. */
export async function readUnderWay(session: Session): Promise<UnderWay | null> {
  if ((await session.query(EXISTS)).length === 0) return null;
  const [underWay] = await session.query<UnderWay>("select archive, fingerprint, decisions, state from pgark.run");
  return underWay ?? null;
}

export async function readProgress(session: Session): Promise<Progress> {
  const chunks = await session.query<ChunkAccount>(`select ${COUNTS.map((column) => `${column}::float8 as ${column}`).join(", ")} from pgark.chunks`);
  const entries = await session.query<{ entry: number }>("select entry from pgark.entries");
  const [run] = await session.query<{ removed: Readonly<Record<string, number>>; state: State }>("select removed, state from pgark.run");
  return {
    chunks,
    entries: new Set(entries.map(({ entry }) => entry)),
    removed: new Map(Object.entries(run?.removed ?? {}).map(([load, rows]) => [Number(load), rows])),
    rowsIn: run?.state === "rows in",
  };
}

/** In the transaction that makes the journal. */
export async function beginProgress(session: Session, { archive, fingerprint, decisions }: Omit<UnderWay, "state">): Promise<void> {
  await session.execute("DELETE FROM pgark.run; DELETE FROM pgark.chunks; DELETE FROM pgark.entries");
  await session.query("insert into pgark.run (archive, fingerprint, decisions) values ($1, $2, $3::json)", [archive, fingerprint, JSON.stringify(decisions)]);
}

/** In the transaction that empties the tables. */
export async function noteRemoved(session: Session, removed: ReadonlyMap<number, number>): Promise<void> {
  await session.query("update pgark.run set removed = $1::json", [JSON.stringify(Object.fromEntries(removed))]);
}

/** In the transaction of the last change of a row: nothing but what was set aside has to come back then. */
export async function noteRowsIn(session: Session): Promise<void> {
  await session.execute("UPDATE pgark.run SET state = 'rows in'");
}

/** Before the first row goes again: from then on there is nothing to resume. */
export async function noteUndone(session: Session): Promise<void> {
  await session.execute("UPDATE pgark.run SET state = 'undone'");
}

/** In the transaction that brings the chunk's rows, or corrects what became of them. */
export async function noteChunk(session: Session, chunk: ChunkAccount): Promise<void> {
  // A second try adds to the corrections of the first one. A chunk that is noted already must not come in again: the primary key says so.
  const add = COUNTS.slice(2).map((column) => `${column} = c.${column} + excluded.${column}`).join(", ");
  const again = chunk.chunk < WHOLE ? ` ON CONFLICT (load, chunk) DO UPDATE SET ${add}` : "";
  await session.execute(`INSERT INTO pgark.chunks AS c (${COUNTS.join(", ")}) VALUES (${COUNTS.map((column) => wholeNumber(chunk[column])).join(", ")})${again}`);
}

/** In the transaction that makes the entries. */
export async function noteEntries(session: Session, entries: readonly number[]): Promise<void> {
  if (entries.length > 0) await session.execute(`INSERT INTO pgark.entries VALUES ${entries.map((entry) => `(${wholeNumber(entry)})`).join(", ")} ON CONFLICT DO NOTHING`);
}

function wholeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is no whole number`);
  return String(value);
}

/** Throws NOT_RESUMABLE when the interrupted restore is not this one. */
export function refuseOther(left: UnderWay | null, own: Pick<UnderWay, "archive" | "fingerprint">, place: string): asserts left is UnderWay {
  if (left === null) {
    throw new PgarkError("NOT_RESUMABLE", `no interrupted restore was found in ${place}`, { hint: "Restore without --resume: it may have completed, or been undone by the next one." });
  }
  if (left.state === "undone") {
    throw new PgarkError("NOT_RESUMABLE", `the restore that was interrupted in ${place} is being undone`, { hint: "Restore without --resume: it finishes that, and begins again." });
  }
  if (left.archive !== own.archive) {
    throw new PgarkError("NOT_RESUMABLE", `the restore that was interrupted in ${place} is of archive ${left.archive}, and this is archive ${own.archive}`, { hint: "Resume with the archive it began with." });
  }
  if (left.fingerprint !== own.fingerprint) {
    throw new PgarkError("NOT_RESUMABLE", `the restore that was interrupted in ${place} was started with other options`, { hint: "Resume with the options it began with; only jobs, verify-first and what is printed may differ." });
  }
}
