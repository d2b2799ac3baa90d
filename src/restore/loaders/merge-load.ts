/**
 * What the loaders must know to merge rows into a table that may have rows, the same for all its chunks, and what
 * they give back.
 */
import type { ColumnMap } from "../column-map.ts";
import type { TableForeignKey, TargetTable, UniqueKey } from "../target-table.ts";

export interface MergeLoad {
  /** The number of the load in its plan; the journal knows it by that. */
  readonly load: number;
  readonly table: TargetTable;
  readonly map: ColumnMap;
  readonly format: "copy-text" | "copy-binary";
  /** What happens to a row whose key is on the target with other values. */
  readonly policy: "skip" | "update";
  /** What finds a row on the target. Null: the table merges as a multiset of whole rows. */
  readonly key: UniqueKey | null;
  /** Foreign keys that are in place while rows come in, whose parents have been loaded before: orphans are rejected. */
  readonly foreignKeys: readonly TableForeignKey[];
  /** Whether the table had no rows before, or none are left of them: what a key finds there came with this restore. Default: false. */
  readonly fresh?: boolean;
  /** Columns of foreign keys that are set aside: an update that changes one first saves the old row in `pgark.before`. */
  readonly remember: readonly string[];
}

/** What became of the rows of a chunk: `archived = inserted + updated + identical + kept + rejected`. */
export interface MergeCounts {
  readonly archived: number;
  readonly inserted: number;
  readonly updated: number;
  readonly identical: number;
  readonly kept: number;
  readonly rejected: number;
}

/** The staging of one load on one session, inside a transaction, gone when that ends: temporary tables ON COMMIT DROP. */
export interface Staging {
  /**
   * The temporary table with the rows that may go on, in the columns of `map.columns` (and the target's generated columns
   * that a key, a check or an exclusion reads): casts done, NOT NULL and CHECK constraints met. `pg_temp.pgark_rows_7`.
   */
  readonly rows: string;
  /** Rows taken so far that are this load's: in `rows`, or rejected. */
  readonly archived: number;
  /** Rows that were written to `pgark.rejects` so far. */
  readonly rejected: number;
  /** Adds a chunk's bytes. `open` is called a second time when the rows have to be looked at one by one. */
  add(open: () => AsyncIterable<Uint8Array>, onBytes: (count: number) => void): Promise<void>;
  /** For bytes that come only once, from a pipe: each row is read as text, or by its wire, and looked at after `finish`. */
  writer(): Promise<{ write(bytes: Uint8Array): Promise<void>; finish(): Promise<void> }>;
  /** Adds the rows of a query that gives the fields' columns, named and ordered as `map.fields`, in their staging types. */
  addSelect(select: string): Promise<void>;
  /** Takes this load's rows out of `pgark.rejects`, to try them once more, but for those whose key the archive has twice. Gives how many there were. */
  addRejects(): Promise<number>;
  /** Drops the temporary tables: within one transaction the next chunk makes them again. */
  drop(): Promise<void>;
}
