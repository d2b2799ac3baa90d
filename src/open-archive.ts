/**
 * An archive opened for people and programs: what is in it, its rows as values or text, its plain SQL, and the
 * proof that it is whole. Needs no server.
 */
import type { Manifest } from "./archive/manifest.ts";
import { type ArchiveReader, openArchive as openReader } from "./archive/reader.ts";
import { fileSource } from "./archive/store/source.ts";
import type { DataFormat, Toc, TocData, TocEntry } from "./archive/toc.ts";
import type { VerifyOptions, VerifyReport } from "./archive/verify.ts";
import { qualified } from "./catalog/quote.ts";
import { PgarkError } from "./errors.ts";
import { nodeIo } from "./io/io.ts";
import type { CommonOptions } from "./options.ts";
import { sqlOf } from "./sql/script.ts";
import { csvHeader, csvRow } from "./values/csv.ts";
import { jsonlPrinter } from "./values/jsonl.ts";
import { bytesOfText, holdsBytes } from "./values/raw-text.ts";
import { rowReader } from "./values/row-reader.ts";
import { splitRows } from "./values/rows.ts";

export interface ArchivedTable {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
  readonly plainBytes: number;
  readonly storedBytes: number;
  readonly format: DataFormat;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export interface ScriptOptions {
  readonly globals?: boolean | undefined;
}

export type PrintFormat = "csv" | "jsonl" | "copy";

/** Disposing it closes the file. */
export interface Archive extends AsyncDisposable {
  readonly path: string;
  readonly manifest: Manifest;
  readonly toc: Toc;
  /** The tables with rows in the archive, in its order. */
  tables(): readonly ArchivedTable[];
  /** The rows of a table as values: numbers, bigint for int8, texts, booleans, Uint8Array, Float32Array for vectors, null. Throws NOTHING_MATCHED. */
  rows(table: string): AsyncIterable<ReadonlyMap<string, unknown>>;
  /** The rows of a table as text. */
  print(table: string, format: PrintFormat): AsyncIterable<Uint8Array | string>;
  /** The whole archive as SQL that psql loads. `globals`: with what belongs to the whole server; throws NOTHING_MATCHED where the archive has none of it. Default: false. */
  sql(options?: ScriptOptions): AsyncIterable<Uint8Array | string>;
  /** Reads every byte. Damage does not throw: it is in the report. */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
}

/** Opens an archive. Throws NOT_AN_ARCHIVE, ARCHIVE_NEWER, ARCHIVE_INCOMPLETE or ARCHIVE_DAMAGED. */
export async function openArchive(path: string, options: CommonOptions = {}): Promise<Archive> {
  const reader = await openReader(await fileSource(path, options.io ?? nodeIo));
  return {
    path,
    manifest: reader.manifest,
    toc: reader.toc,
    tables: () => reader.toc.entries.flatMap((entry) => (entry.data === null || entry.kind !== "table-data" ? [] : [archivedTable(reader, entry, entry.data)])),
    rows: (table) => valuesOf(reader, find(reader, table), options.signal),
    print: (table, format) => textOf(reader, find(reader, table), format, options.signal),
    sql: ({ globals = false } = {}) => sqlOf(reader, { globals, signal: options.signal }),
    verify: (verifyOptions) => reader.verify({ signal: options.signal, ...verifyOptions }),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

function archivedTable(reader: ArchiveReader, entry: TocEntry, data: TocData): ArchivedTable {
  const chunks = reader.manifest.chunks.filter((chunk) => chunk.entry === entry.id);
  const sum = (field: "rows" | "plainBytes" | "storedBytes") => chunks.reduce((total, chunk) => total + chunk[field], 0);
  return { schema: data.schema, name: data.table, rows: sum("rows"), plainBytes: sum("plainBytes"), storedBytes: sum("storedBytes"), format: data.format, columns: data.columns.map(({ name, type }) => ({ name, type })) };
}

/** Finds a table by `schema.name`, or by its bare name where that is unique. */
function find(reader: ArchiveReader, table: string): { readonly entry: TocEntry; readonly data: TocData & { readonly format: Exclude<DataFormat, "large-objects"> } } {
  const found = reader.toc.entries.flatMap((entry) => {
    const { data } = entry;
    if (data === null || data.format === "large-objects") return [];
    const names = [`${data.schema}.${data.table}`, qualified(data.schema, data.table), data.table];
    return names.includes(table) ? [{ entry, data: { ...data, format: data.format } }] : [];
  });
  const [first] = found;
  if (first === undefined) throw new PgarkError("NOTHING_MATCHED", `the archive has no rows of a table ${table}`, { object: table });
  if (found.length > 1) throw new PgarkError("USAGE", `${table} is in several schemas: ${found.map(({ data }) => data.schema).join(", ")}`, { object: table, hint: "Write schema.table." });
  return first;
}

async function* batches(reader: ArchiveReader, { entry, data }: ReturnType<typeof find>, signal: AbortSignal | undefined): AsyncGenerator<readonly Uint8Array[]> {
  for (const chunk of reader.manifest.chunks) if (chunk.entry === entry.id) yield* splitRows(data.format, reader.readChunk(chunk, { signal }));
}

async function* valuesOf(reader: ArchiveReader, table: ReturnType<typeof find>, signal: AbortSignal | undefined): AsyncGenerator<ReadonlyMap<string, unknown>> {
  const { columns, format } = table.data;
  const read = rowReader(format, columns);
  for await (const rows of batches(reader, table, signal)) {
    for (const row of rows) {
      const values = read.values(row);
      // A Map, because a column may be called __proto__.
      yield new Map(columns.map(({ name }, index) => [name, values[index]]));
    }
  }
}

async function* textOf(reader: ArchiveReader, table: ReturnType<typeof find>, format: PrintFormat, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array | string> {
  const { columns, format: stored } = table.data;
  const read = rowReader(stored, columns);
  if (format === "csv") yield csvHeader(columns);
  const line = format === "jsonl" ? jsonlPrinter(columns) : csvRow;
  for await (const rows of batches(reader, table, signal)) {
    if (format === "copy") yield read.copyText(rows);
    else {
      const lines = rows.map((row) => line(read.texts(row))).join("");
      yield holdsBytes(lines) ? bytesOfText(lines) : lines;
    }
  }
}
