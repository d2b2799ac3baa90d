/**
 * The order of an archive, followed block by block from the first to the last: sequence numbers, values, indexes, totals, manifest and
 * footer must agree. It is told to (and decides nothing about) what to do with a fault: a reader of a pipe throws, `verify` collects.
 */
import { isDeepStrictEqual } from "node:util";
import { messageOf } from "../errors.ts";
import { blockRecord, valueRecord } from "./block-record.ts";
import type { IndexedBlock } from "./block-record.ts";
import { ChunkIndexBuilder, decodeChunkIndex } from "./chunk-index.ts";
import { sha256 } from "./digest.ts";
import { addressOf } from "./fault.ts";
import type { Fault, Salvage } from "./fault.ts";
import { decodeHeader, MAX_VALUE_BYTES } from "./layout.ts";
import type { Footer, Header } from "./layout.ts";
import { decodeManifest } from "./manifest-json.ts";
import type { BlockRecord, ChunkRecord, Manifest } from "./manifest.ts";
import { dataEntries, decodeBeginning, TocReader } from "./toc-json.ts";
import type { ChunkBeginning, KeepOfEntry } from "./toc-json.ts";
import type { KnownToc, Toc, TocEntry } from "./toc.ts";
import type { OpenedBlock } from "./walk.ts";

/** What a block completed. */
export type AuditEvent =
  | { readonly type: "toc"; readonly toc: Toc }
  | { readonly type: "chunk-begin"; readonly chunk: number; readonly entry: number; readonly format: ChunkBeginning["format"]; readonly pages: ChunkBeginning["pages"] }
  | { readonly type: "data"; readonly chunk: number; readonly bytes: Uint8Array }
  | { readonly type: "chunk-end"; readonly chunk: number; readonly rows: number; readonly plainBytes: number; readonly digest: string }
  | { readonly type: "manifest"; readonly manifest: Manifest };

interface ChunkInHand extends ChunkBeginning {
  nextSequence: number;
  readonly index: ChunkIndexBuilder;
  /** Blocks of it may have been lost in a damaged place: what does not fit any more is no news. */
  suspect: boolean;
}

interface ValueInHand {
  readonly stream: number;
  readonly kind: string;
  readonly pieces: Uint8Array[];
  readonly blocks: IndexedBlock[];
  bytes: number;
}

export class Audit {
  blocks = 0;
  plainBytes = 0;
  toc: Toc | null = null;
  manifest: Manifest | null = null;
  readonly header: Header;
  readonly #headerBytes: Uint8Array;
  readonly #tell: (fault: Fault) => void;
  readonly #opened: KnownToc | null;
  readonly #tocReader: TocReader;
  #entries: ReadonlyMap<number, TocEntry> = new Map();
  readonly #open = new Map<number, ChunkInHand>();
  /** Null for one that cannot be compared, because blocks of it were lost. */
  readonly #ended = new Map<number, ChunkRecord | null>();
  readonly #tocBlocks: BlockRecord[] = [];
  #value: ValueInHand | null = null;
  #nextSequence = 0;
  #manifestOffset: number | null = null;
  #manifestDigest: Uint8Array | null = null;
  #lost = false;

  /**
   * `tell` may throw, which ends the audit, or return, and the audit goes on as well as it can. `opened`: the TOC and its
   * blocks, when it has been read and found good; it is not decoded a second time. `keep`: what is kept of its entries.
   */
  constructor(headerBytes: Uint8Array, name: string, tell: (fault: Fault) => void, { opened = null, keep }: { readonly opened?: KnownToc | null; readonly keep?: KeepOfEntry | undefined } = {}) {
    this.header = decodeHeader(headerBytes, name);
    this.#tocReader = new TocReader(this.header, keep);
    this.#headerBytes = headerBytes;
    this.#tell = tell;
    this.#opened = opened;
  }

  get salvage(): Salvage {
    const whole = [...this.#ended.values()].filter((record) => record !== null);
    return { blocks: this.blocks, chunks: whole.length, rows: whole.reduce((rows, record) => rows + record.rows, 0) };
  }

  /** Blocks were lost at this place. */
  lost(): void {
    this.#lost = true;
    this.#value = null;
    for (const chunk of this.#open.values()) chunk.suspect = true;
  }

  /** The next block of the file. */
  accept(block: OpenedBlock): AuditEvent | null {
    this.blocks += 1;
    try {
      return this.#accept(block);
    } catch (error) {
      if (error instanceof UndecodableValue) return this.#fault(block.offset, error.message, block.header.stream);
      throw error;
    }
  }

  /** The footer, which ends the file. */
  end(footer: Footer, offset: number): void {
    if (this.manifest === null || this.#manifestDigest === null) return void (this.#lost || this.#fault(offset, "the footer stands where the manifest belongs"));
    if (footer.manifestOffset !== this.#manifestOffset || footer.manifestBytes !== offset - footer.manifestOffset) this.#fault(offset, "the footer points to another place than the manifest's");
    if (!isDeepStrictEqual(new Uint8Array(footer.sha256), new Uint8Array(this.#manifestDigest))) this.#fault(offset, "the manifest's SHA-256 is not the footer's");
  }

  #accept(block: OpenedBlock): AuditEvent | null {
    const { kind, stream } = block.header;
    if (this.#value !== null && (this.#value.stream !== stream || this.#value.kind !== kind)) {
      this.#fault(block.offset, `the ${this.#value.kind} before it has no end`, this.#value.stream);
      this.#value = null;
    }
    if ((stream === 0) !== (kind === "toc" || kind === "manifest")) return this.#fault(block.offset, `a block of kind ${kind} stands in stream ${stream}`, stream);
    if (stream === 0) return this.#acceptOwn(block);
    if (kind === "chunk-begin") return this.#acceptBeginning(block);
    return this.#acceptOfChunk(block);
  }

  #acceptOwn(block: OpenedBlock): AuditEvent | null {
    const { kind, sequence } = block.header;
    if (sequence !== this.#nextSequence && !this.#lost) this.#fault(block.offset, `block ${sequence} of stream 0 stands where block ${this.#nextSequence} belongs`);
    this.#nextSequence = sequence + 1;
    if (this.manifest !== null || (kind === "toc" && this.toc !== null)) return this.#fault(block.offset, `a second ${kind}, or a part of one`);
    if (kind === "manifest") this.#manifestOffset ??= block.offset;
    const value = this.#collect(block);
    if (value === null) return null;
    return kind === "toc" ? this.#tocValueComplete(value) : this.#manifestComplete(value, block.offset);
  }

  #tocValueComplete(value: ValueInHand): AuditEvent | null {
    // They are held against the manifest's when that comes.
    for (const block of value.blocks) this.#tocBlocks.push(blockRecord(block));
    const toc = this.#opened === null ? decoded("TOC", () => this.#tocReader.add(Buffer.concat(value.pieces))) : this.#tocBlocks.length >= this.#opened.blocks.length ? this.#opened.toc : null;
    if (toc === null) return null;
    this.toc = toc;
    this.#entries = dataEntries(toc);
    return { type: "toc", toc };
  }

  #manifestComplete(value: ValueInHand, offset: number): AuditEvent {
    const bytes = Buffer.concat(value.pieces);
    const manifest = decoded("manifest", () => decodeManifest(bytes));
    this.manifest = manifest;
    this.#manifestDigest = sha256([this.#headerBytes, bytes]);
    if (this.toc === null && !this.#lost) this.#fault(offset, "the manifest begins before the TOC has ended");
    for (const [chunk, { suspect }] of this.#open) if (!suspect) this.#fault(offset, "the manifest begins before the chunk has ended", chunk);
    const { major, minor, archiveId } = this.header;
    if (manifest.archiveId !== Buffer.from(archiveId).toString("hex")) this.#fault(offset, "the manifest is that of another archive");
    if (manifest.formatVersion !== `${major}.${minor}`) this.#fault(offset, `the manifest is of format ${manifest.formatVersion}, the header of ${major}.${minor}`);
    if (!isDeepStrictEqual(manifest.toc, this.#tocBlocks)) this.#fault(offset, "the manifest names another TOC than the one there is");
    this.#compareChunks(manifest, offset);
    return { type: "manifest", manifest };
  }

  #compareChunks(manifest: Manifest, offset: number): void {
    const named = new Map(manifest.chunks.map((record) => [record.chunk, record]));
    for (const [chunk, record] of this.#ended) {
      if (record !== null && !isDeepStrictEqual(named.get(chunk), record)) this.#fault(offset, "the manifest has other facts about the chunk than its own index", chunk);
    }
    for (const chunk of named.keys()) {
      if (!this.#ended.has(chunk) && !this.#lost) this.#fault(offset, "the manifest names a chunk that is not there", chunk);
    }
  }

  #acceptBeginning(block: OpenedBlock): AuditEvent | null {
    const { stream: chunk, sequence, last } = block.header;
    if (this.toc === null || this.#manifestOffset !== null) return this.#fault(block.offset, "a chunk begins before the TOC or after the manifest", chunk);
    if (this.#open.has(chunk) || this.#ended.has(chunk)) return this.#fault(block.offset, "the chunk begins a second time", chunk);
    if (sequence !== 0 || !last) return this.#fault(block.offset, "the chunk's beginning is not its first block, or not one block", chunk);
    if (this.#open.size >= this.toc.interleave && !this.#lost) this.#fault(block.offset, `more chunks are open than the ${this.toc.interleave} that the TOC promises`, chunk);
    const beginning = decoded("chunk's beginning", () => decodeBeginning(block.plain));
    this.#open.set(chunk, { ...beginning, nextSequence: 1, index: new ChunkIndexBuilder(block.offset), suspect: false });
    if (!this.#entries.has(beginning.entry)) this.#fault(block.offset, `the TOC has no data entry ${beginning.entry}`, chunk);
    return { type: "chunk-begin", chunk, ...beginning };
  }

  #acceptOfChunk(block: OpenedBlock): AuditEvent | null {
    const { kind, stream: chunk, sequence, storedBytes, plainBytes, last } = block.header;
    const inHand = this.#open.get(chunk);
    if (inHand === undefined) return this.#lost ? null : this.#fault(block.offset, "a block of a chunk that has not begun or has ended", chunk);
    if (sequence !== inHand.nextSequence && !inHand.suspect) {
      this.#fault(block.offset, `block ${sequence} of the stream stands where block ${inHand.nextSequence} belongs`, chunk);
      inHand.suspect = true;
    }
    inHand.nextSequence = sequence + 1;
    if (kind === "chunk-index") {
      const value = this.#collect(block);
      return value === null ? null : this.#chunkComplete(chunk, inHand, value);
    }
    if (last) return this.#fault(block.offset, "a data block carries the flag of a value", chunk);
    inHand.index.add({ offset: block.offset, storedBytes, plainBytes, sha256: block.sha256 });
    this.plainBytes += plainBytes;
    return { type: "data", chunk, bytes: block.plain };
  }

  #chunkComplete(chunk: number, inHand: ChunkInHand, value: ValueInHand): AuditEvent | null {
    const bytes = Buffer.concat(value.pieces);
    const found = decodeChunkIndex(bytes);
    const offset = value.blocks[0]?.offset ?? 0;
    this.#open.delete(chunk);
    this.#ended.set(chunk, null);
    if (found === null) return this.#fault(offset, "the chunk's index contradicts itself", chunk);
    if (inHand.suspect) return null;
    if (!inHand.index.encode(found.rows).equals(bytes)) return this.#fault(offset, "the chunk's index names other blocks than those that came before it", chunk);
    const { rows, plainBytes, storedBytes, blockCount } = found;
    const { entry, format, pages } = inHand;
    const digest = Buffer.from(found.digest).toString("hex");
    this.#ended.set(chunk, { chunk, entry, format, rows, plainBytes, storedBytes, digest, pages, index: valueRecord(value.blocks, sha256([bytes])), blockCount });
    return { type: "chunk-end", chunk, rows, plainBytes, digest };
  }

  /** Adds a block to the value it belongs to; gives the value when that was its last. */
  #collect(block: OpenedBlock): ValueInHand | null {
    const { kind, stream, last, storedBytes, plainBytes } = block.header;
    this.#value ??= { kind, stream, pieces: [], blocks: [], bytes: 0 };
    const value = this.#value;
    value.bytes += plainBytes;
    if (value.bytes > MAX_VALUE_BYTES) {
      this.#value = null;
      return this.#fault(block.offset, `the ${kind} is longer than ${MAX_VALUE_BYTES} bytes`, stream);
    }
    if (kind !== "toc" || this.#opened === null) value.pieces.push(block.plain);
    value.blocks.push({ offset: block.offset, storedBytes, plainBytes, sha256: block.sha256 });
    if (!last) return null;
    this.#value = null;
    return value;
  }

  #fault(offset: number, problem: string, stream = 0): null {
    const entry = this.#open.get(stream)?.entry ?? this.#ended.get(stream)?.entry;
    this.#tell({ problem, offset, chunk: stream === 0 ? null : stream, block: null, entry: addressOf(this.toc, entry) });
    return null;
  }
}

/** Tells a value that cannot be decoded from what `tell` throws. */
class UndecodableValue extends Error {}

function decoded<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new UndecodableValue(`the ${what} is not valid: ${messageOf(error)}`, { cause: error });
  }
}
