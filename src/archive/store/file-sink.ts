/** An archive in a file: whole under its name, or not there at all. */
import { basename, dirname, join } from "node:path";
import { ioError } from "../../io/io.ts";
import type { Io } from "../../io/io.ts";
import type { ArchiveSink } from "./sink.ts";
import { fileSource } from "./source.ts";

export interface FileSinkOptions {
  /** Whether a file that has the name already is replaced, in one step. Default: false, FILE_EXISTS. */
  readonly overwrite?: boolean;
}

/** Small blocks go to the file together. */
const PENDING_BYTES = 256 * 1024;

/**
 * Writes to `.<name>.<random>.partial` in the same folder, which is made with mode 0600 and renamed at the end. Throws FILE_EXISTS before the
 * first byte when there is something under the name already.
 */
export async function fileSink(path: string, io: Io, options: FileSinkOptions = {}): Promise<ArchiveSink> {
  const overwrite = options.overwrite ?? false;
  const folder = dirname(path);
  const partial = join(folder, `.${basename(path)}.${Buffer.from(io.random(6)).toString("hex")}.partial`);
  const file = await naming(path, async () => {
    if (!overwrite && (await io.stat(path)) !== null) throw Object.assign(new Error(`${path} exists`), { code: "EEXIST" });
    return io.create(partial);
  });
  let position = 0;
  const pending = Buffer.allocUnsafe(PENDING_BYTES);
  let pendingBytes = 0;
  let synced = false;
  let state: "open" | "closed" | "named" | "done" = "open";

  async function flush(): Promise<void> {
    if (pendingBytes === 0) return;
    const bytes = pending.subarray(0, pendingBytes);
    pendingBytes = 0;
    await file.write(bytes, position);
    position += bytes.length;
  }

  async function sync(): Promise<void> {
    if (synced) return;
    await flush();
    // A failed fsync may have dropped the pages: nothing after it can be trusted, so it is never tried twice.
    await file.sync();
    synced = true;
  }

  return {
    name: path,
    write: (bytes) =>
      naming(path, async () => {
        synced = false;
        if (pendingBytes + bytes.length > PENDING_BYTES) await flush();
        if (bytes.length <= PENDING_BYTES / 4) {
          pending.set(bytes, pendingBytes);
          pendingBytes += bytes.length;
          return;
        }
        await flush();
        await file.write(bytes, position);
        position += bytes.length;
      }),
    readBack: () =>
      naming(path, async () => {
        await sync();
        return { ...(await fileSource(partial, io)), name: path };
      }),
    commit: () =>
      naming(path, async () => {
        await sync();
        state = "closed";
        await file.close();
        await (overwrite ? io.renameOver(partial, path) : io.renameNew(partial, path));
        state = "named";
        await io.syncDirectory(folder);
        state = "done";
      }),
    async abort() {
      if (state === "done") return;
      if (state === "open") await file.close().catch(() => {});
      // A name that may not survive a power cut is no archive, unless it replaced one: then the better of two is kept.
      if (state === "named" && !overwrite) await io.remove(path).catch(() => {});
      state = "done";
      await io.remove(partial).catch(() => {});
    },
  };
}

async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw ioError(error, path);
  }
}
