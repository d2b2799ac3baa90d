/**
 * What the local server needs from the file system beyond `Io`: folders with owners and modes, whole trees,
 * links. Nothing here is on the way of a row, so nothing here is injected.
 */
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "./io.ts";

/** A user by number, as the system calls want it. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Makes a folder (and those above it) if it is not there, and gives it exactly `mode` and, when named, the owner. */
export async function makeFolder(path: string, mode: number, owner?: Owner | null): Promise<void> {
  await fs.mkdir(path, { recursive: true });
  await fs.chmod(path, mode);
  if (owner != null) await fs.chown(path, owner.uid, owner.gid);
}

/** Makes the folders that are missing on the way to `path`, each with exactly `mode`; those that are there stay as they are. */
export async function makePath(path: string, mode: number): Promise<void> {
  const first = await fs.mkdir(path, { recursive: true });
  if (first === undefined) return;
  // The umask may have closed what the server's user has to enter.
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) await fs.chmod(folder, mode);
}

/** Makes a folder that must not exist yet; false when it does. The one call that is a lock on every file system. */
export async function makeNewFolder(path: string): Promise<boolean> {
  try {
    await fs.mkdir(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** A new folder with a name of its own below `parent`. */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  return fs.mkdtemp(prefix);
}

/** Writes a small text file in one step (temporary name, then rename), with exactly `mode` and, when named, the owner. */
export async function writeSmallFile(path: string, text: string, mode: number, owner?: Owner | null): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  await fs.rm(temporary, { force: true });
  const file = await fs.open(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode);
  try {
    await file.writeFile(text);
    await file.chmod(mode);
    if (owner != null) await file.chown(owner.uid, owner.gid);
    await file.sync();
  } finally {
    await file.close();
  }
  await fs.rename(temporary, path);
}

/** Opens a log file, emptied, for a child's output. */
export async function openLog(path: string): Promise<fs.FileHandle> {
  return fs.open(path, constants.O_CREAT | constants.O_WRONLY | constants.O_TRUNC | constants.O_APPEND | constants.O_NOFOLLOW, 0o600);
}

export async function removeTree(path: string): Promise<void> {
  await fs.rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Copies a tree; links stay links, with the text they had. */
export async function copyTree(from: string, to: string): Promise<void> {
  await fs.cp(from, to, { recursive: true, force: true, verbatimSymlinks: true });
}

export async function renameFolder(from: string, to: string): Promise<void> {
  await fs.rename(from, to);
}

/** What kind of thing is at `path`, the link itself and not what it points to; null when there is nothing. */
export async function typeAt(path: string): Promise<"file" | "folder" | "link" | null> {
  try {
    const found = await fs.lstat(path);
    return found.isSymbolicLink() ? "link" : found.isDirectory() ? "folder" : "file";
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return null;
    throw error;
  }
}

/** The text of a link, or null where there is none or it may not be read. */
export async function linkTarget(path: string): Promise<string | null> {
  return fs.readlink(path).catch(() => null);
}

/** The path with all links followed, or null when it leads nowhere. */
export async function realPath(path: string): Promise<string | null> {
  return fs.realpath(path).catch(() => null);
}

export async function setMode(path: string, mode: number): Promise<void> {
  await fs.chmod(path, mode);
}

/** Sets the modification time to now: the sign of life of a lock. */
export async function touch(path: string, nowMs: number): Promise<void> {
  await fs.utimes(path, nowMs / 1000, nowMs / 1000);
}
