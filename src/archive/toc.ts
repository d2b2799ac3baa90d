/**
 * The table of contents: what an archive holds, in the order in which it is to be restored. It is where the
 * catalog and the archive meet: plain data, no PostgreSQL in it beyond texts.
 */
import type { Section } from "../section.ts";
import type { BlockRecord, SourceFacts } from "./manifest.ts";

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** When an entry is restored: in the main run, with the privileges after it, or at the very end (refresh, event triggers). */
export type Pass = "main" | "privileges" | "final";

/** How the rows of a table stand in its chunks. */
export type DataFormat = "copy-text" | "copy-binary" | "large-objects";

export interface TocEntry {
  /** Unique in the archive, from 1; also the restore order. */
  readonly id: number;
  /** A kind of the catalog, or `comment`, `security-label`, `privileges`, `table-data`, `sequence-value`, `large-object-data`, `refresh`. */
  readonly kind: string;
  readonly section: Section;
  readonly pass: Pass;
  readonly schema: string | null;
  readonly name: string;
  /** The role that owns it, null where the kind has none. */
  readonly owner: string | null;
  /** `TABLE public.rules`: how ALTER, COMMENT and people name it. */
  readonly address: string;
  /** Statements, each ending in `;`. Empty for data entries. */
  readonly create: readonly string[];
  readonly drop: string | null;
  /** Ids of entries that must be restored earlier. */
  readonly dependencies: readonly number[];
  /** The entry this one belongs to and is selected with (a comment's table, an index's table), or null. */
  readonly parent: number | null;
  /** The typed catalog record, for readers that want more than DDL. */
  readonly record: Json;
  readonly tablespace: string | null;
  readonly accessMethod: string | null;
  /** Only for data entries. */
  readonly data: TocData | null;
}

export interface TocData {
  readonly format: DataFormat;
  /** The columns of each row, in order. Generated columns are not among them. Empty for large objects. */
  readonly columns: readonly TocColumn[];
  /** What `COPY … (…)` on the target needs: the table the rows go to. */
  readonly schema: string;
  readonly table: string;
}

export interface TocColumn {
  readonly name: string;
  /** `format_type` text: `character varying(40)`, `public.vector(768)`. */
  readonly type: string;
  /** What the binary format holds: `int4`, `vector`, `enum` … (src/values); null when only text is safe. */
  readonly wire: string | null;
}

export interface Toc {
  readonly entries: readonly TocEntry[];
  /** How many chunks are open at the same time at most: a reader of a pipe needs as many sessions. */
  readonly interleave: number;
  /** The manifest's facts as far as they are known before the rows, for readers of a pipe. `endedAt` repeats `startedAt`. */
  readonly source: SourceFacts;
}

/** A TOC that need not be read again, by the blocks it stands in: what a writer wrote, or a reader has read. */
export interface KnownToc {
  readonly blocks: readonly BlockRecord[];
  readonly toc: Toc;
}

/** False for a partition whose rows go through the root. */
export function isOwnTable(entry: TocEntry, data: TocData): boolean {
  return entry.schema === data.schema && entry.name === data.table;
}
