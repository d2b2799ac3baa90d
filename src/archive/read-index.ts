/** Reads the index of a chunk and holds it against what the manifest says. */
import { isDeepStrictEqual } from "node:util";
import { valueRecord } from "./block-record.ts";
import { decodeChunkIndex } from "./chunk-index.ts";
import type { ChunkIndex } from "./chunk-index.ts";
import { sha256 } from "./digest.ts";
import { addressOf, damaged } from "./fault.ts";
import { valueAt } from "./find-block.ts";
import { MAX_PLAIN_BYTES } from "./layout.ts";
import type { ChunkRecord } from "./manifest.ts";
import type { ArchiveSource } from "./store/source.ts";
import type { Toc } from "./toc.ts";

/** Throws ARCHIVE_DAMAGED. */
export async function readIndex(source: ArchiveSource, archiveId: Uint8Array, toc: Toc, chunk: ChunkRecord): Promise<ChunkIndex> {
  // Looked up for the error alone: each chunk is read, and the TOC is long.
  const place = () => ({ chunk: chunk.chunk, block: null, entry: addressOf(toc, chunk.entry) });
  const { offset, storedBytes } = chunk.index;
  // One block, as nearly all are: fetched in one piece.
  const inOneBlock = storedBytes <= MAX_PLAIN_BYTES && chunk.index.plainBytes <= MAX_PLAIN_BYTES;
  const value = await valueAt(source, archiveId, { kind: "chunk-index", stream: chunk.chunk, sequence: chunk.blockCount + 1, offset, ...(inOneBlock ? { storedBytes } : {}) });
  if ("problem" in value) throw damaged(source.name, { ...place(), ...value });
  const index = decodeChunkIndex(value.bytes);
  const found = index && { ...sums(index), digest: Buffer.from(index.digest).toString("hex"), index: valueRecord(value.blocks, sha256([value.bytes])) };
  const expected = { ...sums(chunk), digest: chunk.digest, index: chunk.index };
  if (index === null || !isDeepStrictEqual(found, expected)) {
    throw damaged(source.name, { ...place(), offset, problem: "the chunk's index is not the one that the manifest names" });
  }
  return index;
}

function sums({ rows, plainBytes, storedBytes, blockCount }: Pick<ChunkRecord, "rows" | "plainBytes" | "storedBytes" | "blockCount">): object {
  return { rows, plainBytes, storedBytes, blockCount };
}
