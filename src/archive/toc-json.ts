/** The TOC and a chunk's beginning as bytes. */
import * as v from "valibot";
import { DifferenceReader, DifferenceWriter } from "./differences.ts";
import { anyJson, checkedLength, count, dataFormat, decodeJson, encodeJson, fitting, parseJson, text, textOrNull } from "./json.ts";
import { type Header, MAX_PART_VALUES, MAX_PLAIN_BYTES } from "./layout.ts";
import type { ChunkRecord } from "./manifest.ts";
import { source } from "./source-json.ts";
import type { Json, Toc, TocEntry } from "./toc.ts";

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

const interleave = v.pipe(count, v.minValue(1));
const wholeToc = v.object({ entries: v.array(entry), interleave, source });
const head = v.object({ entries: count, interleave, source });
const part = v.pipe(v.array(entry), v.minLength(1));

/** A part is about a block long, and far from the most that a reader takes. */
const PART_CHARS = (MAX_PLAIN_BYTES / 4) * 3;
const PART_VALUES = MAX_PART_VALUES / 16;

/** The TOC's values one by one, the head and the parts: of a database with tens of thousands of tables they are hundreds. Throws an `Error` for what no reader would take. */
export function* encodeToc({ entries, interleave, source }: Toc): Generator<Uint8Array> {
  yield encodeJson({ interleave, source, entries: entries.length });
  for (let next = 0; next < entries.length; ) {
    const differences = new DifferenceWriter();
    const texts: string[] = [];
    for (let chars = 0; next < entries.length && chars < PART_CHARS && differences.values < PART_VALUES; next++) {
      // An entry is plain data, as its type says; an interface has no index signature.
      const text = JSON.stringify(differences.write(entries[next] as unknown as Json, 1));
      chars += text.length;
      texts.push(text);
    }
    yield checkedLength(Buffer.from(`[${texts.join(",")}]`));
  }
}

/** What a reader keeps of an entry. The rest of it takes no memory. */
export type KeepOfEntry = (entry: TocEntry) => TocEntry;

/** Puts the TOC together from its values: one before version 1.1, and many since. */
export class TocReader {
  readonly #inParts: boolean;
  readonly #keep: KeepOfEntry;
  #head: v.InferOutput<typeof head> | null = null;
  readonly #entries: TocEntry[] = [];

  constructor({ tocParts }: Pick<Header, "tocParts">, keep: KeepOfEntry = (entry) => entry) {
    this.#inParts = tocParts;
    this.#keep = keep;
  }

  /** Takes the next value and gives the TOC when that was its last. Throws an `Error` that says what is wrong with it. */
  add(bytes: Uint8Array): Toc | null {
    if (!this.#inParts) return this.#whole(decodeJson<Toc>(bytes, wholeToc));
    if (this.#head === null) this.#head = decodeJson(bytes, head);
    else for (const one of decodePart(bytes)) this.#entries.push(this.#keep(one));
    const { entries, interleave, source } = this.#head;
    if (this.#entries.length > entries) throw new Error(`it promises ${entries} entries and has ${this.#entries.length} or more`);
    return this.#entries.length === entries ? checkedIds({ entries: this.#entries, interleave, source }) : null;
  }

  #whole(toc: Toc): Toc {
    return checkedIds({ ...toc, entries: toc.entries.map((entry) => this.#keep(entry)) });
  }
}

/** The check's copies are not kept: what was read shares what is alike, and its lists are no longer than they must be. */
function decodePart(bytes: Uint8Array): readonly TocEntry[] {
  const entries = new DifferenceReader().read(parseJson(bytes), 0);
  fitting<readonly TocEntry[]>(entries, part);
  return (entries as unknown as readonly TocEntry[]).map(knownFields); // The line above says so.
}

function knownFields(entry: TocEntry): TocEntry {
  const { id, kind, section, pass, schema, name, owner, address, create, drop, dependencies, parent, record, tablespace, accessMethod, data } = entry;
  return { id, kind, section, pass, schema, name, owner, address, create, drop, dependencies, parent, record, tablespace, accessMethod, data };
}

function checkedIds(toc: Toc): Toc {
  const ids = new Set(toc.entries.map((one) => one.id));
  if (ids.size !== toc.entries.length) throw new Error("two entries have the same id");
  return toc;
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
