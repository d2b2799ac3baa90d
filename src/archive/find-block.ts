/** Reads blocks at places that are known from a footer, a manifest or an index, and holds them against what is known of them. */
import { BLOCK_HEADER_BYTES, decodeBlock, decodeBlockFrame, openBlock } from "./block.ts";
import type { BlockKind } from "./block.ts";
import type { IndexedBlock } from "./block-record.ts";
import { sha256 } from "./digest.ts";
import { MAX_VALUE_BYTES } from "./layout.ts";
import type { ArchiveSource } from "./store/source.ts";
import type { OpenedBlock } from "./walk.ts";

/** What the block at a place must be. */
export interface Expected {
  readonly kind: BlockKind;
  readonly stream: number;
  /** For a value: that of its first block; `any` where it cannot be known, and the rest counts on from there. */
  readonly sequence: number | "any";
  readonly offset: number;
  /** Fetches this many stored bytes along with the header. Default: the header alone, then what it says. */
  readonly storedBytes?: number;
}

/** The block there, or what is wrong, as the end of a sentence. */
export async function blockAt(source: ArchiveSource, archiveId: Uint8Array, expected: Expected): Promise<OpenedBlock | string> {
  const { offset } = expected;
  const fetched = await source.read(offset, BLOCK_HEADER_BYTES + (expected.storedBytes ?? 0));
  const head = fetched.subarray(0, BLOCK_HEADER_BYTES);
  const frame = decodeBlockFrame(head);
  if (frame === null) return "there is no block header where one is expected";
  const behind = fetched.subarray(BLOCK_HEADER_BYTES);
  const stored = behind.length === frame.storedBytes ? behind : await source.read(offset + BLOCK_HEADER_BYTES, frame.storedBytes);
  const header = decodeBlock(head, stored, archiveId);
  if (typeof header === "string") return header;
  const { kind, stream, sequence } = header;
  if (kind !== expected.kind || stream !== expected.stream || (sequence !== expected.sequence && expected.sequence !== "any")) {
    return `block ${sequence} of stream ${stream} (${kind}) stands where block ${expected.sequence} of stream ${expected.stream} (${expected.kind}) belongs`;
  }
  const plain = await openBlock(header, stored);
  return typeof plain === "string" ? plain : { type: "opened", offset, header, plain, sha256: sha256([plain]) };
}

/** A value and the blocks it was in. */
export interface FoundValue {
  readonly bytes: Buffer;
  readonly blocks: readonly IndexedBlock[];
  /** Where the block behind it begins. */
  readonly end: number;
}

export interface ValueProblem {
  readonly problem: string;
  readonly offset: number;
}

/** The value whose first block is expected at a place. */
export async function valueAt(source: ArchiveSource, archiveId: Uint8Array, expected: Expected): Promise<FoundValue | ValueProblem> {
  const pieces: Uint8Array[] = [];
  const blocks: IndexedBlock[] = [];
  let { offset, sequence } = expected;
  for (let bytes = 0; bytes <= MAX_VALUE_BYTES; ) {
    const block = await blockAt(source, archiveId, { ...expected, offset, sequence });
    if (typeof block === "string") return { problem: block, offset };
    sequence = block.header.sequence + 1;
    const { storedBytes, plainBytes, last } = block.header;
    pieces.push(block.plain);
    blocks.push({ offset, storedBytes, plainBytes, sha256: block.sha256 });
    bytes += plainBytes;
    offset += BLOCK_HEADER_BYTES + storedBytes;
    if (last) return { bytes: Buffer.concat(pieces), blocks, end: offset };
  }
  return { problem: `the ${expected.kind} is longer than ${MAX_VALUE_BYTES} bytes`, offset: expected.offset };
}
