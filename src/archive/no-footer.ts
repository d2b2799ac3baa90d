/** Why a file that begins like an archive does not end like one: cut, appended to, or damaged. Hops from header to header. */
import type { PgarkError } from "../errors.ts";
import { BLOCK_HEADER_BYTES, BLOCK_KINDS, decodeBlock, decodeBlockFrame, openBlock } from "./block.ts";
import { damaged, incomplete } from "./fault.ts";
import type { Salvage } from "./fault.ts";
import { asBuffer, decodeFooter, FOOTER_BYTES, FOOTER_MAGIC, HEADER_BYTES, HEADER_MAGIC, readSafeInteger, startsWith } from "./layout.ts";
import type { ArchiveSource } from "./store/source.ts";
import { noBlockAt } from "./walk.ts";

/** The error to throw. Data blocks are counted by their headers, not read. */
export async function whyNoFooter(source: ArchiveSource, archiveId: Uint8Array): Promise<PgarkError> {
  const { name, sizeBytes } = source;
  const whole = { blocks: 0, chunks: 0, rows: 0 };
  const at = (offset: number, problem: string) => damaged(name, { problem, offset, chunk: null, block: null, entry: null });
  let indexOf = 0;
  for (let offset = HEADER_BYTES; ; ) {
    const head = await source.read(offset, BLOCK_HEADER_BYTES);
    if (startsWith(head, FOOTER_MAGIC)) return afterFooter(source, archiveId, offset, whole);
    const frame = decodeBlockFrame(head);
    if (frame === null) {
      const found = noBlockAt(offset, head);
      if (found.type === "cut") return incomplete(name, found.offset, whole);
      return at(offset, sizeBytes - offset === FOOTER_BYTES ? "the footer is damaged" : found.problem);
    }
    const next = offset + BLOCK_HEADER_BYTES + frame.storedBytes;
    if (next > sizeBytes) return incomplete(name, sizeBytes, whole);
    // An index tells the rows in its first block, and that its chunk is whole in its last.
    if (head[4] === BLOCK_KINDS["chunk-index"]) {
      const stored = await source.read(offset + BLOCK_HEADER_BYTES, frame.storedBytes);
      const header = decodeBlock(head, stored, archiveId);
      if (typeof header === "string") return at(offset, header);
      if (header.stream !== indexOf) {
        const plain = await openBlock(header, stored);
        whole.rows += typeof plain === "string" || plain.length < 8 ? 0 : (readSafeInteger(asBuffer(plain), 0) ?? 0);
        indexOf = header.stream;
      }
      if (header.last) whole.chunks += 1;
    }
    whole.blocks += 1;
    offset = next;
  }
}

async function afterFooter(source: ArchiveSource, archiveId: Uint8Array, offset: number, whole: Salvage): Promise<PgarkError> {
  const { name, sizeBytes } = source;
  const end = offset + FOOTER_BYTES;
  if (sizeBytes < end) return incomplete(name, sizeBytes, whole);
  const at = (where: number, problem: string) => damaged(name, { problem, offset: where, chunk: null, block: null, entry: null });
  if (decodeFooter(await source.read(offset, FOOTER_BYTES), archiveId) === null) return at(offset, "the footer is damaged");
  const behind = await source.read(end, HEADER_MAGIC.length);
  if (startsWith(behind, HEADER_MAGIC)) return at(end, "another archive follows the footer; split the file here");
  return at(end, `${sizeBytes - end} bytes follow the footer`);
}
