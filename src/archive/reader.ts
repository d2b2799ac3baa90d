/** Reads an archive from a file: what it holds at once, the rows of a chunk when asked for. Nothing is handed out that failed a check. */
import { isDeepStrictEqual } from "node:util";
import { messageOf, PgarkError } from "../errors.ts";
import { ahead } from "./ahead.ts";
import { blockRecord } from "./block-record.ts";
import type { ChunkIndex } from "./chunk-index.ts";
import { sha256 } from "./digest.ts";
import { addressOf, damaged } from "./fault.ts";
import { blockAt, valueAt } from "./find-block.ts";
import type { Expected, FoundValue } from "./find-block.ts";
import { decodeFooter, decodeHeader, FOOTER_BYTES, HEADER_BYTES } from "./layout.ts";
import type { Footer, Header } from "./layout.ts";
import { decodeManifest } from "./manifest-json.ts";
import type { ChunkRecord, Manifest } from "./manifest.ts";
import { whyNoFooter } from "./no-footer.ts";
import { readIndex } from "./read-index.ts";
import type { ArchiveSource } from "./store/source.ts";
import { dataEntries, type KeepOfEntry, TocReader } from "./toc-json.ts";
import type { KnownToc, Toc } from "./toc.ts";
import { verifyArchive } from "./verify.ts";
import type { VerifyOptions, VerifyReport } from "./verify.ts";

/** How many blocks are read and decompressed before they are asked for. */
const READ_AHEAD_BLOCKS = 2;

export interface ReadOptions {
  /** Aborting it makes the iteration throw its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** An archive whose header, footer, manifest and TOC have been found good. Disposing it closes the source. */
export interface ArchiveReader extends AsyncDisposable {
  readonly header: Header;
  readonly toc: Toc;
  readonly manifest: Manifest;
  /**
   * The plain bytes of a chunk, one buffer for each block, which belongs to the caller. Each block is checked before it is handed out. Throws ARCHIVE_DAMAGED,
   * naming offset, block, chunk and entry.
   */
  readChunk(chunk: ChunkRecord, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /** Reads every byte. Damage does not throw: it is in the report. */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
}

export interface OpenOptions {
  /** A TOC that is known, by its blocks, is not read before `verify` does. */
  readonly known?: KnownToc | undefined;
  /** What is kept of each entry of the TOC. Default: all. */
  readonly keep?: KeepOfEntry | undefined;
}

/**
 * Opens an archive; the source belongs to the reader from now on, and is closed when this throws: NOT_AN_ARCHIVE, ARCHIVE_NEWER, ARCHIVE_INCOMPLETE (with what
 * could be salvaged) or ARCHIVE_DAMAGED.
 */
export async function openArchive(source: ArchiveSource, { known, keep }: OpenOptions = {}): Promise<ArchiveReader> {
  try {
    const headerBytes = await source.read(0, HEADER_BYTES);
    const header = decodeHeader(headerBytes, source.name);
    const footer = await readFooter(source, header);
    const manifest = await readManifest(source, headerBytes, header, footer);
    const toc = known !== undefined && isDeepStrictEqual(known.blocks, manifest.toc) ? known.toc : await readToc(source, header, manifest, keep);
    return new Reader(source, { headerBytes, header, footer, manifest, toc });
  } catch (error) {
    await source.close();
    throw error;
  }
}

interface Ends {
  readonly headerBytes: Uint8Array;
  readonly header: Header;
  readonly footer: Footer;
  readonly manifest: Manifest;
  readonly toc: Toc;
}

class Reader implements ArchiveReader {
  readonly header: Header;
  readonly toc: Toc;
  readonly manifest: Manifest;
  readonly #source: ArchiveSource;
  readonly #headerBytes: Uint8Array;

  constructor(source: ArchiveSource, ends: Ends) {
    this.#source = source;
    this.#headerBytes = ends.headerBytes;
    this.header = ends.header;
    this.toc = ends.toc;
    this.manifest = ends.manifest;
  }

  async *readChunk(chunk: ChunkRecord, { signal }: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    signal?.throwIfAborted();
    const index = await readIndex(this.#source, this.header.archiveId, this.toc, chunk);
    const numbers = Array.from({ length: index.blockCount }, (_, at) => at);
    for await (const plain of ahead(numbers, READ_AHEAD_BLOCKS, (at) => this.#dataBlock(chunk, index, at))) {
      signal?.throwIfAborted();
      yield plain;
    }
  }

  async #dataBlock(chunk: ChunkRecord, index: ChunkIndex, at: number): Promise<Uint8Array> {
    const record = index.block(at);
    const { offset, storedBytes } = record;
    const block = await blockAt(this.#source, this.header.archiveId, { kind: "data", stream: chunk.chunk, sequence: at + 1, offset, storedBytes });
    const problem = typeof block === "string" ? block : Buffer.compare(block.sha256, record.sha256) === 0 ? null : "the block's SHA-256 is not the one in the chunk's index";
    if (typeof block !== "string" && problem === null) return block.plain;
    throw damaged(this.#source.name, { problem: problem ?? "", offset, chunk: chunk.chunk, block: at, entry: addressOf(this.toc, chunk.entry) });
  }

  verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return verifyArchive({ source: this.#source, headerBytes: this.#headerBytes, toc: this.toc, manifest: this.manifest }, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.close();
  }
}

async function readFooter(source: ArchiveSource, header: Header): Promise<Footer> {
  const offset = source.sizeBytes - FOOTER_BYTES;
  const footer = offset < HEADER_BYTES ? null : decodeFooter(await source.read(offset, FOOTER_BYTES), header.archiveId);
  if (footer === null) throw await whyNoFooter(source, header.archiveId);
  if (footer.manifestOffset + footer.manifestBytes !== offset) throw ownFault(source, offset, "the footer's manifest does not end where the footer begins");
  return footer;
}

async function readManifest(source: ArchiveSource, headerBytes: Uint8Array, header: Header, footer: Footer): Promise<Manifest> {
  const offset = footer.manifestOffset;
  // The manifest's sequence number follows the TOC's, which only the manifest tells: `verify` and the SHA-256 check it.
  const value = await ownValue(source, header, { kind: "manifest", offset, sequence: "any" });
  if (value.end !== offset + footer.manifestBytes) throw ownFault(source, offset, "the manifest is not as long as the footer says");
  if (Buffer.compare(sha256([headerBytes, value.bytes]), footer.sha256) !== 0) throw ownFault(source, offset, "the manifest's SHA-256 is not the footer's");
  const manifest = decodeOwn(source, offset, "manifest", () => decodeManifest(value.bytes));
  if (manifest.archiveId !== Buffer.from(header.archiveId).toString("hex")) throw ownFault(source, offset, "the manifest is that of another archive");
  return manifest;
}

async function readToc(source: ArchiveSource, header: Header, manifest: Manifest, keep: KeepOfEntry | undefined): Promise<Toc> {
  const reader = new TocReader(header, keep);
  let toc: Toc | null = null;
  let read = 0;
  for (let offset = HEADER_BYTES; toc === null; ) {
    const value = await ownValue(source, header, { kind: "toc", offset, sequence: read });
    const named = manifest.toc.slice(read, read + value.blocks.length);
    if (!isDeepStrictEqual(value.blocks.map(blockRecord), named)) throw ownFault(source, offset, "the TOC is not the one that the manifest names");
    toc = decodeOwn(source, offset, "TOC", () => reader.add(value.bytes));
    read += value.blocks.length;
    offset = value.end;
  }
  if (read !== manifest.toc.length) throw ownFault(source, HEADER_BYTES, "the TOC is not the one that the manifest names");
  const entries = dataEntries(toc);
  const stray = manifest.chunks.find((chunk) => !entries.has(chunk.entry));
  if (stray !== undefined) throw ownFault(source, HEADER_BYTES, `chunk ${stray.chunk} belongs to entry ${stray.entry}, which is no data entry of the TOC`);
  return toc;
}

async function ownValue(source: ArchiveSource, header: Header, expected: Pick<Expected, "kind" | "offset" | "sequence">): Promise<FoundValue> {
  const value = await valueAt(source, header.archiveId, { stream: 0, ...expected });
  if ("problem" in value) throw ownFault(source, value.offset, `the ${expected.kind}: ${value.problem}`);
  return value;
}

function decodeOwn<T>(source: ArchiveSource, offset: number, what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new PgarkError("ARCHIVE_DAMAGED", `${source.name} is damaged at offset ${offset}: the ${what} is not valid: ${messageOf(error)}`, { object: source.name, cause: error });
  }
}

function ownFault(source: ArchiveSource, offset: number, problem: string): PgarkError {
  return damaged(source.name, { problem, offset, chunk: null, block: null, entry: null });
}
