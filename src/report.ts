/** What was done: the reports of a dump, a restore and a verification. Plain data; `cli` prints them. */
import type { Manifest } from "./archive/manifest.ts";
import type { Warning } from "./events.ts";

export interface DumpReport {
  /** Null when the archive went to a pipe. */
  readonly path: string | null;
  readonly manifest: Manifest;
  /** Size of the archive, in bytes. */
  readonly storedBytes: number;
  readonly tables: readonly DumpedTable[];
  readonly warnings: readonly Warning[];
  readonly seconds: number;
}

export interface DumpedTable {
  /** `public.rules` */
  readonly table: string;
  readonly rows: number;
  readonly plainBytes: number;
  readonly storedBytes: number;
  readonly chunks: number;
}

export interface RestoreReport {
  /** The database that was written, without secrets. */
  readonly target: string;
  readonly tables: readonly TableAccount[];
  /** Objects created, by kind. */
  readonly created: Readonly<Record<string, number>>;
  /** Objects that could not be created; only with `continueOnError`. */
  readonly failures: readonly { readonly object: string; readonly message: string }[];
  /** What is in the archive and was not restored, with the reason. */
  readonly skipped: readonly { readonly object: string; readonly reason: string }[];
  /** Where the rejected rows were written; null when there were none, or no file was asked for. */
  readonly rejectsFile: string | null;
  /** Whether it went on with an interrupted restore. The accounts are of the whole restore then. */
  readonly resumed: boolean;
  /** The archive of what was changed, and the command that brings it back; null when none was asked for. */
  readonly safetyBackup: { readonly path: string; readonly undo: string } | null;
  readonly warnings: readonly Warning[];
  readonly seconds: number;
}

/** One table's accounting: `archived = inserted + updated + identical + kept + rejected`, or the run fails. */
export interface TableAccount {
  readonly table: string;
  readonly archived: number;
  readonly inserted: number;
  readonly updated: number;
  readonly identical: number;
  readonly kept: number;
  readonly rejected: number;
  /** Rows of the target that went before the archive's came in: with `replace` only. */
  readonly removed: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** Whether the account balances. */
export function balances(account: TableAccount): boolean {
  return account.archived === account.inserted + account.updated + account.identical + account.kept + account.rejected;
}

/** One table of an archive held against a live database. */
export interface TableComparison {
  readonly table: string;
  readonly archiveRows: number;
  /** Null when the table is not in the database. */
  readonly databaseRows: number | null;
  readonly equal: boolean;
  /** Why not, when not. */
  readonly difference: string | null;
}
