/** The accounting of a restore: what became of every row of every table, and the proof that it adds up. */
import { PgarkError } from "../errors.ts";
import { balances, type TableAccount } from "../report.ts";
import type { PlannedLoad } from "./plan.ts";

interface Counts {
  archived: number;
  inserted: number;
  rejected: number;
  bytes: number;
  startedMs: number | null;
  endedMs: number;
}

export class Accounts {
  readonly #counts: ReadonlyMap<number, Counts>;
  readonly #loads: readonly PlannedLoad[];
  readonly #tickMs: () => number;

  constructor(loads: readonly PlannedLoad[], tickMs: () => number) {
    this.#loads = loads;
    this.#tickMs = tickMs;
    this.#counts = new Map(loads.map(({ entry }) => [entry.id, { archived: 0, inserted: 0, rejected: 0, bytes: 0, startedMs: null, endedMs: 0 }]));
  }

  begin(entry: number): void {
    this.#of(entry).startedMs ??= this.#tickMs();
  }

  /** A chunk is in: what the archive says it holds and what the server says it took. Throws UNBALANCED when they differ. */
  chunk(load: PlannedLoad, chunk: { readonly archived: number; readonly inserted: number; readonly bytes: number }): void {
    if (chunk.archived !== chunk.inserted) {
      throw new PgarkError("UNBALANCED", `a chunk of ${load.table} holds ${chunk.archived} rows and the server took ${chunk.inserted}`, { object: `table ${load.table}` });
    }
    const counts = this.#of(load.entry.id);
    counts.archived += chunk.archived;
    counts.inserted += chunk.inserted;
    counts.bytes += chunk.bytes;
    counts.endedMs = this.#tickMs();
  }

  /** Rows of a chunk that have no place to go. */
  reject({ entry }: PlannedLoad, rows: number): void {
    const counts = this.#of(entry.id);
    counts.archived += rows;
    counts.rejected += rows;
  }

  /** The accounts of all tables. Throws UNBALANCED when a table has another number of rows than the manifest says. */
  close(): readonly TableAccount[] {
    return this.#loads.map(({ entry, table, rows }) => {
      const { archived, inserted, rejected, bytes, startedMs, endedMs } = this.#of(entry.id);
      const account: TableAccount = {
        table: entry.kind === "large-object-data" ? "large objects" : table,
        archived: rows ?? archived,
        inserted,
        updated: 0,
        identical: 0,
        kept: 0,
        rejected,
        removed: 0,
        bytes,
        seconds: startedMs === null ? 0 : Math.max(0, endedMs - startedMs) / 1000,
      };
      if (!balances(account)) throw new PgarkError("UNBALANCED", `${table}: ${account.archived} rows in the archive, ${inserted} in the target`, { object: `table ${table}` });
      return account;
    });
  }

  #of(entry: number): Counts {
    const counts = this.#counts.get(entry);
    if (counts === undefined) throw new Error(`entry ${entry} is not among the planned loads`);
    return counts;
  }
}
