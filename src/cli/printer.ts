/** What the two printers have in common: text for people (print-text.ts) and JSON lines for programs (print-json.ts). */
import type { Listener, Warning } from "../events.ts";
import type { ExitCode } from "./exit-codes.ts";

export interface Printer {
  /** Listens to the engine: progress, steps, warnings. A warning that was told is not told again before the next `part`. */
  readonly onEvent: Listener;
  /** Something on the way. People see it unless `--quiet`; programs get a `message`. */
  say(text: string): void;
  /** One part of the work, when there are several. Not shown to people under `--quiet`. `text` is shown as it is: its cells are already plain. */
  part(type: string, data: object, text: string): void;
  /** The end of the work: a report of what was done. Not shown to people under `--quiet`. */
  report(verb: string, data: object, text: string, exitCode: ExitCode): void;
  /** The end of a question: always shown. */
  answer(verb: string, data: object, text: string, exitCode: ExitCode): void;
  /** The end that was not hoped for. */
  fail(error: unknown, exitCode: ExitCode): void;
  /** Takes a moving display away. */
  close(): void;
}

/** Says of each warning whether it is new. Reports repeat what was told on the way, and may know more. */
export class ToldWarnings {
  #told = new Set<string>();

  isNew({ code, object, message }: Warning): boolean {
    const key = JSON.stringify([code, object ?? null, message]);
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }

  forget(): void {
    this.#told.clear();
  }
}

export interface Verbosity {
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Where text goes. A `process.stdout` is one. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}
