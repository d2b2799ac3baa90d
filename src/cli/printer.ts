/** What the two printers have in common: text for people (print-text.ts) and JSON lines for programs (print-json.ts). */
import type { Listener } from "../events.ts";
import type { ExitCode } from "./exit-codes.ts";

export interface Printer {
  /** Listens to the engine: progress, steps, warnings. */
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
