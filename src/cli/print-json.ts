/**
 * The printer for programs: one JSON object per line, each with `schema_version`, a rising `seq` and `time`. The last line
 * is a `result` or an `error`; both carry `exit_code`. Fields are added within a schema version, never changed.
 */
import { type ErrorCode, PgarkError, messageOf } from "../errors.ts";
import type { Io } from "../io/io.ts";
import type { ExitCode } from "./exit-codes.ts";
import { plainJson } from "./plain.ts";
import { type Printer, type TextSink, ToldWarnings, type Verbosity } from "./printer.ts";

export const SCHEMA_VERSION = 1;
/** Progress comes with every block; a program that draws a bar needs no more than this. */
const PROGRESS_EVERY_MS = 200;

export function jsonPrinter(out: TextSink, io: Io, { quiet }: Verbosity): Printer {
  let seq = 0;
  const told = new ToldWarnings();
  const progressToldMs = new Map<number, number>();
  const line = (type: string, fields: object): void => {
    seq += 1;
    out.write(`${plainJson({ schema_version: SCHEMA_VERSION, seq, time: new Date(io.nowMs()).toISOString(), type, ...fields })}\n`);
  };
  const result = (verb: string, data: object, _text: string, exitCode: ExitCode): void =>
    line("result", { verb, exit_code: exitCode, result: data });
  return {
    onEvent(event) {
      if (event.type === "progress") {
        const now = io.tickMs();
        if (quiet || now - (progressToldMs.get(event.worker) ?? -PROGRESS_EVERY_MS) < PROGRESS_EVERY_MS) return;
        progressToldMs.set(event.worker, now);
      }
      if (event.type === "warning" ? !told.isNew(event.warning) : quiet) return;
      const { type, ...fields } = event;
      line(type, fields);
    },
    say: (message) => (quiet ? undefined : line("message", { message })),
    part(type, data) {
      told.forget();
      line(type, data);
    },
    report: result,
    answer: result,
    fail: (error, exitCode) => line("error", { exit_code: exitCode, ...errorFields(error) }),
    close: () => {},
  };
}

interface ErrorFields {
  /** `UNEXPECTED` is a bug of ours or of the system, not one of the library's codes. */
  readonly code: ErrorCode | "UNEXPECTED";
  readonly message: string;
  readonly object: string | null;
  readonly hint: string | null;
  readonly sql_state: string | null;
}

function errorFields(error: unknown): ErrorFields {
  const message = messageOf(error);
  if (!(error instanceof PgarkError)) return { code: "UNEXPECTED", message, object: null, hint: null, sql_state: null };
  return { code: error.code, message, object: error.object ?? null, hint: error.hint ?? null, sql_state: error.sqlState ?? null };
}
