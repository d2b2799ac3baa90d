/** Where the bytes of an archive are read from: a file, at any place, or a stream, once and in order. */
import { messageOf, PgarkError } from "../../errors.ts";
import { ioError } from "../../io/io.ts";
import type { Io } from "../../io/io.ts";

/** Bytes in order. */
export interface ForwardSource {
  /** How people call it: a path, `standard input`. */
  readonly name: string;
  /** The next `length` bytes, or fewer only at the end. */
  read(length: number): Promise<Uint8Array>;
  /** Never rejects. */
  close(): Promise<void>;
}

/** Bytes at any place. */
export interface ArchiveSource {
  readonly name: string;
  readonly sizeBytes: number;
  /** `length` bytes at `position`, or fewer only at the end. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Never rejects. */
  close(): Promise<void>;
}

/** Opens a file for reading. */
export async function fileSource(path: string, io: Io): Promise<ArchiveSource> {
  try {
    const file = await io.openRead(path);
    try {
      const sizeBytes = await file.sizeBytes();
      return {
        name: path,
        sizeBytes,
        read: (position, length) => file.read(position, length).catch((error: unknown) => Promise.reject(ioError(error, path))),
        // A file that was only read has nothing to lose by an error in closing.
        close: () => file.close().catch(() => {}),
      };
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
  } catch (error) {
    throw ioError(error, path);
  }
}

/** A file is read this far ahead: headers and small blocks are many. */
const AHEAD_BYTES = 256 * 1024;

/** The bytes of a file from `position` to its end, in order. Closing it leaves the file open. */
export function forwardFrom(source: ArchiveSource, position: number): ForwardSource {
  let at = position;
  let ahead: Uint8Array = new Uint8Array(0);
  return {
    name: source.name,
    async read(length) {
      if (length > ahead.length) {
        const begun = ahead;
        const more = await source.read(at + begun.length, Math.max(length - begun.length, AHEAD_BYTES));
        ahead = begun.length === 0 ? more : Buffer.concat([begun, more]);
      }
      const bytes = ahead.subarray(0, length);
      ahead = ahead.subarray(bytes.length);
      at += bytes.length;
      return bytes;
    },
    close: async () => {},
  };
}

/** A pipe, a socket, standard input. Whatever it throws is thrown as IO_FAILED. */
export function streamSource(stream: AsyncIterable<Uint8Array>, name = "standard input"): ForwardSource {
  const iterator = stream[Symbol.asyncIterator]();
  let left: Uint8Array = new Uint8Array(0);
  let ended = false;

  async function more(): Promise<boolean> {
    try {
      const next = ended ? null : await iterator.next();
      if (next === null || next.done === true) ended = true;
      else left = next.value;
      return !ended;
    } catch (error) {
      throw new PgarkError("IO_FAILED", `${name}: ${messageOf(error)}`, { object: name, cause: error });
    }
  }

  return {
    name,
    async read(length) {
      while (left.length === 0 && (await more())) continue;
      if (left.length >= length) return take(length);
      const bytes = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length && (left.length > 0 || (await more()))) {
        const piece = take(Math.min(left.length, length - filled));
        bytes.set(piece, filled);
        filled += piece.length;
      }
      return bytes.subarray(0, filled);
    },
    // Not awaited: a stream that has nothing to say would keep us waiting for ever.
    async close() {
      ended = true;
      left = left.subarray(left.length);
      iterator.return?.().catch(() => {});
    },
  };

  function take(length: number): Uint8Array {
    const piece = left.subarray(0, length);
    left = left.subarray(length);
    return piece;
  }
}
