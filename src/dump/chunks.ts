/**
 * The chunks of a dump: which part of which table is read by which COPY. Pure. Page ranges are sized by the
 * table's total bytes, heap and TOAST, because embeddings live in TOAST; an open end is null, never a number that
 * means something else.
 */
import type { TocData, TocEntry } from "../archive/toc.ts";
import { columnList, ident, qualified } from "../catalog/quote.ts";

/** How big a table is. */
export interface TableSize {
  /** 0 where `ctid` does not tell the page: other access methods than heap. */
  readonly heapPages: number;
  /** Heap and TOAST, without indexes. */
  readonly totalBytes: number;
  readonly estimatedRows: number;
  /** What follows FROM for an extension's configuration table: `WHERE …`, or empty. */
  readonly condition: string;
}

export interface PlannedChunk {
  readonly entry: TocEntry;
  readonly data: TocData;
  readonly pages: { readonly from: number | null; readonly to: number | null } | null;
  readonly sql: string;
  /** An estimate, for the order and the progress. */
  readonly bytes: number;
  readonly rows: number;
}

/** `WHERE ctid` is a range scan from 14 on; before, each chunk would read the whole table. */
const TID_RANGE_SCAN = 140_000;
/** Bounds the manifest: 4096 chunks of a 64 GiB table are 16 MiB each, of a 64 TiB one 16 GiB. */
const MOST_CHUNKS = 4096;

/** The chunks of all tables, largest first, so that no worker is left alone with a big one at the end. */
export function planChunks(entries: readonly TocEntry[], sizes: ReadonlyMap<number, TableSize>, limits: { chunkBytes: number; serverVersion: number }): readonly PlannedChunk[] {
  return entries
    .flatMap((entry) => (entry.data === null || entry.kind !== "table-data" ? [] : chunksOf(entry, entry.data, sizes.get(entry.id), limits)))
    .sort((a, b) => b.bytes - a.bytes || a.entry.id - b.entry.id || (a.pages?.from ?? 0) - (b.pages?.from ?? 0));
}

function chunksOf(entry: TocEntry, data: TocData, size: TableSize | undefined, limits: { chunkBytes: number; serverVersion: number }): PlannedChunk[] {
  // Where rows are read is the entry's own table; where they go to may be the root of its partitions.
  const table = qualified(entry.schema, entry.name);
  const { heapPages, totalBytes, estimatedRows, condition } = size ?? { heapPages: 0, totalBytes: 0, estimatedRows: 0, condition: "" };
  const count = condition !== "" || limits.serverVersion < TID_RANGE_SCAN ? 1 : Math.min(Math.ceil(totalBytes / limits.chunkBytes), heapPages, MOST_CHUNKS);
  if (count <= 1) return [{ entry, data, pages: null, sql: copyWhole(table, data, condition), bytes: totalBytes, rows: estimatedRows }];
  const pagesEach = Math.ceil(heapPages / count);
  const chunks: PlannedChunk[] = [];
  for (let from = 0; from < heapPages; from += pagesEach) {
    // The last one is open: the table may have grown since its pages were counted, and the snapshot decides what is seen.
    const to = from + pagesEach >= heapPages ? null : from + pagesEach;
    const pages = { from: from === 0 ? null : from, to };
    chunks.push({ entry, data, pages, sql: copyPages(table, data, pages), bytes: totalBytes / count, rows: estimatedRows / count });
  }
  return chunks;
}

function copyWhole(table: string, data: TocData, condition: string): string {
  const columns = data.columns.map(({ name }) => name);
  if (condition !== "") return `COPY (SELECT ${columns.map(ident).join(", ")} FROM ONLY ${table} ${condition}) ${toStdout(data)}`;
  // A table without columns, or with generated ones only, has no list to give.
  return `COPY ${table} ${columns.length === 0 ? "" : `${columnList(columns)} `}${toStdout(data)}`;
}

function copyPages(table: string, data: TocData, pages: { readonly from: number | null; readonly to: number | null }): string {
  const bounds: string[] = [];
  if (pages.from !== null) bounds.push(`ctid >= '(${pages.from},0)'::pg_catalog.tid`);
  if (pages.to !== null) bounds.push(`ctid < '(${pages.to},0)'::pg_catalog.tid`);
  const columns = data.columns.map(({ name }) => ident(name)).join(", ");
  return `COPY (SELECT ${columns} FROM ONLY ${table} WHERE ${bounds.join(" AND ")}) ${toStdout(data)}`;
}

function toStdout(data: TocData): string {
  return data.format === "copy-binary" ? "TO STDOUT (FORMAT binary)" : "TO STDOUT";
}
