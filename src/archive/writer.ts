/** Writes an archive: header, TOC, chunks side by side, manifest, footer; then proves it and gives it its name. */
import type { Warning } from "../events.ts";
import { PgarkError } from "../errors.ts";
import type { Io } from "../io/io.ts";
import { Appender } from "./append.ts";
import { blockRecord, valueRecord } from "./block-record.ts";
import { BLOCK_HEADER_BYTES } from "./block.ts";
import { ChunkIndexBuilder } from "./chunk-index.ts";
import { codecText, defaultCodec } from "./codec.ts";
import type { CodecSetting } from "./codec.ts";
import { sha256 } from "./digest.ts";
import { encodeFooter, encodeHeader, FORMAT_MAJOR, FORMAT_MINOR } from "./layout.ts";
import { encodeManifest } from "./manifest-json.ts";
import type { BlockRecord, ChunkRecord, Manifest, SourceFacts } from "./manifest.ts";
import { openArchive } from "./reader.ts";
import type { ArchiveSink } from "./store/sink.ts";
import { dataEntries, encodeBeginning, encodeToc } from "./toc-json.ts";
import type { ChunkBeginning } from "./toc-json.ts";
import type { Json, Toc } from "./toc.ts";

export interface ArchiveWriterOptions {
  readonly io: Io;
  /** Default: `defaultCodec()`. */
  readonly codec?: CodecSetting;
  readonly toolVersion: string;
  /** Whether the archive is read again and proved before it gets its name. A pipe cannot be. Default: true. */
  readonly verify?: boolean;
  /** Aborting it before the archive has its name makes `commit` throw its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How many blocks are compressed and written at a time; each takes up to 3 MiB. Default: 8. */
  readonly blocksInFlight?: number;
}

/** Disposing it before `commit` has resolved leaves nothing behind. After the first error every call throws that error. */
export interface ArchiveWriter extends AsyncDisposable {
  /** Hex. */
  readonly archiveId: string;
  /** Bytes written so far, with all headers. */
  readonly storedBytes: number;
  /** Comes first, and once. */
  writeToc(toc: Toc): Promise<void>;
  /** At most `toc.interleave` chunks may be begun and not finished. */
  beginChunk(beginning: ChunkBeginning): Promise<ChunkWriter>;
  /** Throws ARCHIVE_DAMAGED when what was written does not read back, FILE_EXISTS when the name was taken meanwhile. */
  commit(facts: { readonly source: SourceFacts; readonly options: Json; readonly warnings: readonly Warning[] }): Promise<Manifest>;
}

/** Its calls are to be awaited one by one; several chunks may be written at the same time. */
export interface ChunkWriter {
  readonly chunk: number;
  /** Plain bytes taken so far. */
  readonly plainBytes: number;
  /** Resolves when the bytes have been taken over; the caller may then reuse their memory. */
  write(bytes: Uint8Array): Promise<void>;
  finish(rows: number): Promise<ChunkRecord>;
}

/** Begins an archive in `sink`, which belongs to the writer from now on. */
export async function createArchive(sink: ArchiveSink, options: ArchiveWriterOptions): Promise<ArchiveWriter> {
  const archiveId = options.io.random(16);
  const codec = options.codec ?? defaultCodec();
  const writer = new Writer(sink, { archiveId, codec, blocksInFlight: options.blocksInFlight ?? 8, toolVersion: options.toolVersion, verify: options.verify ?? true, signal: options.signal });
  try {
    await writer.writeHeader();
    return writer;
  } catch (error) {
    await writer[Symbol.asyncDispose]();
    throw error;
  }
}

interface Resolved {
  readonly archiveId: Uint8Array;
  readonly codec: CodecSetting;
  readonly blocksInFlight: number;
  readonly toolVersion: string;
  readonly verify: boolean;
  readonly signal: AbortSignal | undefined;
}

class Writer implements ArchiveWriter {
  readonly archiveId: string;
  readonly #sink: ArchiveSink;
  readonly #options: Resolved;
  readonly #header: Buffer;
  readonly #appender: Appender;
  /** Of the TOC only what chunks and the proof need: where there are tens of thousands of tables, all of it is most of the memory. */
  #toc: { readonly blocks: readonly BlockRecord[]; readonly ofData: Toc; readonly dataEntries: ReadonlySet<number> } | null = null;
  #chunksBegun = 0;
  readonly #chunks: ChunkRecord[] = [];
  #committed = false;

  constructor(sink: ArchiveSink, options: Resolved) {
    this.archiveId = Buffer.from(options.archiveId).toString("hex");
    this.#sink = sink;
    this.#options = options;
    this.#header = encodeHeader(options.archiveId);
    this.#appender = new Appender(sink, options);
  }

  get storedBytes(): number {
    return this.#appender.offset;
  }

  writeHeader(): Promise<void> {
    return this.#appender.raw(this.#header);
  }

  async writeToc(toc: Toc): Promise<void> {
    if (this.#toc !== null) throw new Error("the TOC is written once");
    const blocks: BlockRecord[] = [];
    for (const value of encodeToc(toc)) for (const block of await this.#appender.value("toc", 0, blocks.length, [value])) blocks.push(blockRecord(block));
    const data = dataEntries(toc);
    this.#toc = { blocks, ofData: { ...toc, entries: [...data.values()] }, dataEntries: new Set(data.keys()) };
  }

  async beginChunk(beginning: ChunkBeginning): Promise<ChunkWriter> {
    this.#appender.throwIfBroken();
    if (this.#toc === null) throw new Error("the TOC comes before the first chunk");
    if (!this.#toc.dataEntries.has(beginning.entry)) throw new Error(`the TOC has no data entry ${beginning.entry}`);
    if (this.#chunksBegun - this.#chunks.length >= this.#toc.ofData.interleave) throw new Error(`the TOC promises at most ${this.#toc.ofData.interleave} chunks at a time`);
    this.#chunksBegun += 1;
    const chunk = this.#chunksBegun;
    const [begin] = await this.#appender.value("chunk-begin", chunk, 0, [encodeBeginning(beginning)]);
    const index = new ChunkIndexBuilder(begin?.offset ?? 0);
    return new OpenChunk({ chunk, beginning, index }, this.#appender, (record) => this.#chunks.push(record));
  }

  async commit(facts: { readonly source: SourceFacts; readonly options: Json; readonly warnings: readonly Warning[] }): Promise<Manifest> {
    this.#appender.throwIfBroken();
    if (this.#toc === null || this.#chunks.length !== this.#chunksBegun || this.#committed) {
      throw new Error("an archive is committed once, with a TOC and after its last chunk");
    }
    const manifest: Manifest = {
      archiveId: this.archiveId,
      formatVersion: `${FORMAT_MAJOR}.${FORMAT_MINOR}`,
      toolVersion: this.#options.toolVersion,
      codec: codecText(this.#options.codec),
      source: facts.source,
      options: facts.options,
      toc: this.#toc.blocks,
      chunks: this.#chunks,
      warnings: facts.warnings,
    };
    await this.#writeEnd(encodeManifest(manifest), this.#toc.blocks.length);
    await this.#prove();
    this.#options.signal?.throwIfAborted();
    await this.#sink.commit();
    this.#committed = true;
    return manifest;
  }

  async #writeEnd(manifest: Uint8Array, firstSequence: number): Promise<void> {
    await this.#appender.drained();
    const manifestOffset = this.#appender.offset;
    await this.#appender.value("manifest", 0, firstSequence, [manifest]);
    const digest = sha256([this.#header, manifest]);
    const manifestBytes = this.#appender.offset - manifestOffset;
    await this.#appender.raw(encodeFooter({ manifestOffset, manifestBytes, sha256: digest, archiveId: this.#options.archiveId }));
  }

  /** Finds what no other check can: an encoder or a disk that did not do what it said. */
  async #prove(): Promise<void> {
    const source = this.#options.verify ? await this.#sink.readBack() : null;
    if (source === null) return;
    // The TOC's bytes are proved with all others; that they mean what was written, the encoder has seen to.
    await using archive = await openArchive(source, this.#toc === null ? {} : { known: { blocks: this.#toc.blocks, toc: this.#toc.ofData } });
    if (archive.manifest.archiveId !== this.archiveId) throw new PgarkError("ARCHIVE_DAMAGED", `${this.#sink.name} reads back as another archive`, { object: this.#sink.name });
    const [finding] = (await archive.verify({ signal: this.#options.signal })).findings;
    if (finding === undefined) return;
    throw new PgarkError("ARCHIVE_DAMAGED", `${this.#sink.name} does not read back as it was written, at offset ${finding.offset}: ${finding.problem}`, { object: this.#sink.name });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#committed) return;
    await this.#appender.stop();
    await this.#sink.abort();
  }
}

class OpenChunk implements ChunkWriter {
  readonly chunk: number;
  plainBytes = 0;
  readonly #beginning: ChunkBeginning;
  readonly #appender: Appender;
  readonly #finished: (record: ChunkRecord) => void;
  readonly #index: ChunkIndexBuilder;
  /** The block being filled: plain bytes stand from byte 28 up to `#end`. */
  #room: Buffer | null = null;
  #end = BLOCK_HEADER_BYTES;
  #sequence = 1;
  #open = true;

  constructor(begun: { chunk: number; beginning: ChunkBeginning; index: ChunkIndexBuilder }, appender: Appender, finished: (record: ChunkRecord) => void) {
    this.chunk = begun.chunk;
    this.#beginning = begun.beginning;
    this.#index = begun.index;
    this.#appender = appender;
    this.#finished = finished;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#open) throw new Error(`chunk ${this.chunk} is finished`);
    for (let at = 0; at < bytes.length; ) {
      this.#room ??= this.#appender.takeRoom();
      const taken = Math.min(bytes.length - at, this.#room.length - this.#end);
      this.#room.set(taken === bytes.length ? bytes : bytes.subarray(at, at + taken), this.#end);
      this.#end += taken;
      this.plainBytes += taken;
      at += taken;
      if (this.#end === this.#room.length) await this.#flush(this.#room);
    }
  }

  async finish(rows: number): Promise<ChunkRecord> {
    if (!this.#open) throw new Error(`chunk ${this.chunk} is finished`);
    this.#open = false;
    if (this.#room !== null) await this.#flush(this.#room);
    await this.#appender.drained();
    const index = this.#index.encode(rows);
    const blocks = await this.#appender.value("chunk-index", this.chunk, this.#sequence, [index]);
    const { entry, format, pages } = this.#beginning;
    const { plainBytes, storedBytes, blockCount } = this.#index;
    const digest = this.#index.digest().toString("hex");
    const record: ChunkRecord = { chunk: this.chunk, entry, format, rows, plainBytes, storedBytes, digest, pages, index: valueRecord(blocks, sha256([index])), blockCount };
    this.#finished(record);
    return record;
  }

  async #flush(room: Buffer): Promise<void> {
    const label = { kind: "data", last: false, stream: this.chunk, sequence: this.#sequence } as const;
    const end = this.#end;
    this.#sequence += 1;
    this.#room = null;
    this.#end = BLOCK_HEADER_BYTES;
    await this.#appender.data(label, room, end, (block) => this.#index.add(block));
  }
}
