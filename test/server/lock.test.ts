import { existsSync, mkdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { nodeIo } from "../../src/io/io.ts";
import { withLock } from "../../src/server/lock.ts";
import { testFolder } from "./helpers.ts";

test("one works at a time, and whoever has to wait says so once", async () => {
  using folder = testFolder();
  const path = join(folder.path, "lock");
  const told: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    told.push(`${name} begins`);
    await sleep(300);
    told.push(`${name} ends`);
  };
  const first = withLock(path, nodeIo, work("first"));
  await sleep(20);
  await Promise.all([first, withLock(path, nodeIo, work("second"), () => told.push("second waits"))]);
  expect(told).toStrictEqual(["first begins", "second waits", "first ends", "second begins", "second ends"]);
  expect(existsSync(path)).toBe(false);
});

test("work that fails gives the lock back", async () => {
  using folder = testFolder();
  const path = join(folder.path, "lock");
  await expect(withLock(path, nodeIo, () => Promise.reject(new Error("made to fail")))).rejects.toThrow("made to fail");
  expect(await withLock(path, nodeIo, () => Promise.resolve("free"))).toBe("free");
});

test("the lock of a process that was killed is taken over", async () => {
  using folder = testFolder();
  const path = join(folder.path, "lock");
  mkdirSync(path);
  const aMinuteAgo = Date.now() / 1000 - 60;
  utimesSync(path, aMinuteAgo, aMinuteAgo);
  expect(await withLock(path, nodeIo, () => Promise.resolve("mine"))).toBe("mine");
});
