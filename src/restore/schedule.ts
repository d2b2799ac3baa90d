/**
 * Runs tasks on several sessions: a task starts when all it needs is done and no running task holds a lock that
 * conflicts with its own. Two statements that could deadlock on the server are therefore never sent together.
 */
import type { Session } from "../session/session.ts";
import { ReadyQueue } from "./ready-queue.ts";

export interface Task {
  readonly id: string;
  /** Ids of tasks that must be done before. Ids that are no task are taken as done. */
  readonly needs: readonly string[];
  /** What it locks: `share` goes with `share` (index builds of one table), nothing goes with `exclusive`. */
  readonly locks: ReadonlyMap<number, "share" | "exclusive">;
  /** The heavier of two ready tasks starts first. */
  readonly weight: number;
  readonly run: (session: Session, worker: number) => Promise<void>;
}

/** Runs all tasks. The first failure is told to `onFailure`, starts no further task, and is thrown when all running ones have ended. */
export async function runTasks(tasks: readonly Task[], sessions: readonly Session[], onFailure: (error: unknown) => void = () => {}): Promise<void> {
  const queue = new ReadyQueue(tasks);
  const idle = sessions.map((session, worker) => ({ session, worker }));
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];

  const start = (task: Task, place: { session: Session; worker: number }) => {
    const work = task
      .run(place.session, place.worker)
      .then(
        () => queue.done(task),
        (error: unknown) => {
          if (failures.push(error) === 1) onFailure(error);
        },
      )
      .finally(() => {
        queue.release(task);
        idle.push(place);
        running.delete(work);
      });
    running.add(work);
  };

  for (;;) {
    while (failures.length === 0 && idle.length > 0) {
      const next = queue.take();
      if (next === undefined) break;
      start(next, idle.shift()!);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (failures.length > 0) throw failures[0];
  if (queue.waiting.size > 0) throw new Error(`tasks wait for each other: ${[...queue.waiting].map(({ id }) => id).join(", ")}`);
}
