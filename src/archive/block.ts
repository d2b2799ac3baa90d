/** One block: 28 bytes that say what follows, and the stored bytes. Encoding and decoding face each other. */
import { crc32 } from "node:zlib";
import { messageOf } from "../errors.ts";
import { codecById, CODECS } from "./codec.ts";
import type { CodecSetting } from "./codec.ts";
import { asBuffer, MAX_PLAIN_BYTES, startsWith } from "./layout.ts";

export const BLOCK_HEADER_BYTES = 28;
export const BLOCK_MAGIC = Buffer.from("\xa7BLK", "latin1");

export const BLOCK_KINDS = { toc: 1, "chunk-begin": 2, data: 3, "chunk-index": 4, manifest: 5 } as const;
export type BlockKind = keyof typeof BLOCK_KINDS;

export interface BlockHeader {
  readonly kind: BlockKind;
  /** The number of the codec the stored bytes are in (codec.ts). */
  readonly codec: number;
  /** Whether a value ends with this block. */
  readonly last: boolean;
  readonly stream: number;
  readonly sequence: number;
  readonly plainBytes: number;
  readonly storedBytes: number;
}

/** What the 28 bytes say before the checksum has been compared: safe to allocate by, not yet to believe. */
export interface BlockFrame {
  readonly storedBytes: number;
  readonly plainBytes: number;
}

/** What a block is, apart from its bytes. */
export type BlockLabel = Pick<BlockHeader, "kind" | "last" | "stream" | "sequence">;

/** A block is stored compressed when that saves this part of it: less is not worth the time that each reader takes to decompress it. */
const WORTHWHILE = 1 / 8;
/** Of fewer bytes there is nothing to save: beginnings and indexes of small chunks. */
const WORTH_TRYING_BYTES = 256;

/**
 * Compresses and labels a block. `room` holds the plain bytes behind 28 free ones, so that a block that hardly shrinks is stored
 * without being copied. Gives the whole block, which then either is `room` or is independent of it.
 */
export async function sealBlock(room: Buffer, label: BlockLabel, codec: CodecSetting, archiveId: Uint8Array): Promise<Buffer> {
  const plain = room.subarray(BLOCK_HEADER_BYTES);
  const tried = plain.length >= WORTH_TRYING_BYTES;
  const compressed = tried ? await CODECS[codec.name].compress(plain, codec.level) : plain;
  const shrank = tried && compressed.length <= plain.length * (1 - WORTHWHILE) && codec.name !== "none";
  const block = shrank ? Buffer.allocUnsafe(BLOCK_HEADER_BYTES + compressed.length) : room;
  if (shrank) block.set(compressed, BLOCK_HEADER_BYTES);
  const sizes = { plainBytes: plain.length, storedBytes: block.length - BLOCK_HEADER_BYTES };
  encodeBlock(block, { ...label, codec: shrank ? CODECS[codec.name].id : CODECS.none.id, ...sizes }, archiveId);
  return block;
}

/** The plain bytes of a block whose checksum holds; else what is wrong, as the end of a sentence. */
export async function openBlock(header: BlockHeader, stored: Uint8Array): Promise<Uint8Array | string> {
  const codec = codecById(header.codec);
  if (codec === undefined) return `the block is in codec ${header.codec}, which this version does not know`;
  try {
    const plain = await codec.decompress(stored, header.plainBytes);
    return plain.length === header.plainBytes ? plain : `the block holds ${plain.length} bytes, expected ${header.plainBytes}`;
  } catch (error) {
    return `the block cannot be decompressed (${messageOf(error)})`;
  }
}

/** Writes the header into the first 28 bytes of `block`, whose rest already holds the stored bytes. */
export function encodeBlock(block: Buffer, header: BlockHeader, archiveId: Uint8Array): void {
  BLOCK_MAGIC.copy(block);
  block[4] = BLOCK_KINDS[header.kind];
  block[5] = header.codec;
  block.writeUInt16LE(header.last ? 1 : 0, 6);
  block.writeUInt32LE(header.stream, 8);
  block.writeUInt32LE(header.sequence, 12);
  block.writeUInt32LE(header.plainBytes, 16);
  block.writeUInt32LE(header.storedBytes, 20);
  block.writeUInt32LE(checksum(block, block.subarray(BLOCK_HEADER_BYTES), archiveId), 24);
}

/** Checks magic and bounds only, so that the stored bytes can be fetched. Null when this is no block header. */
export function decodeBlockFrame(source: Uint8Array): BlockFrame | null {
  if (source.length < BLOCK_HEADER_BYTES || !startsWith(source, BLOCK_MAGIC)) return null;
  const bytes = asBuffer(source);
  const plainBytes = bytes.readUInt32LE(16);
  const storedBytes = bytes.readUInt32LE(20);
  if (plainBytes < 1 || plainBytes > MAX_PLAIN_BYTES || storedBytes < 1 || storedBytes > plainBytes) return null;
  return { plainBytes, storedBytes };
}

/** The header, when the checksum over it and the stored bytes holds; else what is wrong, as the end of a sentence. */
export function decodeBlock(head: Uint8Array, stored: Uint8Array, archiveId: Uint8Array): BlockHeader | string {
  const frame = decodeBlockFrame(head);
  if (frame === null || frame.storedBytes !== stored.length) return "there is no block header where one is expected";
  const bytes = asBuffer(head);
  if (checksum(bytes, stored, archiveId) !== bytes.readUInt32LE(24)) return "the block's checksum does not match";
  const kind = KIND_OF[bytes[4] ?? 0];
  const flags = bytes.readUInt16LE(6);
  // These hold the right checksum: they were written like this, by a newer version or by somebody who means harm.
  if (kind === undefined) return `the block is of kind ${bytes[4]}, which this version does not know`;
  if (flags > 1) return `the block has flags 0x${flags.toString(16)}, which this version does not know`;
  return { kind, codec: bytes[5] ?? 0, last: flags === 1, stream: bytes.readUInt32LE(8), sequence: bytes.readUInt32LE(12), ...frame };
}

const KIND_OF: readonly (BlockKind | undefined)[] = [undefined, "toc", "chunk-begin", "data", "chunk-index", "manifest"];

function checksum(head: Buffer, stored: Uint8Array, archiveId: Uint8Array): number {
  return crc32(stored, crc32(head.subarray(0, 24), crc32(archiveId)));
}
