/** The TOC and a chunk's beginning as bytes. */
import * as v from "valibot";
import { anyJson, checkJson, count, dataFormat, decodeJson, encodeJson, text, textOrNull } from "./json.ts";
import type { ChunkRecord } from "./manifest.ts";
import { source } from "./source-json.ts";
import type { Toc, TocEntry } from "./toc.ts";

/** What a chunk-begin block says. */
export type ChunkBeginning = Pick<ChunkRecord, "entry" | "format" | "pages">;

export const pages = v.nullable(v.object({ from: v.nullable(count), to: v.nullable(count) }));

const beginning = v.object({ entry: count, format: dataFormat, pages });

const column = v.object({ name: text, type: text, wire: textOrNull });

const entry = v.object({
  id: v.pipe(count, v.minValue(1)),
  kind: text,
  section: v.picklist(["pre-data", "data", "post-data"]),
  pass: v.picklist(["main", "privileges", "final"]),
  schema: textOrNull,
  name: text,
  owner: textOrNull,
  address: text,
  create: v.array(text),
  drop: textOrNull,
  dependencies: v.array(count),
  parent: v.nullable(count),
  record: anyJson,
  tablespace: textOrNull,
  accessMethod: textOrNull,
  data: v.nullable(v.object({ format: dataFormat, columns: v.array(column), schema: text, table: text })),
});

const toc = v.object({ entries: v.array(entry), interleave: v.pipe(count, v.minValue(1)), source });

const ENTRIES_PER_PIECE = 100;

/**
 * The TOC's bytes in pieces: of a database with tens of thousands of tables it is hundreds of megabytes. Throws an
 * `Error` for what no reader would take.
 */
export function* encodeToc({ entries, interleave, source }: Toc): Generator<Uint8Array> {
  yield Buffer.from('{"entries":[');
  for (let from = 0; from < entries.length; from += ENTRIES_PER_PIECE) {
    const some = entries.slice(from, from + ENTRIES_PER_PIECE);
    for (const { record } of some) checkJson(record, 3);
    yield Buffer.from(`${from === 0 ? "" : ","}${JSON.stringify(some).slice(1, -1)}`);
  }
  yield Buffer.from(`],"interleave":${interleave},"source":${JSON.stringify(source)}}`);
}

/** Throws an `Error` that says what is wrong with it. */
export function decodeToc(bytes: Uint8Array): Toc {
  const decoded = decodeJson<Toc>(bytes, toc);
  const ids = new Set(decoded.entries.map((one) => one.id));
  if (ids.size !== decoded.entries.length) throw new Error("two entries have the same id");
  return decoded;
}

export function encodeBeginning({ entry, format, pages }: ChunkBeginning): Buffer {
  return encodeJson({ entry, format, pages });
}

/** Throws an `Error` that says what is wrong with it. */
export function decodeBeginning(bytes: Uint8Array): ChunkBeginning {
  return decodeJson<ChunkBeginning>(bytes, beginning);
}

/** The entries that rows can belong to, by id. */
export function dataEntries(value: Toc): ReadonlyMap<number, TocEntry> {
  return new Map(value.entries.filter((one) => one.data !== null).map((one) => [one.id, one]));
}
