/** Where the bytes of an archive are written to. */
import type { ArchiveSource } from "./source.ts";

/**
 * Bytes go in by `write`, one call at a time; then either `commit` makes them an archive or `abort` leaves nothing
 * behind. `readBack` between them gives what was written, flushed to disk, or null where it cannot be read again.
 */
export interface ArchiveSink {
  /** How people call it: a path, `standard output`. */
  readonly name: string;
  /** Resolves when the bytes are taken. They must not be changed afterwards, because a stream may still hold them. */
  write(bytes: Uint8Array): Promise<void>;
  readBack(): Promise<ArchiveSource | null>;
  commit(): Promise<void>;
  /** Never throws, may be called at any time and more than once. After `commit` it does nothing. */
  abort(): Promise<void>;
}
