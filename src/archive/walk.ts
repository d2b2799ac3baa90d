/** Goes through an archive from the header to the last byte, block by block. Checksums are checked here, what blocks mean is not. */
import { BLOCK_HEADER_BYTES, BLOCK_MAGIC, decodeBlock, decodeBlockFrame, openBlock } from "./block.ts";
import type { BlockHeader } from "./block.ts";
import { sha256 } from "./digest.ts";
import { decodeFooter, FOOTER_BYTES, FOOTER_MAGIC, startsWith } from "./layout.ts";
import type { Footer } from "./layout.ts";
import type { ForwardSource } from "./store/source.ts";

export interface StoredBlock {
  readonly type: "block";
  readonly offset: number;
  readonly header: BlockHeader;
  readonly stored: Uint8Array;
}

export interface OpenedBlock {
  readonly type: "opened";
  readonly offset: number;
  readonly header: BlockHeader;
  readonly plain: Uint8Array;
  readonly sha256: Uint8Array;
}

/** Told only when the input ends right behind it. */
export interface FoundFooter {
  readonly type: "footer";
  readonly offset: number;
  readonly footer: Footer;
}

/** The input ends before the footer does. */
export interface Cut {
  readonly type: "cut";
  readonly offset: number;
}

export interface Damage {
  readonly type: "damage";
  readonly offset: number;
  readonly problem: string;
}

/** Gives what stands from `offset` on, where `source` is. Ends with a footer, a cut or damage. */
export async function* walk(source: ForwardSource, archiveId: Uint8Array, offset: number): AsyncGenerator<StoredBlock | FoundFooter | Cut | Damage> {
  for (;;) {
    const head = await source.read(BLOCK_HEADER_BYTES);
    if (startsWith(head, FOOTER_MAGIC)) return yield await footerAt(source, archiveId, offset, head);
    const frame = decodeBlockFrame(head);
    if (frame === null) return yield noBlockAt(offset, head);
    const stored = await source.read(frame.storedBytes);
    if (stored.length < frame.storedBytes) return yield { type: "cut", offset: offset + head.length + stored.length };
    const header = decodeBlock(head, stored, archiveId);
    if (typeof header === "string") return yield { type: "damage", offset, problem: header };
    yield { type: "block", offset, header, stored };
    offset += head.length + stored.length;
  }
}

/** Decompresses and hashes a block; everything else passes. Damage that is found here does not end the walk. */
export async function openFound(found: StoredBlock | FoundFooter | Cut | Damage): Promise<OpenedBlock | FoundFooter | Cut | Damage> {
  if (found.type !== "block") return found;
  const { offset, header, stored } = found;
  const plain = await openBlock(header, stored);
  if (typeof plain === "string") return { type: "damage", offset, problem: plain };
  return { type: "opened", offset, header, plain, sha256: sha256([plain]) };
}

async function footerAt(source: ForwardSource, archiveId: Uint8Array, offset: number, head: Uint8Array): Promise<FoundFooter | Cut | Damage> {
  const bytes = Buffer.concat([head, await source.read(FOOTER_BYTES - head.length)]);
  if (bytes.length < FOOTER_BYTES) return { type: "cut", offset: offset + bytes.length };
  const footer = decodeFooter(bytes, archiveId);
  if (footer === null) return { type: "damage", offset, problem: "the footer is damaged" };
  if ((await source.read(1)).length > 0) return { type: "damage", offset: offset + FOOTER_BYTES, problem: "bytes follow the footer" };
  return { type: "footer", offset, footer };
}

/** What to think of bytes that are no block header: the beginning of one, cut off, or something else. */
export function noBlockAt(offset: number, head: Uint8Array): Cut | Damage {
  const begins = (magic: Uint8Array) => startsWith(magic, head.subarray(0, magic.length)) || startsWith(head, magic);
  if (head.length < BLOCK_HEADER_BYTES && (begins(BLOCK_MAGIC) || begins(FOOTER_MAGIC))) return { type: "cut", offset: offset + head.length };
  return { type: "damage", offset, problem: "there is no block header where one is expected" };
}
