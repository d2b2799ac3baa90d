/**
 * How far the work is, from the engine's events: a line per worker and a total for a terminal, one line for a log.
 * Pure: it is told the time, and gives lines.
 */
import type { PgarkEvent } from "../events.ts";
import { plain } from "./plain.ts";
import { bytesText, countText, counted, rateText, secondsText } from "./units.ts";

interface WorkerState {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sinceMs: number;
}

/** Rates look back this far, so that an ETA follows a change but does not jump. */
const WINDOW_MS = 15_000;

export class Progress {
  #step = "";
  #detail = "";
  #plan: { readonly tables: number; readonly chunks: number; readonly bytes: number; readonly rows: number | null } | null = null;
  /** Of complete chunks. */
  #rows = 0;
  #bytes = 0;
  #tables = 0;
  #objects = 0;
  readonly #workers = new Map<number, WorkerState>();
  /** Total bytes at moments of the recent past, oldest first. */
  #samples: { readonly ms: number; readonly bytes: number }[] = [];
  readonly #startedMs: number;

  constructor(nowMs: number) {
    this.#startedMs = nowMs;
  }

  apply(event: PgarkEvent, nowMs: number): void {
    switch (event.type) {
      case "step":
        this.#step = event.step;
        this.#detail = event.detail ?? "";
        break;
      case "plan":
        // A new plan is a new run: the next database of `backup --all`, or the verification after a dump.
        this.#plan = event;
        this.#rows = this.#bytes = this.#tables = 0;
        this.#workers.clear();
        this.#samples = [{ ms: nowMs, bytes: 0 }];
        break;
      case "progress": {
        const before = this.#workers.get(event.worker);
        const sameChunk = before !== undefined && before.table === event.table && event.bytes >= before.bytes;
        this.#workers.set(event.worker, { table: event.table, rows: event.rows, bytes: event.bytes, sinceMs: sameChunk ? before.sinceMs : nowMs });
        this.#sample(nowMs);
        break;
      }
      case "chunk":
        this.#workers.delete(event.worker);
        this.#rows += event.rows;
        this.#bytes += event.bytes;
        this.#sample(nowMs);
        break;
      case "table":
        this.#tables += 1;
        break;
      case "object":
        this.#objects += 1;
        break;
      case "warning":
        break;
      default:
        event satisfies never;
    }
  }

  /** The moving display: a line per busy worker, then the total. */
  terminalLines(nowMs: number, columns: number): readonly string[] {
    const workers = [...this.#workers].toSorted(([a], [b]) => a - b).map(([worker, state]) => workerLine(worker, state, nowMs));
    return [...workers, this.totalLine(nowMs)].map((line) => cut(line, columns));
  }

  /** Everything in one line. */
  totalLine(nowMs: number): string {
    const elapsed = secondsText((nowMs - this.#startedMs) / 1000);
    const bytes = this.#bytesNow();
    const step = plain(this.#detail === "" ? this.#step : `${this.#step} ${this.#detail}`);
    if (this.#plan === null || (this.#plan.chunks > 0 && bytes === 0)) {
      const objects = this.#objects > 0 ? `, ${counted(this.#objects, "object")}` : "";
      return `${step === "" ? "starting" : step}${objects}, ${elapsed}`;
    }
    const rate = this.#rate(nowMs);
    const parts = [
      step,
      this.#plan.bytes > 0 ? `${Math.min(100, Math.floor((bytes / this.#plan.bytes) * 100))} %` : "",
      this.#plan.tables > 0 ? `${this.#tables}/${counted(this.#plan.tables, "table")}` : "",
      this.#rowsNow() > 0 ? counted(this.#rowsNow(), "row") : "",
      bytesText(bytes),
      rateText(rate, 1),
      elapsed,
      eta(this.#plan.bytes - bytes, rate),
    ];
    return parts.filter((part) => part !== "").join("  ");
  }

  #bytesNow(): number {
    let bytes = this.#bytes;
    for (const worker of this.#workers.values()) bytes += worker.bytes;
    return bytes;
  }

  #rowsNow(): number {
    let rows = this.#rows;
    for (const worker of this.#workers.values()) rows += worker.rows;
    return rows;
  }

  #sample(nowMs: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && nowMs - last.ms < 250) return;
    this.#samples.push({ ms: nowMs, bytes: this.#bytesNow() });
    while (this.#samples.length > 2 && (this.#samples[1]?.ms ?? nowMs) < nowMs - WINDOW_MS) this.#samples.shift();
  }

  /** Bytes per second over the window. */
  #rate(nowMs: number): number {
    const first = this.#samples[0];
    if (first === undefined || nowMs <= first.ms) return 0;
    return Math.max(0, (this.#bytesNow() - first.bytes) / ((nowMs - first.ms) / 1000));
  }
}

function workerLine(worker: number, state: WorkerState, nowMs: number): string {
  const rate = rateText(state.bytes, (nowMs - state.sinceMs) / 1000);
  return `  ${worker}  ${plain(state.table)}  ${state.rows > 0 ? `${countText(state.rows)} rows  ` : ""}${rate}`;
}

function eta(bytesLeft: number, bytesPerSecond: number): string {
  if (bytesLeft <= 0 || bytesPerSecond <= 0) return "";
  return `ETA ${secondsText(bytesLeft / bytesPerSecond)}`;
}

function cut(line: string, columns: number): string {
  const characters = [...line];
  return characters.length <= columns ? line : `${characters.slice(0, Math.max(1, columns - 1)).join("")}…`;
}
