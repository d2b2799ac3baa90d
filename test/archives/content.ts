/** What the golden archives hold. It never changes: archives of every released version must give exactly this. */
import type { SourceFacts } from "../../src/archive/manifest.ts";
import type { DataFormat, Toc, TocEntry } from "../../src/archive/toc.ts";
import type { Warning } from "../../src/events.ts";

export interface GoldenChunk {
  readonly entry: number;
  readonly format: DataFormat;
  readonly pages: { readonly from: number | null; readonly to: number | null } | null;
  readonly rows: number;
  readonly bytes: Uint8Array;
}

export const GOLDEN_SOURCE: SourceFacts = {
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
  endedAt: "2026-01-02T03:04:05.000Z",
  extensions: [{ name: "vector", version: "0.8.1", schema: "public" }],
  migrations: [{ hash: "c0ffee", createdAt: "1767323045000" }],
};

const base = { section: "data", pass: "main", owner: null, create: [], drop: null, dependencies: [], parent: null, record: null, tablespace: null, accessMethod: null } as const;

const entries: readonly TocEntry[] = [
  {
    ...base,
    id: 1,
    kind: "table",
    section: "pre-data",
    schema: "public",
    name: "rules",
    owner: "rules_owner",
    address: "TABLE public.rules",
    create: ["CREATE TABLE public.rules (\n    id integer NOT NULL,\n    \"Grüße 🐘\" text\n);"],
    drop: "DROP TABLE public.rules;",
    record: { kind: "table", columns: [{ name: "id" }, { name: "Grüße 🐘" }], rows: 1.5, partition: null, constructor: true },
    accessMethod: "heap",
  },
  {
    ...base,
    id: 2,
    kind: "table-data",
    schema: "public",
    name: "rules",
    address: "TABLE DATA public.rules",
    dependencies: [1],
    data: { format: "copy-text", schema: "public", table: "rules", columns: [{ name: "id", type: "integer", wire: "int4" }, { name: "Grüße 🐘", type: "text", wire: "text" }] },
  },
  {
    ...base,
    id: 3,
    kind: "table-data",
    schema: "public",
    name: "noise",
    address: "TABLE DATA public.noise",
    data: { format: "copy-binary", schema: "public", table: "noise", columns: [{ name: "bytes", type: "bytea", wire: "bytea" }] },
  },
].map((entry) => ({ data: null, ...entry }) as TocEntry); // The literals are entries; the spread widens their kinds to strings.

export const GOLDEN_TOC: Toc = { entries, interleave: 3, source: GOLDEN_SOURCE };
export const GOLDEN_WARNINGS: readonly Warning[] = [
  { code: "UNMODELLED_OBJECT", object: "CAST (text AS public.mood)", message: "casts are not carried" },
  { code: "TEST", message: "a warning without an object" },
];
export const GOLDEN_OPTIONS = { jobs: 3, tables: ["public.*"], since: null };

/** `large` adds more than two blocks of bytes that compress to almost nothing; without a codec they would be megabytes. */
export function goldenChunks(large: boolean): readonly GoldenChunk[] {
  const text = Buffer.from(Array.from({ length: 100 }, (_, at) => `${at}\tRegel ${at} — „ü“ 🐘\n`).join(""), "utf8");
  const chunks: GoldenChunk[] = [
    { entry: 2, format: "copy-text", pages: { from: null, to: 8 }, rows: 100, bytes: text },
    { entry: 2, format: "copy-text", pages: { from: 8, to: null }, rows: 0, bytes: new Uint8Array(0) },
    { entry: 3, format: "copy-binary", pages: null, rows: 1, bytes: noise(3000) },
  ];
  return large ? [...chunks, { entry: 2, format: "copy-text", pages: null, rows: 5, bytes: Buffer.alloc(2 * 1024 * 1024 + 5, "1\tsame\n") }] : chunks;
}

/** Bytes that no codec makes shorter, from a linear congruential generator. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0, state = 1; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
