/**
 * The only room that touches the file system, the clock and randomness. Everything else takes an `Io`, so that
 * a test can fail the Nth call, stop the clock or fix the randomness. It promises nothing of its own: no
 * retries, no caching, no error translation beyond `ioError`.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { PgarkError } from "../errors.ts";

/** One open file. Positions are explicit: nothing here keeps an offset. */
export interface IoFile {
  /** Reads exactly `length` bytes at `position`, or fewer only at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  sizeBytes(): Promise<number>;
  /** fsync. An error from it is fatal for the file and is never retried as a success. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Io {
  /** Creates a file that must not exist yet (O_EXCL, not through a symlink), mode 0600 whatever the umask. */
  create(path: string): Promise<IoFile>;
  openRead(path: string): Promise<IoFile>;
  /** Gives `from` the name `to`; fails with EEXIST when `to` exists. */
  renameNew(from: string, to: string): Promise<void>;
  /** Gives `from` the name `to`, replacing what was there in one step. */
  renameOver(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  remove(path: string): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  list(path: string): Promise<readonly string[]>;
  readText(path: string): Promise<string>;
  /** File size, mode bits and modification time, or null when there is nothing at `path`. */
  stat(path: string): Promise<{ readonly sizeBytes: number; readonly mode: number; readonly modifiedMs: number; readonly directory: boolean } | null>;
  freeBytes(path: string): Promise<number>;
  nowMs(): number;
  /** Monotonic, for durations. */
  tickMs(): number;
  random(bytes: number): Uint8Array;
}

/** The real thing. */
export const nodeIo: Io = {
  async create(path) {
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);
    return nodeFile(await fs.open(path, flags, 0o600));
  },
  async openRead(path) {
    return nodeFile(await fs.open(path, constants.O_RDONLY));
  },
  async renameNew(from, to) {
    // link(2) is the one call that refuses to replace; file systems without hard links say EPERM or ENOTSUP.
    try {
      await fs.link(from, to);
    } catch (error) {
      if (errnoOf(error) !== "EPERM" && errnoOf(error) !== "ENOTSUP") throw error;
      if ((await nodeIo.stat(to)) !== null) throw Object.assign(new Error(`${to} exists`), { code: "EEXIST" });
      await fs.rename(from, to);
      return;
    }
    await fs.unlink(from);
  },
  renameOver: (from, to) => fs.rename(from, to),
  symlink: (target, path) => fs.symlink(target, path),
  remove: (path) => fs.rm(path, { force: true }),
  async makeDirectory(path) {
    await fs.mkdir(path, { recursive: true });
  },
  async syncDirectory(path) {
    const directory = await fs.open(path, constants.O_RDONLY);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
  list: (path) => fs.readdir(path),
  readText: (path) => fs.readFile(path, "utf8"),
  async stat(path) {
    try {
      const found = await fs.stat(path);
      return { sizeBytes: found.size, mode: found.mode, modifiedMs: found.mtimeMs, directory: found.isDirectory() };
    } catch (error) {
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return null;
      throw error;
    }
  },
  async freeBytes(path) {
    const found = await fs.statfs(path);
    return found.bavail * found.bsize;
  },
  nowMs: () => Date.now(),
  tickMs: () => performance.now(),
  random: (bytes) => randomBytes(bytes),
};

/** The `code` of a Node.js system error, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** A system error as one of ours, naming the file. */
export function ioError(error: unknown, object: string): PgarkError {
  if (error instanceof PgarkError) return error;
  const errno = errnoOf(error);
  const said = error instanceof Error ? error.message : String(error);
  if (errno === "ENOSPC" || errno === "EDQUOT") {
    return new PgarkError("NO_SPACE", `no space left while writing ${object}`, { object, cause: error, hint: "Free some space or choose another folder." });
  }
  if (errno === "EEXIST") {
    return new PgarkError("FILE_EXISTS", `${object} already exists and is not replaced`, { object, cause: error });
  }
  return new PgarkError("IO_FAILED", `${object}: ${said}`, { object, cause: error });
}

function nodeFile(handle: fs.FileHandle): IoFile {
  return {
    async read(position, length) {
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    async write(bytes, position) {
      let written = 0;
      while (written < bytes.length) {
        const result = await handle.write(bytes, written, bytes.length - written, position + written);
        written += result.bytesWritten;
      }
    },
    sizeBytes: async () => (await handle.stat()).size,
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}
