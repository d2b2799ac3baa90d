/**
 * The printer for people. Answers and reports go to `out`; progress, warnings and errors go to `messages` (stderr), so that
 * a pipe gets nothing but the answer. On a terminal the progress moves in place; in a log it is a plain line now and then.
 */
import { PgarkError, messageOf } from "../errors.ts";
import type { PgarkEvent } from "../events.ts";
import type { Io } from "../io/io.ts";
import { plain, plainLines } from "./plain.ts";
import { type Printer, type TextSink, ToldWarnings, type Verbosity } from "./printer.ts";
import { Progress } from "./progress.ts";
import { bytesText, counted, secondsText } from "./units.ts";

const REDRAW_MS = 120;
const LOG_EVERY_MS = 10_000;

export function textPrinter(out: TextSink, messages: TextSink, io: Io, verbosity: Verbosity): Printer {
  const { quiet, verbose } = verbosity;
  const display = quiet ? silent : messages.isTTY === true ? terminalDisplay(messages, io) : logDisplay(messages, io);
  const told = new ToldWarnings();
  const message = (text: string): void => {
    display.clear();
    messages.write(`${text}\n`);
  };
  const print = (text: string): void => {
    display.clear();
    if (text !== "") out.write(`${text}\n`);
  };
  return {
    onEvent(event) {
      display.apply(event);
      if (event.type === "warning") {
        if (told.isNew(event.warning)) message(warningText(event.warning));
      } else if (verbose) {
        const detail = detailText(event);
        if (detail !== null) message(detail);
      }
    },
    say: (text) => (quiet ? undefined : message(plainLines(text))),
    part(_type, _data, text) {
      told.forget();
      if (!quiet) print(text);
    },
    report: (_verb, _data, text) => (quiet ? undefined : print(text)),
    answer: (_verb, _data, text) => print(text),
    fail: (error) => message(errorText(error, verbose)),
    close: () => display.close(),
  };
}

/** `warning: …` with its code, so that it can be looked up. */
export function warningText(warning: { readonly code: string; readonly object?: string; readonly message: string }): string {
  const object = warning.object === undefined || warning.message.includes(warning.object) ? "" : `${plain(warning.object)}: `;
  return `warning: ${object}${plainLines(warning.message)} (${warning.code})`;
}

/** `error: …`, the hint under it; with `--verbose` the causes and, for what is not ours, the stack. */
export function errorText(error: unknown, verbose: boolean): string {
  const lines = [`error: ${plainLines(messageOf(error))}`];
  if (error instanceof PgarkError && error.hint !== undefined) lines.push(`hint: ${plainLines(error.hint)}`);
  if (!verbose) return lines.join("\n");
  if (!(error instanceof PgarkError) && error instanceof Error && error.stack !== undefined) lines.push(plainLines(error.stack));
  for (let cause = causeOf(error); cause !== undefined; cause = causeOf(cause)) lines.push(`cause: ${plainLines(messageOf(cause))}`);
  return lines.join("\n");
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function detailText(event: PgarkEvent): string | null {
  switch (event.type) {
    case "step":
      return `${plain(event.step)}${event.detail === undefined ? "" : `: ${plain(event.detail)}`}`;
    case "table":
      return `  ${plain(event.table)}: ${counted(event.rows, "row")}, ${bytesText(event.bytes)}, ${secondsText(event.seconds)}`;
    case "object":
      return `  ${event.action} ${plain(event.kind)} ${plain(event.name)}, ${secondsText(event.seconds)}`;
    default:
      return null;
  }
}

/** What shows how far the work is. */
interface Display {
  apply(event: PgarkEvent): void;
  /** Makes room for another line. */
  clear(): void;
  close(): void;
}

const silent: Display = { apply() {}, clear() {}, close() {} };

function terminalDisplay(messages: TextSink, io: Io): Display {
  let progress: Progress | null = null;
  let drawn = 0;
  const clear = (): void => {
    if (drawn > 0) messages.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    if (progress === null) return;
    const lines = progress.terminalLines(io.tickMs(), (messages.columns ?? 80) - 1);
    clear();
    messages.write(`${lines.join("\n")}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MS).unref();
  return {
    apply(event) {
      progress ??= new Progress(io.tickMs());
      progress.apply(event, io.tickMs());
    },
    clear,
    close() {
      clearInterval(timer);
      clear();
      progress = null;
    },
  };
}

function logDisplay(messages: TextSink, io: Io): Display {
  let progress: Progress | null = null;
  let toldMs = io.tickMs();
  const timer = setInterval(() => {
    if (progress === null || io.tickMs() - toldMs < LOG_EVERY_MS) return;
    toldMs = io.tickMs();
    messages.write(`${progress.totalLine(toldMs)}\n`);
  }, 500).unref();
  return {
    apply(event) {
      progress ??= new Progress(io.tickMs());
      progress.apply(event, io.tickMs());
    },
    clear() {},
    close: () => clearInterval(timer),
  };
}
