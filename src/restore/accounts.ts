/** The accounting of a restore: what became of every row of every table, and the proof that it adds up. */
import { PgarkError } from "../errors.ts";
import { balances, type TableAccount } from "../report.ts";
import type { MergeCounts } from "./loaders/merge-load.ts";
import type { PlannedLoad } from "./plan.ts";

/** The number of all chunks of a load that go in at once; no chunk of an archive has it. What is less stands for corrections. */
export const WHOLE = -1;

/** What became of a chunk's rows. */
export interface ChunkAccount extends MergeCounts {
  readonly load: number;
  readonly chunk: number;
  readonly bytes: number;
}

interface Counts extends Record<keyof MergeCounts, number> {
  removed: number;
  bytes: number;
  startedMs: number | null;
  endedMs: number;
}

const FIELDS = ["archived", "inserted", "updated", "identical", "kept", "rejected", "bytes"] as const;
export const NOTHING: MergeCounts = { archived: 0, inserted: 0, updated: 0, identical: 0, kept: 0, rejected: 0 };

/** Throws UNBALANCED when a chunk's rows are not all accounted for. To be asked before its commit. */
export function requireBalance({ archived, inserted, updated, identical, kept, rejected }: MergeCounts, table: string): void {
  const accounted = inserted + updated + identical + kept + rejected;
  if (archived === accounted) return;
  throw new PgarkError("UNBALANCED", `a chunk of ${table} holds ${archived} rows and the server took ${accounted}`, { object: `table ${table}` });
}

export class Accounts {
  readonly #counts: ReadonlyMap<number, Counts>;
  readonly #loads: readonly PlannedLoad[];
  readonly #tables: ReadonlyMap<number, string>;
  readonly #tickMs: () => number;

  /** `done`: the chunks that an interrupted restore has brought. */
  constructor(loads: readonly PlannedLoad[], tickMs: () => number, done: readonly ChunkAccount[] = []) {
    this.#loads = loads;
    this.#tables = new Map(loads.map(({ load, table }) => [load, table]));
    this.#tickMs = tickMs;
    this.#counts = new Map(loads.map(({ load }) => [load, { ...NOTHING, removed: 0, bytes: 0, startedMs: null, endedMs: 0 }]));
    for (const chunk of done) this.#add(chunk);
  }

  begin(load: number): void {
    this.#of(load).startedMs ??= this.#tickMs();
  }

  /** A chunk is in. */
  chunk(chunk: ChunkAccount): void {
    requireBalance(chunk, this.#tables.get(chunk.load) ?? "");
    this.#add(chunk);
    this.#of(chunk.load).endedMs = this.#tickMs();
  }

  /** Rows of the target that made room. */
  removed(load: number, rows: number): void {
    this.#of(load).removed += rows;
  }

  /** Rows that were refused so far, of one load or of all. */
  rejected(load?: number): number {
    return load === undefined ? [...this.#counts.values()].reduce((sum, { rejected }) => sum + rejected, 0) : this.#of(load).rejected;
  }

  /** The accounts of all tables. Throws UNBALANCED when a table has another number of rows than the manifest says. */
  close(): readonly TableAccount[] {
    return this.#loads.map(({ load, entry, table, rows }) => {
      const { startedMs, endedMs, ...counts } = this.#of(load);
      const account: TableAccount = {
        table: entry.kind === "large-object-data" ? "large objects" : table,
        ...counts,
        archived: rows ?? counts.archived,
        seconds: startedMs === null ? 0 : Math.max(0, endedMs - startedMs) / 1000,
      };
      if (!balances(account)) throw new PgarkError("UNBALANCED", `${table}: ${account.archived} rows in the archive, ${counts.archived} accounted for`, { object: `table ${table}` });
      return account;
    });
  }

  #add(chunk: ChunkAccount): void {
    const counts = this.#of(chunk.load);
    for (const field of FIELDS) counts[field] += chunk[field];
  }

  #of(load: number): Counts {
    const counts = this.#counts.get(load);
    if (counts === undefined) throw new Error(`load ${load} is not among the planned ones`);
    return counts;
  }
}
