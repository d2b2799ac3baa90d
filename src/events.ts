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
  /** All chunks of a table are complete. */
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
