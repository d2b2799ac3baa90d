/**
 * One at a time, across processes: a folder that only one can make. The holder touches it while it works, so that
 * the lock of a process that was killed is taken over after a while, also when the two see different process ids
 * (containers that share a cache).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Io } from "../io/io.ts";
import { makeNewFolder, removeTree, renameFolder, touch } from "../io/tree.ts";

const TOUCH_EVERY_MS = 2_000;
const STALE_AFTER_MS = 20_000;
const ASK_EVERY_MS = 200;

/** Runs `work` while holding the lock at `path`; waits for whoever has it. `onWait` is called once if it has to. */
export async function withLock<Result>(path: string, io: Io, work: () => Promise<Result>, onWait: () => void = () => {}): Promise<Result> {
  let told = false;
  while (!(await makeNewFolder(path))) {
    if (await isStale(path, io)) {
      await takeAway(path, io);
      continue;
    }
    if (!told) onWait();
    told = true;
    await sleep(ASK_EVERY_MS);
  }
  const alive = setInterval(() => void touch(path, io.nowMs()).catch(() => {}), TOUCH_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(alive);
    await removeTree(path);
  }
}

async function isStale(path: string, io: Io): Promise<boolean> {
  const found = await io.stat(path);
  return found !== null && io.nowMs() - found.modifiedMs > STALE_AFTER_MS;
}

/** Of several that find the same stale lock, the rename lets one win; the others see it gone and ask again. */
async function takeAway(path: string, io: Io): Promise<void> {
  const aside = `${path}.stale-${Buffer.from(io.random(6)).toString("hex")}`;
  await renameFolder(path, aside).catch(() => {});
  await removeTree(aside);
}
