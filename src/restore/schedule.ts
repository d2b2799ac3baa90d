/**
 * Runs tasks on several sessions: a task starts when all it needs is done and no running task holds a lock that
 * conflicts with its own. Two statements that could deadlock on the server are therefore never sent together.
 */
import type { Session } from "../session/session.ts";

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
  const waiting = new Set([...tasks].sort((a, b) => b.weight - a.weight));
  const undone = new Set(tasks.map(({ id }) => id));
  const held = new Map<number, { share: number; exclusive: number }>();
  const idle = sessions.map((session, worker) => ({ session, worker }));
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];

  const start = (task: Task, place: { session: Session; worker: number }) => {
    waiting.delete(task);
    hold(held, task, 1);
    const work = task
      .run(place.session, place.worker)
      .then(
        () => void undone.delete(task.id),
        (error: unknown) => {
          if (failures.push(error) === 1) onFailure(error);
        },
      )
      .finally(() => {
        hold(held, task, -1);
        idle.push(place);
        running.delete(work);
      });
    running.add(work);
  };

  for (;;) {
    while (failures.length === 0 && idle.length > 0) {
      const next = firstReady(waiting, undone, held);
      if (next === undefined) break;
      start(next, idle.shift()!);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (failures.length > 0) throw failures[0];
  if (waiting.size > 0) throw new Error(`tasks wait for each other: ${[...waiting].map(({ id }) => id).join(", ")}`);
}

function firstReady(waiting: ReadonlySet<Task>, undone: ReadonlySet<string>, held: ReadonlyMap<number, { share: number; exclusive: number }>): Task | undefined {
  for (const task of waiting) {
    if (task.needs.some((id) => undone.has(id))) continue;
    if ([...task.locks].some(([table, mode]) => conflicts(held.get(table), mode))) continue;
    return task;
  }
  return undefined;
}

function conflicts(held: { share: number; exclusive: number } | undefined, mode: "share" | "exclusive"): boolean {
  return held !== undefined && (held.exclusive > 0 || (mode === "exclusive" && held.share > 0));
}

function hold(held: Map<number, { share: number; exclusive: number }>, task: Task, by: 1 | -1): void {
  for (const [table, mode] of task.locks) {
    const counts = held.get(table) ?? { share: 0, exclusive: 0 };
    counts[mode] += by;
    held.set(table, counts);
  }
}
