/** Archives in memory, made small enough to be damaged at every bit. */
import { createHash } from "node:crypto";
import { BLOCK_HEADER_BYTES, decodeBlockFrame } from "../../src/archive/block.ts";
import type { CodecSetting } from "../../src/archive/codec.ts";
import { HEADER_BYTES } from "../../src/archive/layout.ts";
import type { Manifest, SourceFacts } from "../../src/archive/manifest.ts";
import { openArchive } from "../../src/archive/reader.ts";
import type { ArchiveSink } from "../../src/archive/store/sink.ts";
import type { ArchiveSource } from "../../src/archive/store/source.ts";
import { streamSource } from "../../src/archive/store/source.ts";
import { readArchiveStream } from "../../src/archive/stream-reader.ts";
import type { Toc, TocEntry } from "../../src/archive/toc.ts";
import { createArchive } from "../../src/archive/writer.ts";
import { isPgarkError } from "../../src/errors.ts";
import { nodeIo } from "../../src/io/io.ts";
import type { Io } from "../../src/io/io.ts";

export const FACTS: SourceFacts = {
  database: "rulesdb",
  serverVersion: 170011,
  serverVersionText: "17.11",
  systemIdentifier: "7400000000000000001",
  encoding: "UTF8",
  collate: "C",
  ctype: "C",
  localeProvider: "c",
  locale: null,
  collationVersion: null,
  snapshot: "00000003-0000001B-1",
  walLsn: "0/1A2B3C4",
  startedAt: "2026-01-02T03:04:05.000Z",
  endedAt: "2026-01-02T03:04:06.000Z",
  extensions: [{ name: "vector", version: "0.8.1", schema: "public" }],
  migrations: [{ hash: "c0ffee", createdAt: "1767323045000" }],
};

export function dataEntry(id: number, name: string): TocEntry {
  return {
    id,
    kind: "table-data",
    section: "data",
    pass: "main",
    schema: "public",
    name,
    owner: null,
    address: `TABLE DATA public.${name}`,
    create: [],
    drop: null,
    dependencies: [],
    parent: null,
    record: null,
    tablespace: null,
    accessMethod: null,
    data: { format: "copy-text", schema: "public", table: name, columns: [{ name: "id", type: "integer", wire: "int4" }] },
  };
}

/** What goes into one archive: for each chunk the pieces that are written, and the rows it says it has. */
export interface Content {
  readonly toc: Toc;
  readonly chunks: readonly { readonly entry: number; readonly bytes: Uint8Array; readonly rows: number }[];
}

export function contentOf(...sizes: readonly number[]): Content {
  const names = sizes.map((_, at) => `t${at + 1}`);
  return {
    toc: { entries: names.map((name, at) => dataEntry(at + 1, name)), interleave: Math.max(1, sizes.length), source: FACTS },
    chunks: sizes.map((size, at) => ({ entry: at + 1, bytes: textBytes(size, at), rows: size })),
  };
}

/** Bytes that compress about as well as rows do, the same every time. */
export function textBytes(length: number, seed: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0, row = 0; at < length; row++) {
    at += bytes.write(`${row}\t${((row + seed) * 2_654_435_761) % 16_777_213}\tproject ${row % 7}\n`, at, "latin1");
  }
  return bytes;
}

export interface MakeOptions {
  readonly codec?: CodecSetting;
  readonly io?: Io;
  readonly blocksInFlight?: number;
  /** How long the pieces are that a chunk is written in. Default: 100,000. */
  readonly pieceBytes?: number;
  readonly verify?: boolean;
}

/** Writes the content with all chunks at the same time, piece by piece in turn. */
export async function writeContent(sink: ArchiveSink, content: Content, options: MakeOptions = {}): Promise<Manifest> {
  const { codec = { name: "none", level: 0 }, io = nodeIo, pieceBytes = 100_000, ...rest } = options;
  await using writer = await createArchive(sink, { io, codec, toolVersion: "test", ...rest });
  await writer.writeToc(content.toc);
  await Promise.all(
    content.chunks.map(async ({ entry, bytes, rows }, at) => {
      const chunk = await writer.beginChunk({ entry, format: "copy-text", pages: at === 0 ? null : { from: at, to: null } });
      for (let from = 0; from < bytes.length; from += pieceBytes) await chunk.write(bytes.subarray(from, from + pieceBytes));
      await chunk.finish(rows);
    }),
  );
  return await writer.commit({ source: FACTS, options: { jobs: content.chunks.length }, warnings: [{ code: "TEST", message: "only a test" }] });
}

export async function makeArchive(content: Content, options: MakeOptions = {}): Promise<Uint8Array> {
  const sink = memorySink();
  await writeContent(sink, content, options);
  return sink.bytes();
}

export function memorySink(): ArchiveSink & { bytes(): Uint8Array } {
  const pieces: Uint8Array[] = [];
  return {
    name: "memory.ark",
    async write(bytes) {
      pieces.push(bytes);
    },
    readBack: async () => memorySource(Buffer.concat(pieces)),
    commit: async () => {},
    abort: async () => {},
    bytes: () => Buffer.concat(pieces),
  };
}

export function memorySource(bytes: Uint8Array): ArchiveSource {
  return {
    name: "memory.ark",
    sizeBytes: bytes.length,
    read: async (position, length) => bytes.subarray(position, position + length),
    close: async () => {},
  };
}

/** The rows of each entry: their digest, because comparing megabytes byte by byte takes an assertion many seconds. */
export type Rows = Readonly<Record<number, string>>;

/** The rows of every chunk, as a reader of the file gets them. */
export async function readWhole(bytes: Uint8Array): Promise<Rows> {
  await using archive = await openArchive(memorySource(bytes));
  const result: Record<number, string> = {};
  for (const chunk of archive.manifest.chunks) {
    const hash = new RowHash();
    for await (const piece of archive.readChunk(chunk)) hash.add(piece);
    result[chunk.entry] = hash.text();
  }
  return result;
}

/** The same from a pipe that gives `pieceBytes` at a time. */
export async function readPiped(bytes: Uint8Array, pieceBytes = 65_536): Promise<Rows> {
  const chunks = new Map<number, { readonly entry: number; readonly hash: RowHash }>();
  for await (const event of readArchiveStream(streamSource(inPieces(bytes, pieceBytes)))) {
    if (event.type === "chunk-begin") chunks.set(event.chunk, { entry: event.entry, hash: new RowHash() });
    if (event.type === "data") chunks.get(event.chunk)?.hash.add(event.bytes);
  }
  return Object.fromEntries([...chunks.values()].map(({ entry, hash }) => [entry, hash.text()]));
}

/** What `writeContent` was given, in the shape that the readers give. */
export function expectedRows(content: Content): Rows {
  return Object.fromEntries(content.chunks.map(({ entry, bytes }) => [entry, new RowHash().add(bytes).text()]));
}

export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

class RowHash {
  #length = 0;
  readonly #hash = createHash("sha256");

  add(bytes: Uint8Array): this {
    this.#length += bytes.length;
    this.#hash.update(bytes);
    return this;
  }

  text(): string {
    return `${this.#length} bytes, ${this.#hash.digest("hex")}`;
  }
}

export const NONE = { name: "none", level: 0 } as const;
export const ARCHIVE_CODES = ["NOT_AN_ARCHIVE", "ARCHIVE_NEWER", "ARCHIVE_INCOMPLETE", "ARCHIVE_DAMAGED"] as const;

/** How a damaged archive was taken: what each way of reading said, `null` where it saw nothing. */
export async function verdicts(bytes: Uint8Array): Promise<Record<"verify" | "pipe" | "chunks", string | null>> {
  const said = async (read: () => Promise<unknown>) => {
    try {
      await read();
      return null;
    } catch (error) {
      if (isPgarkError(error, ...ARCHIVE_CODES)) return `${error.code}: ${error.message}`;
      throw error;
    }
  };
  return { verify: await verifyVerdict(bytes), pipe: await said(() => readPiped(bytes)), chunks: await said(() => readWhole(bytes)) };
}

export async function verifyVerdict(bytes: Uint8Array): Promise<string | null> {
  try {
    await using archive = await openArchive(memorySource(bytes));
    const [finding] = (await archive.verify()).findings;
    return finding === undefined ? null : `FOUND: ${finding.problem}`;
  } catch (error) {
    if (isPgarkError(error, ...ARCHIVE_CODES)) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** Where the blocks of an intact archive stand. */
export function blocksOf(bytes: Uint8Array): { readonly start: number; readonly end: number }[] {
  const blocks = [];
  for (let start = HEADER_BYTES; ; ) {
    const frame = decodeBlockFrame(bytes.subarray(start, start + BLOCK_HEADER_BYTES));
    if (frame === null) return blocks;
    const end = start + BLOCK_HEADER_BYTES + frame.storedBytes;
    blocks.push({ start, end });
    start = end;
  }
}
