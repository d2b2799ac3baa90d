/**
 * An archive as a server of another major needs it read: with all records, in which what that server cannot have is
 * found, and past rows that it would take for something else.
 */
import type { Toc } from "../archive/toc.ts";
import { openArchive } from "../archive/reader.ts";
import { fileSource } from "../archive/store/source.ts";
import type { ArchiveEvent } from "../archive/stream-reader.ts";
import { qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { Io } from "../io/io.ts";
import type { RestoreSource } from "./source.ts";

/** Entry of a table's rows → the table. */
type Guarded = ReadonlyMap<number, string>;

/** The same archive, of which `path` tells where it is; `serverVersion` is the target's. */
export async function forMajor(source: RestoreSource, path: string | null, serverVersion: number, io: Io): Promise<RestoreSource> {
  const major = (version: number) => Math.floor(version / 10_000);
  if (major(source.toc.source.serverVersion) === major(serverVersion)) return source;
  const whole = source.type === "pipe" || path === null ? source : { ...source, toc: await wholeToc(path, io) };
  return withoutInfiniteIntervals(whole, serverVersion);
}

async function wholeToc(path: string, io: Io): Promise<Toc> {
  await using reader = await openArchive(await fileSource(path, io));
  return reader.toc;
}

/** Infinite intervals came with 17. Older servers read their binary form as 178,956,970 years and say nothing. */
const INFINITE_INTERVALS = 170_000;
const INFINITIES = [Buffer.from("7fffffffffffffff7fffffff7fffffff", "hex"), Buffer.from("80000000000000008000000080000000", "hex")];
const WIDTH = 16;

function withoutInfiniteIntervals(source: RestoreSource, serverVersion: number): RestoreSource {
  if (source.toc.source.serverVersion < INFINITE_INTERVALS || serverVersion >= INFINITE_INTERVALS) return source;
  const tables = tablesWithIntervals(source.toc);
  if (tables.size === 0) return source;
  if (source.type === "pipe") return { ...source, events: checkEvents(source.events, tables) };
  const { reader } = source;
  const readChunk: typeof reader.readChunk = (chunk, options) => {
    const table = tables.get(chunk.entry);
    return table === undefined ? reader.readChunk(chunk, options) : checkBytes(reader.readChunk(chunk, options), table);
  };
  const { header, toc, manifest } = reader;
  return { ...source, reader: { header, toc, manifest, readChunk, verify: (options) => reader.verify(options), [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose]() } };
}

/** Intervals may be inside arrays, ranges and composites: the wire names them all. */
function tablesWithIntervals(toc: Toc): Guarded {
  return new Map(
    toc.entries.flatMap(({ id, data }) => (data?.format === "copy-binary" && data.columns.some(({ wire }) => wire?.includes("interval") === true) ? [[id, qualified(data.schema, data.table)] as const] : [])),
  );
}

async function* checkEvents(events: AsyncIterable<ArchiveEvent>, tables: Guarded): AsyncGenerator<ArchiveEvent> {
  const checks = new Map<number, (bytes: Uint8Array) => void>();
  for await (const event of events) {
    const table = event.type === "chunk-begin" ? tables.get(event.entry) : undefined;
    if (event.type === "chunk-begin" && table !== undefined) checks.set(event.chunk, checker(table));
    if (event.type === "data") checks.get(event.chunk)?.(event.bytes);
    if (event.type === "chunk-end") checks.delete(event.chunk);
    yield event;
  }
}

async function* checkBytes(chunk: AsyncIterable<Uint8Array>, table: string): AsyncGenerator<Uint8Array> {
  const check = checker(table);
  for await (const bytes of chunk) {
    check(bytes);
    yield bytes;
  }
}

/** Looks for the sixteen bytes, over the seams of the buffers too. Other values of such a table could hold them, a bytea say: then it is refused without need. */
function checker(table: string): (bytes: Uint8Array) => void {
  let tail: Uint8Array = new Uint8Array();
  return (bytes) => {
    const seam = Buffer.concat([tail, bytes.subarray(0, WIDTH - 1)]);
    const here = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (INFINITIES.some((infinity) => seam.includes(infinity) || here.includes(infinity))) {
      throw new PgarkError("TARGET_LACKS", `${table} holds an infinite interval, and PostgreSQL has them since 17`, { object: table, hint: "Exclude the table's rows, or restore into 17 or later." });
    }
    // A copy: the buffer belongs to whom it is handed to.
    tail = bytes.length < WIDTH ? seam.subarray(-(WIDTH - 1)) : bytes.slice(1 - WIDTH);
  };
}
