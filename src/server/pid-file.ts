/**
 * `postmaster.pid`: what a running server says about itself. The lines are those of
 * https://github.com/postgres/postgres/blob/master/src/include/utils/pidfile.h
 */
import { errnoOf, type Io } from "../io/io.ts";
import { linkTarget, realPath } from "../io/tree.ts";

export interface PidFile {
  readonly pid: number;
  readonly port: number | null;
  /** `starting`, `ready`, `stopping`, `standby`; null in the first moments. */
  readonly status: string | null;
}

/** Reads the file; null when there is none. Says nothing about whether that process still lives. */
export async function readPidFile(dataFolder: string, io: Io): Promise<PidFile | null> {
  try {
    return parsePidFile(await io.readText(`${dataFolder}/postmaster.pid`));
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return null;
    throw error;
  }
}

/** null when the file is empty or half-written. */
export function parsePidFile(text: string): PidFile | null {
  const lines = text.split("\n");
  const pid = Number(lines[0]?.trim());
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const port = Number(lines[3]?.trim());
  return {
    pid,
    port: Number.isSafeInteger(port) && port > 0 ? port : null,
    status: lines[7]?.trim() || null,
  };
}

/** Whether the process is this cluster's server and not another one that was given the same number after a crash. */
export async function isServerProcess(pid: number, dataFolder: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  // The server's working folder is its data folder. Where that cannot be seen (no /proc, another user's process), alive has to do.
  const workingFolder = await linkTarget(`/proc/${pid}/cwd`);
  return workingFolder === null || workingFolder === (await realPath(dataFolder));
}

/** Whether a process with this number exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}
