/**
 * The demo's own server: on a free port, in a temporary folder outside the repository. It runs without fsync, because its
 * data is thrown away, so the demo's seconds are no benchmark. Whichever way the demo ends, server and folder go; what a
 * demo that was killed left behind, the next one removes.
 */
import { rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRunning, type findServer, type RunningServer, startServer } from "../src/index.ts";
import { THROW_AWAY_SETTINGS } from "../src/server/local-server.ts";

export interface ThrowAwayServer extends AsyncDisposable {
  readonly server: RunningServer;
  /** Where the archives go; removed with everything else. */
  readonly archives: string;
}

/** Starts it. Throws `SERVER_NOT_FOUND` when it does not come up; nothing is left then. */
export async function startThrowAway(binaries: Awaited<ReturnType<typeof findServer>>): Promise<ThrowAwayServer> {
  await sweep();
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  let server: RunningServer | null = null;
  const atExit = (): void => endAtOnce(server, folder);
  process.once("exit", atExit);
  const end = async (): Promise<void> => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    process.off("exit", atExit);
  };
  try {
    // Root lends the server another user, who must come through.
    await chmod(folder, 0o711);
    const archives = join(folder, "archives");
    await mkdir(archives, { mode: 0o700 });
    server = await startServer({ binaries, dataFolder: dataFolderIn(folder), settings: THROW_AWAY_SETTINGS });
    return { server, archives, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

const PREFIX = "pgark-demo-";

function dataFolderIn(folder: string): string {
  return join(folder, "server", "data");
}

/** For `process.exit` in the middle: its listeners cannot wait, and nobody will miss the data. */
function endAtOnce(server: RunningServer | null, folder: string): void {
  if (server !== null && isAlive(server.pid)) process.kill(server.pid, "SIGQUIT");
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** The folders bear the number of the process that made them. Those of another user stay: they cannot be removed. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = Number(/^pgark-demo-(\d+)-/.exec(name)?.[1]);
    if (Number.isNaN(owner) || isAlive(owner)) continue;
    const folder = join(tmpdir(), name);
    try {
      await (await findRunning(dataFolderIn(folder)))?.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // Not ours.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is such a process, of another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
