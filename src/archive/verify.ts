/** Proves an archive offline: every byte from the header to the end is read and held against everything that is said about it. */
import { isPgarkError } from "../errors.ts";
import { ahead } from "./ahead.ts";
import { Audit } from "./audit.ts";
import { BLOCK_HEADER_BYTES, BLOCK_MAGIC, decodeBlock, decodeBlockFrame } from "./block.ts";
import type { Fault } from "./fault.ts";
import { asBuffer, FOOTER_BYTES, HEADER_BYTES } from "./layout.ts";
import type { Manifest } from "./manifest.ts";
import { readIndex } from "./read-index.ts";
import { forwardFrom } from "./store/source.ts";
import type { ArchiveSource } from "./store/source.ts";
import type { Toc } from "./toc.ts";
import { openFound, walk } from "./walk.ts";

const BLOCKS_AHEAD = 4;
const MAX_FINDINGS = 1000;
/** How many places that look like a block are tried behind damaged ones. An archive made to be slow must not be slow for ever. */
const MAX_TRIES = 10_000;
const SCAN_BYTES = 1024 * 1024;

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each block, with the bytes of the file that have been read and that there are. */
  readonly onBlock?: ((readBytes: number, totalBytes: number) => void) | undefined;
}

export interface VerifyReport {
  readonly archiveId: string;
  /** Of the file. */
  readonly sizeBytes: number;
  readonly blocks: number;
  readonly chunks: number;
  readonly rows: number;
  readonly plainBytes: number;
  /** Everything that is wrong, in the order of the file, at most 1,000. Empty means that the archive is good. */
  readonly findings: readonly Fault[];
}

export interface OpenedArchive {
  readonly source: ArchiveSource;
  readonly headerBytes: Uint8Array;
  readonly toc: Toc;
  readonly manifest: Manifest;
}

export async function verifyArchive(archive: OpenedArchive, { signal, onBlock }: VerifyOptions): Promise<VerifyReport> {
  const { source, manifest, toc } = archive;
  const findings: Fault[] = [];
  const addresses = new Map(toc.entries.map(({ id, address }) => [id, address]));
  const entryOf = new Map(manifest.chunks.map((record) => [record.chunk, addresses.get(record.entry) ?? null]));
  const add = (fault: Fault) => void findings.push({ ...fault, entry: fault.entry ?? entryOf.get(fault.chunk ?? 0) ?? null });
  const audit = new Audit(archive.headerBytes, source.name, add, { opened: { blocks: manifest.toc, toc } });
  const { archiveId } = audit.header;
  const scan: Scan = { source, archiveId, tries: 0 };
  for (let offset: number | null = HEADER_BYTES; offset !== null && findings.length < MAX_FINDINGS; ) {
    const found = walk(forwardFrom(source, offset), archiveId, offset);
    let end = offset;
    offset = null;
    for await (const piece of ahead(found, BLOCKS_AHEAD, openFound)) {
      signal?.throwIfAborted();
      end = piece.offset;
      onBlock?.(end, source.sizeBytes);
      if (piece.type === "opened") audit.accept(piece);
      else if (piece.type === "footer") audit.end(piece.footer, piece.offset);
      else {
        audit.lost();
        add({ problem: piece.type === "cut" ? "the file ends inside a block" : piece.problem, offset: piece.offset, chunk: null, block: null, entry: null });
        offset = await nextPlace(scan, piece.offset + 1);
        break;
      }
    }
  }
  const sum = (field: "rows" | "plainBytes") => manifest.chunks.reduce((total, chunk) => total + chunk[field], 0);
  return {
    archiveId: manifest.archiveId,
    sizeBytes: source.sizeBytes,
    blocks: audit.blocks,
    chunks: manifest.chunks.length,
    rows: sum("rows"),
    plainBytes: sum("plainBytes"),
    findings: await placed(archive, archiveId, findings.slice(0, MAX_FINDINGS)),
  };
}

interface Scan {
  readonly source: ArchiveSource;
  readonly archiveId: Uint8Array;
  tries: number;
}

/** Where reading can go on behind a damaged place: at the next block whose checksum holds, else at the footer. */
async function nextPlace(scan: Scan, from: number): Promise<number | null> {
  const footer = scan.source.sizeBytes - FOOTER_BYTES;
  for (let at = from; at < footer; ) {
    const window = asBuffer(await scan.source.read(at, SCAN_BYTES));
    for (let found = window.indexOf(BLOCK_MAGIC); found !== -1 && scan.tries < MAX_TRIES; found = window.indexOf(BLOCK_MAGIC, found + 1)) {
      scan.tries += 1;
      if (await isBlock(scan, at + found)) return at + found;
    }
    at += Math.max(1, window.length - BLOCK_MAGIC.length + 1);
  }
  return from <= footer ? footer : null;
}

async function isBlock({ source, archiveId }: Scan, offset: number): Promise<boolean> {
  const head = await source.read(offset, BLOCK_HEADER_BYTES);
  const frame = decodeBlockFrame(head);
  if (frame === null) return false;
  return typeof decodeBlock(head, await source.read(offset + BLOCK_HEADER_BYTES, frame.storedBytes), archiveId) !== "string";
}

/** Names chunk and block of the findings that only know their offset, as far as the indexes can still be read. */
async function placed({ source, toc, manifest }: OpenedArchive, archiveId: Uint8Array, findings: readonly Fault[]): Promise<readonly Fault[]> {
  const result = [...findings];
  const unplaced = new Map([...findings.entries()].filter(([, { chunk }]) => chunk === null).map(([at, { offset }]) => [offset, at]));
  const place = (offset: number, where: Partial<Fault>) => {
    const at = unplaced.get(offset) ?? -1;
    const finding = result[at];
    if (finding !== undefined) result[at] = { ...finding, ...where };
  };
  if (unplaced.size === 0) return result;
  const addresses = new Map(toc.entries.map(({ id, address }) => [id, address]));
  for (const record of manifest.chunks) {
    const { chunk } = record;
    const entry = addresses.get(record.entry) ?? null;
    place(record.index.offset, { chunk, entry });
    const index = await readIndex(source, archiveId, toc, record).catch((error: unknown) => (isPgarkError(error, "ARCHIVE_DAMAGED") ? null : Promise.reject(error)));
    for (let block = 0; index !== null && block < index.blockCount; block++) place(index.block(block).offset, { chunk, block, entry });
  }
  return result;
}
