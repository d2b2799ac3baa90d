/**
 * Which task comes next: the heaviest of those whose needs are done and whose locks nobody is in the way of. Each
 * task is looked at when it becomes ready, when it starts and when a lock that it waited for is let go, never in a
 * walk over all that wait: a hundred thousand tasks take as long per task as ten do.
 */
import { Heap } from "../heap.ts";
import type { Task } from "./schedule.ts";

interface Waiting {
  readonly task: Task;
  /** 0 for the one that is to start first. */
  readonly rank: number;
  /** How many of its needs are not done. */
  needs: number;
}

interface Holders {
  share: number;
  exclusive: number;
}

export class ReadyQueue {
  readonly #ready = new Heap<number>((a, b) => a < b);
  readonly #byRank: readonly Waiting[];
  /** Id of a task → those that need it. */
  readonly #neededBy = new Map<string, Waiting[]>();
  readonly #held = new Map<number, Holders>();
  /** Ready but for a lock, by the table that is locked. */
  readonly #parked = new Map<number, Waiting[]>();
  readonly #waiting = new Set<Task>();

  constructor(tasks: readonly Task[]) {
    const ids = new Set(tasks.map(({ id }) => id));
    this.#byRank = [...tasks].sort((a, b) => b.weight - a.weight).map((task, rank) => ({ task, rank, needs: 0 }));
    for (const one of this.#byRank) {
      this.#waiting.add(one.task);
      for (const id of new Set(one.task.needs)) {
        if (!ids.has(id)) continue;
        one.needs += 1;
        addTo(this.#neededBy, id, one);
      }
      if (one.needs === 0) this.#ready.push(one.rank);
    }
  }

  /** Those that have not started. */
  get waiting(): ReadonlySet<Task> {
    return this.#waiting;
  }

  /** The next task, with its locks taken; undefined when none can start now. */
  take(): Task | undefined {
    for (let rank = this.#ready.pop(); rank !== undefined; rank = this.#ready.pop()) {
      const one = this.#byRank[rank]!;
      const inTheWay = this.#lockInTheWay(one.task);
      if (inTheWay === undefined) {
        this.#hold(one.task, 1);
        this.#waiting.delete(one.task);
        return one.task;
      }
      addTo(this.#parked, inTheWay, one);
    }
    return undefined;
  }

  /** A task has ended: its locks are free. */
  release(task: Task): void {
    this.#hold(task, -1);
    for (const table of task.locks.keys()) {
      for (const { rank } of this.#parked.get(table) ?? []) this.#ready.push(rank);
      this.#parked.delete(table);
    }
  }

  /** And it has done what others needed. */
  done(task: Task): void {
    for (const one of this.#neededBy.get(task.id) ?? []) {
      one.needs -= 1;
      if (one.needs === 0) this.#ready.push(one.rank);
    }
    this.#neededBy.delete(task.id);
  }

  #lockInTheWay({ locks }: Task): number | undefined {
    for (const [table, mode] of locks) {
      const held = this.#held.get(table);
      if (held !== undefined && (held.exclusive > 0 || (mode === "exclusive" && held.share > 0))) return table;
    }
    return undefined;
  }

  #hold({ locks }: Task, by: 1 | -1): void {
    for (const [table, mode] of locks) {
      const held = this.#held.get(table) ?? { share: 0, exclusive: 0 };
      held[mode] += by;
      this.#held.set(table, held);
    }
  }
}

function addTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
