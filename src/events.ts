/**
 * What is told while work goes on. The engine prints nothing: it emits these, and `cli` has a text and a JSON
 * printer for them. Events are told, never asked: a listener that throws changes nothing.
 */

/** Something true that the user should know. Warnings are also kept in the archive's manifest. */
export interface Warning {
  /** Stable, upper-case, for programs: `UNMODELLED_OBJECT`, `EXTENSION_VERSION_DIFFERS` … */
  readonly code: string;
  /** The object concerned, as a person would write it. */
  readonly object?: string;
  readonly message: string;
}

export type PgarkEvent =
  /** A new step of the story began: `lock`, `catalog`, `pre-data`, `data`, `post-data`, `verify` … */
  | { readonly type: "step"; readonly step: string; readonly detail?: string }
  /** How much there is to do, known before the first row moves. */
  | { readonly type: "plan"; readonly tables: number; readonly chunks: number; readonly bytes: number; readonly rows: number | null }
  /** Told about once per MiB while a chunk moves. `bytes` are plain and count from the chunk's start, as do `rows`, which a dump only estimates until the chunk is complete. */
  | { readonly type: "progress"; readonly worker: number; readonly table: string; readonly rows: number; readonly bytes: number }
  /** A chunk is complete. `rows` are exact, `bytes` plain. */
  | { readonly type: "chunk"; readonly worker: number; readonly table: string; readonly chunk: number; readonly rows: number; readonly bytes: number }
  /** All chunks of a table are complete. Not told for an archive that comes through a pipe, which does not say beforehand how many there are. */
  | { readonly type: "table"; readonly table: string; readonly rows: number; readonly bytes: number; readonly seconds: number }
  /** An object was created, dropped or built. */
  | { readonly type: "object"; readonly action: "created" | "dropped" | "failed"; readonly kind: string; readonly name: string; readonly seconds: number }
  | { readonly type: "warning"; readonly warning: Warning };

export type Listener = (event: PgarkEvent) => void;

/** Wraps a listener so that nothing it does can change the outcome of the work. */
export function teller(listener: Listener | undefined): Listener {
  if (listener === undefined) return () => {};
  return (event) => {
    try {
      listener(event);
    } catch {
      // Told, never asked.
    }
  };
}

/**
 * A listener that also tells when all chunks of a table are complete. `chunks`: table → how many it has. A table
 * counts from its first event.
 */
export function tellTables(tell: Listener, chunks: ReadonlyMap<string, number>, tickMs: () => number): Listener {
  const open = new Map<string, { left: number; rows: number; bytes: number; readonly startedMs: number }>();
  return (event) => {
    tell(event);
    if (event.type !== "progress" && event.type !== "chunk") return;
    const counts = open.get(event.table) ?? { left: chunks.get(event.table) ?? 0, rows: 0, bytes: 0, startedMs: tickMs() };
    open.set(event.table, counts);
    if (event.type === "progress") return;
    counts.left -= 1;
    counts.rows += event.rows;
    counts.bytes += event.bytes;
    if (counts.left === 0) tell({ type: "table", table: event.table, rows: counts.rows, bytes: counts.bytes, seconds: (tickMs() - counts.startedMs) / 1000 });
  };
}

/** How many of `items` each table has. */
export function countTables<Item>(items: readonly Item[], tableOf: (item: Item) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(tableOf(item), (counts.get(tableOf(item)) ?? 0) + 1);
  return counts;
}
