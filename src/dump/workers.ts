/**
 * The sessions that read rows side by side, all on the leader's snapshot. The leader reads too. A worker takes a
 * table's lock without waiting: if another session has queued an exclusive lock behind the leader's, waiting would
 * never end. Such a chunk goes to the leader, which holds the lock already.
 */
import { qualified } from "../catalog/quote.ts";
import { isPgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import type { PlannedChunk } from "./chunks.ts";

/** Reads one chunk on one session; `worker` is its number, 0 for the leader. */
export type ReadChunk = (session: Session, chunk: PlannedChunk, worker: number) => Promise<void>;

/** Reads every chunk, in the given order as far as sessions are free. The first failure is told to `onFailure`, which stops the other sessions, and thrown. */
export async function readChunks(leader: Session, workers: readonly Session[], chunks: readonly PlannedChunk[], read: ReadChunk, onFailure: (error: unknown) => void): Promise<void> {
  const queue = chunks.values();
  const nextChunk = () => queue.next().value;
  const leaderOnly: PlannedChunk[] = [];
  const failures: unknown[] = [];
  const guarded = async (work: Promise<void>) => {
    try {
      await work;
    } catch (error) {
      if (failures.push(error) === 1) onFailure(error);
    }
  };

  const help = async (session: Session, worker: number) => {
    await session.execute("SAVEPOINT pgark_lock");
    for (let chunk = nextChunk(); chunk !== undefined && failures.length === 0; chunk = nextChunk()) {
      if (await lockWithoutWaiting(session, chunk)) await read(session, chunk, worker);
      else leaderOnly.push(chunk);
    }
  };
  const lead = async (take: () => PlannedChunk | undefined) => {
    for (let chunk = take(); chunk !== undefined && failures.length === 0; chunk = take()) await read(leader, chunk, 0);
  };

  const helping = workers.map((session, index) => guarded(help(session, index + 1)));
  await guarded(lead(() => leaderOnly.shift() ?? nextChunk()));
  await Promise.all(helping);
  // What the workers could not lock after the leader had found the queue empty.
  await guarded(lead(() => leaderOnly.shift()));
  if (failures.length > 0) throw failures[0];
}

/**
 * Locks a table on a worker and lets the one before go, which the leader holds on to: a worker that kept them all would
 * take as many places of the server's lock table again. False when another session is in the way.
 */
async function lockWithoutWaiting(session: Session, chunk: PlannedChunk): Promise<boolean> {
  try {
    await session.execute(`ROLLBACK TO SAVEPOINT pgark_lock; LOCK TABLE ONLY ${qualified(chunk.entry.schema, chunk.entry.name)} IN ACCESS SHARE MODE NOWAIT`);
    return true;
  } catch (error) {
    if (!isPgarkError(error) || error.sqlState !== "55P03") throw error;
    return false;
  }
}
