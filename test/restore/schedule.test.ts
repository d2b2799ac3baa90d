import fc from "fast-check";
import { expect, it } from "vitest";
import { runTasks, type Task } from "../../src/restore/schedule.ts";
import type { Session } from "../../src/session/session.ts";

/** Sessions are handed to the tasks and not looked at. */
const sessions = (count: number) => Array.from({ length: count }, () => ({}) as Session);

it("runs every task once, after what it needs, never beside a conflicting lock, and on one session at a time", async () => {
  const plan = fc.array(fc.record({ needs: fc.array(fc.nat(30)), locks: fc.array(fc.tuple(fc.nat(4), fc.constantFrom("share" as const, "exclusive" as const))), weight: fc.nat(3) }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(plan, fc.integer({ min: 1, max: 4 }), async (specs, width) => {
      const done: number[] = [];
      const running = new Map<number, Task>();
      const busy = new Set<number>();
      const wrong: string[] = [];
      const tasks = specs.map((spec, index): Task => ({
        id: `${index}`,
        // Only to earlier ones, so that there is no loop.
        needs: spec.needs.map((need) => `${need % Math.max(1, index)}`).filter((id) => id !== `${index}`),
        locks: new Map(spec.locks),
        weight: spec.weight,
        run: async (_, worker) => {
          const self = tasks[index]!;
          if (busy.has(worker)) wrong.push(`worker ${worker} is busy`);
          if (self.needs.some((id) => !done.includes(Number(id)))) wrong.push(`${index} ran too early`);
          for (const other of running.values()) for (const [table, mode] of self.locks) if (other.locks.has(table) && (mode === "exclusive" || other.locks.get(table) === "exclusive")) wrong.push(`${index} beside ${other.id}`);
          busy.add(worker);
          running.set(index, self);
          for (let turn = 0; turn < spec.weight; turn++) await Promise.resolve();
          running.delete(index);
          busy.delete(worker);
          done.push(index);
        },
      }));
      await runTasks(tasks, sessions(width));
      expect(wrong).toStrictEqual([]);
      expect([...done].sort((a, b) => a - b)).toStrictEqual(specs.map((_, index) => index));
    }),
    { numRuns: 60 },
  );
});

it("starts nothing more after a failure, waits for what runs, and throws the first", async () => {
  const ran: string[] = [];
  const told: unknown[] = [];
  const task = (id: string, needs: readonly string[], run: () => Promise<void>): Task => ({ id, needs, locks: new Map(), weight: 0, run: async () => (ran.push(id), await run()) });
  const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
  const failing = runTasks(
    [task("a", [], () => Promise.reject(new Error("first"))), task("b", [], slow), task("c", ["a"], slow), task("d", ["b"], slow)],
    sessions(2),
    (error) => told.push(error),
  );
  await expect(failing).rejects.toThrow("first");
  expect(ran).toStrictEqual(["a", "b"]);
  expect(told).toStrictEqual([new Error("first")]);
});

it("says so when tasks wait for each other", async () => {
  const task = (id: string, needs: readonly string[]): Task => ({ id, needs, locks: new Map(), weight: 0, run: async () => {} });
  await expect(runTasks([task("a", ["b"]), task("b", ["a"]), task("c", [])], sessions(1))).rejects.toThrow("tasks wait for each other: a, b");
});

it("takes 10,000 tasks in less than two seconds", async () => {
  const tasks = Array.from({ length: 10_000 }, (_, index): Task => ({ id: `${index}`, needs: index < 5000 ? [] : ["4999"], locks: new Map([[index % 100, "exclusive"]]), weight: index, run: async () => {} }));
  const startedMs = performance.now();
  await runTasks(tasks, sessions(4));
  expect(performance.now() - startedMs).toBeLessThan(2000);
});

it("runs a hundred thousand tasks, most of them behind others or behind a lock, without walking over those that wait", async () => {
  const COUNT = 100_000;
  let looks = 0;
  let ran = 0;
  const tasks = Array.from({ length: COUNT }, (_, index): Task => ({
    id: `${index}`,
    // The last half waits for the first, pair by pair; a hundred of each fight for one lock.
    needs: index < COUNT / 2 ? [] : [`${index - COUNT / 2}`],
    get locks() {
      looks += 1;
      return new Map([[Math.floor(index / 100), index % 2 === 0 ? ("share" as const) : ("exclusive" as const)]]);
    },
    weight: index % 7,
    run: async () => void (ran += 1),
  }));
  await runTasks(tasks, sessions(4));
  expect(ran).toBe(COUNT);
  expect(looks).toBeLessThan(COUNT * 20);
}, 30_000);
