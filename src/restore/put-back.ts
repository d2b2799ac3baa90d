/**
 * The other half of set-aside.ts: everything comes back, after the rows are in or because they are not. What is
 * put back leaves the journal in the same transaction, so that this too can be cut at any point and done again.
 */
import { isPgarkError, PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { dropJournal, isJournalThere, readJournal, removeFromJournal, type SetAside } from "./journal.ts";
import { sweepLost } from "./lost-foreign-keys.ts";
import { noteUndone } from "./progress.ts";
import { runTasks, type Task } from "./schedule.ts";
import { setAside } from "./set-aside.ts";
import { inTransaction } from "./transaction.ts";

/**
 * The tasks that put back what was set aside for rows that are in now: by rank, and side by side within one. `onOrphans`
 * is told of a foreign key that has to stay unchecked; without it, that is an error.
 */
export function putBackTasks(aside: readonly SetAside[], singleTransaction: boolean, onDone: (one: SetAside) => void = () => {}, onOrphans?: (one: SetAside) => void): readonly Task[] {
  const things = aside.filter(({ kind }) => kind !== "rows");
  const ranks = [...new Set(things.map(({ rank }) => rank))].sort((a, b) => a - b);
  // ALTER TABLE is refused while deferred checks of rows are pending.
  const first: readonly Task[] = singleTransaction && things.length > 0 ? [{ id: ALL_CHECKED, needs: [], locks: new Map(), weight: 0, run: async (session) => void (await session.execute("SET CONSTRAINTS ALL IMMEDIATE")) }] : [];
  const inOrder = ranks.flatMap((rank, index) => {
    const before = index === 0 ? [ALL_CHECKED] : [rankId(ranks[index - 1]!)];
    const tasks = things.filter((one) => one.rank === rank).map((one): Task => ({
      id: `put back ${one.id}`,
      needs: before,
      locks: new Map(one.tables.map((table) => [table, one.kind === "index" ? "share" : "exclusive"])),
      weight: 0,
      run: async (session) => {
        if (one.kind === "foreign key" && !singleTransaction) await putKeyBack(session, one, onOrphans);
        else await putBack(session, [one], singleTransaction);
        onDone(one);
      },
    }));
    return [...tasks, { id: rankId(rank), needs: tasks.map(({ id }) => id), locks: new Map(), weight: 0, run: async () => {} }];
  });
  return [...first, ...inOrder];
}

const ALL_CHECKED = "all deferred checks are done";

function rankId(rank: number): string {
  return `all of rank ${rank}`;
}

/**
 * Undoes a restore that failed or was killed: everything that was set aside comes back. Where it brought nothing but new
 * rows, those go; rows that it merged stay, but for those whose parents never came. Gives what there was to put back, with
 * what became of it: nothing where there is no journal.
 */
export async function putEverythingBack(session: Session): Promise<readonly SetAside[]> {
  if (!(await isJournalThere(session))) return [];
  const left = await readJournal(session);
  await noteUndone(session);
  const loaded = left.filter(({ kind }) => kind === "rows");
  // What was put back already stands in the way of taking rows out, a foreign key or a trigger on DELETE.
  const tables = await tablesOf(session, loaded);
  if (tables.length > 0) await setAside(session, { tables, rows: [], fireTriggers: false, singleTransaction: false });
  await putBack(session, loaded, false);
  const merged = loaded.length === 0 && left.some(({ kind }) => kind === "foreign key");
  const swept = merged ? await inTransaction(session, false, () => sweepLost(session, left)) : NOTHING;
  const unchecked = new Set<number>();
  await runTasks(putBackTasks(await readJournal(session), false, undefined, swept === null ? ({ id }) => void unchecked.add(id) : undefined), [session]);
  await dropJournal(session);
  return left.map((one, index) => ({ ...one, object: `${one.object}${outcome(one, swept, unchecked, index === left.findLastIndex(({ kind }) => kind === "foreign key"))}` }));
}

const NOTHING = { deleted: 0, reverted: 0 };

/** Told behind the name of a foreign key; what was swept, once. */
function outcome({ id, kind }: SetAside, swept: { readonly deleted: number; readonly reverted: number } | null, unchecked: ReadonlySet<number>, last: boolean): string {
  if (unchecked.has(id)) return " (NOT VALID now: rows without a parent are there, and which of them were there before the restore is not known)";
  if (kind !== "foreign key" || !last || swept === null || swept.deleted + swept.reverted === 0) return "";
  const says = [swept.deleted > 0 ? `${swept.deleted} deleted` : null, swept.reverted > 0 ? `${swept.reverted} put back to what they were` : null];
  return ` (rows that had come without their parents were taken out again: ${says.filter((one) => one !== null).join(", ")})`;
}

/** By name: OIDs that were written down may be those of another database. */
async function tablesOf(session: Session, loaded: readonly SetAside[]): Promise<readonly number[]> {
  const names = loaded.filter(({ tables }) => tables.length > 0).map(({ object }) => object);
  const rows = await session.query<{ oid: number }>(`select pg_catalog.to_regclass(name)::oid as oid from unnest($1::text[]) name where pg_catalog.to_regclass(name) is not null`, [names]);
  return rows.map(({ oid }) => oid);
}

async function putBack(session: Session, aside: readonly SetAside[], singleTransaction: boolean): Promise<void> {
  await inTransaction(session, singleTransaction, async () => {
    for (const { id, object, putBack: statements } of aside) {
      try {
        for (const statement of statements) await session.execute(statement);
      } catch (error) {
        throw explained(error, object);
      }
      if (!singleTransaction) await removeFromJournal(session, id);
    }
  });
}

/**
 * A foreign key comes back unchecked and is checked afterwards, each in a transaction of its own, so that nobody is locked
 * out meanwhile. The journal holds what remains.
 */
async function putKeyBack(session: Session, { id, object, putBack: statements, ...rest }: SetAside, onOrphans: ((one: SetAside) => void) | undefined): Promise<void> {
  for (const [index, statement] of statements.entries()) {
    const last = index === statements.length - 1;
    try {
      await inTransaction(session, false, async () => {
        await session.execute(statement);
        if (last) await removeFromJournal(session, id);
        else await session.execute(`UPDATE pgark.set_aside SET put_back = put_back[2:] WHERE id = ${id}`);
      });
    } catch (error) {
      if (!last || index === 0 || onOrphans === undefined || !isPgarkError(error) || error.sqlState !== "23503") throw explained(error, object);
      await removeFromJournal(session, id);
      onOrphans({ id, object, putBack: statements, ...rest });
    }
  }
}

function explained(error: unknown, object: string): unknown {
  if (!isPgarkError(error)) return error;
  return new PgarkError(error.code, `could not put back ${object}: ${error.message}`, { object, sqlState: error.sqlState, hint: error.hint, cause: error });
}
