/**
 * What is true of a whole archive, written after the last row: where it came from, every chunk with its counts and
 * digests, and every warning.
 */
import type { Warning } from "../events.ts";
import type { DataFormat, Json } from "./toc.ts";

/** Where and when the rows were read. */
export interface SourceFacts {
  readonly database: string;
  /** `server_version_num` and the server's own words for it. */
  readonly serverVersion: number;
  readonly serverVersionText: string;
  readonly systemIdentifier: string | null;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly localeProvider: string | null;
  readonly locale: string | null;
  readonly collationVersion: string | null;
  readonly snapshot: string;
  readonly walLsn: string | null;
  /** When the snapshot was taken, by the server's clock; not in archives of before. `walLsn` was read at the same moment. */
  readonly snapshotAt?: string | null | undefined;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly extensions: readonly { readonly name: string; readonly version: string; readonly schema: string }[];
  /** Where the database stood in its drizzle journal, null when it has none. Newest last. */
  readonly migrations: readonly { readonly hash: string; readonly createdAt: string }[] | null;
}

/** One block of a chunk, enough to read it alone and to know that it is the right one. */
export interface BlockRecord {
  /** Position of the block's header in the file. */
  readonly offset: number;
  readonly storedBytes: number;
  readonly plainBytes: number;
  /** SHA-256 of the plain bytes, hex. */
  readonly sha256: string;
}

export interface ChunkRecord {
  /** The stream number its blocks carry. */
  readonly chunk: number;
  /** The TOC entry whose rows these are. */
  readonly entry: number;
  readonly format: DataFormat;
  readonly rows: number;
  readonly plainBytes: number;
  readonly storedBytes: number;
  /** SHA-256 over the concatenated block digests, hex. */
  readonly digest: string;
  /** Which part of the table it is, as it was read: pages [from, to) with null for an open end. Null when not split. */
  readonly pages: { readonly from: number | null; readonly to: number | null } | null;
  /** The chunk's index: the BlockRecords of its data blocks, written when the chunk was complete. The offset is that of its
   * first block, the lengths are summed over its blocks, the digest is of the whole index. Kept out of the manifest so
   * that neither side's memory grows with the rows; bound to it by this record's digest. */
  readonly index: BlockRecord;
  readonly blockCount: number;
}

export interface Manifest {
  readonly archiveId: string;
  readonly formatVersion: string;
  readonly toolVersion: string;
  readonly codec: string;
  readonly source: SourceFacts;
  /** What the dump was asked for, without secrets. */
  readonly options: Json;
  readonly toc: readonly BlockRecord[];
  readonly chunks: readonly ChunkRecord[];
  readonly warnings: readonly Warning[];
}

/** The chunks of each TOC entry that has some. */
export function chunksByEntry(chunks: readonly ChunkRecord[]): ReadonlyMap<number, readonly ChunkRecord[]> {
  const found = new Map<number, ChunkRecord[]>();
  for (const chunk of chunks) {
    const some = found.get(chunk.entry);
    if (some === undefined) found.set(chunk.entry, [chunk]);
    else some.push(chunk);
  }
  return found;
}
