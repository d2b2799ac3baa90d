/** The index of a chunk: where its data blocks stand, what they hold, and the sums over them. 48 bytes a block. */
import type { IndexedBlock } from "./block-record.ts";
import { sha256, SHA256_BYTES } from "./digest.ts";
import { asBuffer, MAX_PLAIN_BYTES, MAX_VALUE_BYTES, readSafeInteger } from "./layout.ts";

const FIXED_BYTES = 72;
const RECORD_BYTES = 48;

export interface ChunkIndex {
  readonly rows: number;
  readonly plainBytes: number;
  readonly storedBytes: number;
  readonly blockCount: number;
  readonly digest: Uint8Array;
  /** Where the chunk-begin block stands. */
  readonly beginOffset: number;
  /** The record of data block `at`, from 0. */
  block(at: number): IndexedBlock;
}

/** Collects the records while the blocks go by. The writer makes the index with it, a reader the one it expects. */
export class ChunkIndexBuilder {
  plainBytes = 0;
  storedBytes = 0;
  blockCount = 0;
  readonly #beginOffset: number;
  #bytes = Buffer.alloc(FIXED_BYTES + 16 * RECORD_BYTES);

  constructor(beginOffset: number) {
    this.#beginOffset = beginOffset;
  }

  add(block: IndexedBlock): void {
    const at = FIXED_BYTES + this.blockCount * RECORD_BYTES;
    if (at + RECORD_BYTES > MAX_VALUE_BYTES) throw new Error("the chunk has more blocks than an index can name; it must be split");
    if (at + RECORD_BYTES > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2);
    this.#bytes.writeBigUInt64LE(BigInt(block.offset), at);
    this.#bytes.writeUInt32LE(block.storedBytes, at + 8);
    this.#bytes.writeUInt32LE(block.plainBytes, at + 12);
    this.#bytes.set(block.sha256, at + 16);
    this.blockCount += 1;
    this.plainBytes += block.plainBytes;
    this.storedBytes += block.storedBytes;
  }

  /** SHA-256 over the digests of the blocks, joined in order. */
  digest(): Buffer {
    return sha256(this.#digests());
  }

  encode(rows: number): Buffer {
    const bytes = this.#bytes.subarray(0, FIXED_BYTES + this.blockCount * RECORD_BYTES);
    bytes.writeBigUInt64LE(BigInt(rows), 0);
    bytes.writeBigUInt64LE(BigInt(this.plainBytes), 8);
    bytes.writeBigUInt64LE(BigInt(this.storedBytes), 16);
    bytes.writeUInt32LE(this.blockCount, 24);
    bytes.set(this.digest(), 32);
    bytes.writeBigUInt64LE(BigInt(this.#beginOffset), 64);
    return bytes;
  }

  *#digests(): Generator<Uint8Array> {
    for (let at = 0; at < this.blockCount; at++) yield digestAt(this.#bytes, at);
  }
}

/** Reads an index and checks that its sums are those of its records. Null when it contradicts itself. */
export function decodeChunkIndex(source: Uint8Array): ChunkIndex | null {
  const bytes = asBuffer(source);
  if (bytes.length < FIXED_BYTES) return null;
  const rows = readSafeInteger(bytes, 0);
  const beginOffset = readSafeInteger(bytes, 64);
  const blockCount = bytes.readUInt32LE(24);
  if (rows === null || beginOffset === null || bytes.readUInt32LE(28) !== 0 || bytes.length !== FIXED_BYTES + blockCount * RECORD_BYTES) return null;
  const expected = new ChunkIndexBuilder(beginOffset);
  for (let at = 0; at < blockCount; at++) {
    const block = blockAt(bytes, at);
    if (block === null) return null;
    expected.add(block);
  }
  if (!expected.encode(rows).equals(bytes)) return null;
  const { plainBytes, storedBytes } = expected;
  return {
    rows,
    plainBytes,
    storedBytes,
    blockCount,
    digest: bytes.subarray(32, 64),
    beginOffset,
    block(at) {
      const block = at < blockCount ? blockAt(bytes, at) : null;
      if (block === null) throw new Error(`there is no block ${at} in an index of ${blockCount}`);
      return block;
    },
  };
}

function blockAt(bytes: Buffer, index: number): IndexedBlock | null {
  const at = FIXED_BYTES + index * RECORD_BYTES;
  const offset = readSafeInteger(bytes, at);
  const storedBytes = bytes.readUInt32LE(at + 8);
  const plainBytes = bytes.readUInt32LE(at + 12);
  if (offset === null || plainBytes < 1 || plainBytes > MAX_PLAIN_BYTES || storedBytes < 1 || storedBytes > plainBytes) return null;
  return { offset, storedBytes, plainBytes, sha256: digestAt(bytes, index) };
}

function digestAt(bytes: Buffer, index: number): Buffer {
  const at = FIXED_BYTES + index * RECORD_BYTES + 16;
  return bytes.subarray(at, at + SHA256_BYTES);
}
