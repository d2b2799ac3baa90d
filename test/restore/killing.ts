/** Restores that are killed (-9) at a chosen point, in a process of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import type { RestoreOptions } from "../../src/index.ts";

export type Point =
  /** Before the nth write to a socket, or right after it. */
  | { readonly at: "write"; readonly nth: number; readonly sent: boolean }
  /** When the nth chunk is said to be in. */
  | { readonly at: "chunk"; readonly nth: number };

export interface Orders {
  readonly archive: string;
  readonly target: string;
  readonly options: RestoreOptions;
  readonly point: Point;
}

/** A point that no restore reaches. */
export const NEVER: Point = { at: "chunk", nth: 0 };

export interface Victims extends AsyncDisposable {
  /** Restores and gives null when that was killed at the point, else the number of writes it took. Throws what it said when it failed. */
  restore(orders: Orders): Promise<number | null>;
}

/** The next process starts while the last one is at work. */
export function victims(): Victims {
  let next = startVictim();
  return {
    async restore(orders) {
      const child = next;
      next = startVictim();
      return await run(child, orders);
    },
    async [Symbol.asyncDispose]() {
      next.kill("SIGKILL");
    },
  };
}

function startVictim(): ChildProcess {
  const script = new URL("victim.ts", import.meta.url).pathname;
  return spawn(process.execPath, ["--import", "tsx", script], { cwd: new URL("../..", import.meta.url).pathname, stdio: ["pipe", "pipe", "pipe"] });
}

async function run(child: ChildProcess, orders: Orders): Promise<number | null> {
  let [said, complained] = ["", ""];
  child.stdout?.on("data", (bytes: Buffer) => (said += bytes.toString()));
  child.stderr?.on("data", (bytes: Buffer) => (complained += bytes.toString()));
  child.stdin?.on("error", () => {});
  child.stdin?.write(`${JSON.stringify(orders)}\n`);
  const signal = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
  if (signal === "SIGKILL") return null;
  const writes = Number.parseInt(said, 10);
  if (!Number.isFinite(writes)) throw new Error(complained);
  return writes;
}
