/**
 * The other half of set-aside.ts: everything comes back, after the rows are in or because they are not. What is
 * put back leaves the journal in the same transaction, so that this too can be cut at any point and done again.
 */
import { isPgarkError, PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { dropJournal, readJournal, removeFromJournal, type SetAside } from "./journal.ts";
import { runTasks, type Task } from "./schedule.ts";
import { setAside } from "./set-aside.ts";
import { inTransaction } from "./transaction.ts";

/** The tasks that put back what was set aside for rows that are in now: by rank, and side by side within one. */
export function putBackTasks(aside: readonly SetAside[], singleTransaction: boolean, onDone: (one: SetAside) => void = () => {}): readonly Task[] {
  const things = aside.filter(({ kind }) => kind !== "rows");
  const ranks = [...new Set(things.map(({ rank }) => rank))].sort((a, b) => a - b);
  return ranks.flatMap((rank, index) => {
    const before = index === 0 ? [] : [rankId(ranks[index - 1]!)];
    const tasks = things.filter((one) => one.rank === rank).map((one): Task => ({
      id: `put back ${one.id}`,
      needs: before,
      locks: new Map(one.tables.map((table) => [table, one.kind === "index" ? "share" : "exclusive"])),
      weight: 0,
      run: async (session) => {
        await putBack(session, [one], singleTransaction);
        onDone(one);
      },
    }));
    return [...tasks, { id: rankId(rank), needs: tasks.map(({ id }) => id), locks: new Map(), weight: 0, run: async () => {} }];
  });
}

function rankId(rank: number): string {
  return `all of rank ${rank}`;
}

/**
 * Undoes a restore that failed or was killed: the rows that it brought go, and everything that was set aside comes
 * back. Gives what there was to put back: nothing where there is no journal.
 */
export async function putEverythingBack(session: Session): Promise<readonly SetAside[]> {
  const left = await readJournal(session);
  const loaded = left.filter(({ kind }) => kind === "rows");
  // What was put back already stands in the way of taking rows out, a foreign key or a trigger on DELETE.
  const tables = await tablesOf(session, loaded);
  if (tables.length > 0) await setAside(session, { tables, rows: [], fireTriggers: false, singleTransaction: false });
  await putBack(session, loaded, false);
  await runTasks(putBackTasks(await readJournal(session), false), [session]);
  await dropJournal(session);
  return left;
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

function explained(error: unknown, object: string): unknown {
  if (!isPgarkError(error)) return error;
  return new PgarkError(error.code, `could not put back ${object}: ${error.message}`, { object, sqlState: error.sqlState, hint: error.hint, cause: error });
}
