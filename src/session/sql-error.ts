/**
 * What a server said no to, as one of our errors: code, SQLSTATE, where in the statement, what to do. The
 * message never holds row data: the values that DETAIL and CONTEXT quote are left out (`cause` still has them).
 */
import { PgarkError, messageOf } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import { errnoOf } from "../io/io.ts";
import { printable } from "./printable.ts";

const CONTEXT_LINES = 3;
const LINE_CHARACTERS = 160;

/** The fields of an ErrorResponse that we read; they are what `pg` puts on its DatabaseError. */
interface ServerError extends Error {
  readonly code: string;
  readonly severity?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly position?: string | undefined;
  readonly internalPosition?: string | undefined;
  readonly internalQuery?: string | undefined;
  readonly where?: string | undefined;
}

/** `error`, which came out of running `sql` on the session at `place`. One of ours passes through. */
export function sqlError(error: unknown, sql: string, place: string): PgarkError {
  if (error instanceof PgarkError) return error;
  if (isServerError(error)) {
    const code = codeOf(error);
    const lost = code === "CONNECTION_LOST" ? `the connection to ${place} was lost: ` : "";
    return new PgarkError(code, lost + messageWithPlace(error, sql), { sqlState: error.code, hint: oneLine(error.hint), cause: error });
  }
  return new PgarkError("CONNECTION_LOST", `the connection to ${place} was lost: ${printable(messageOf(error))}`, { cause: error });
}

/** Whether a server sent it. A socket's errors have a `code` too, but none of five characters and no severity. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && "severity" in error && /^[0-9A-Z]{5}$/.test(errnoOf(error) ?? "");
}

/** The server's message in one line, as it may be shown. */
export function serverMessage(error: Error): string {
  return printable(error.message);
}

function codeOf({ code, severity }: ServerError): ErrorCode {
  if (/^(08|57P0[1-5]$)/.test(code) || severity === "FATAL" || severity === "PANIC") return "CONNECTION_LOST";
  switch (code) {
    case "42501":
      return "PERMISSION_DENIED";
    case "55P03":
      return "LOCK_TIMEOUT";
    case "53100":
      return "NO_SPACE";
    default:
      return "SQL_FAILED";
  }
}

function messageWithPlace(error: ServerError, sql: string): string {
  const lines = [serverMessage(error)];
  if (error.position !== undefined) lines.push(...lineAndCaret(sql, Number(error.position)));
  else if (error.internalQuery !== undefined) lines.push(...lineAndCaret(error.internalQuery, Number(error.internalPosition ?? 1)));
  if (error.detail !== undefined) lines.push(`detail: ${oneLine(withoutValues(error))}`);
  for (const line of (error.where ?? "").split("\n").slice(0, CONTEXT_LINES)) {
    if (line !== "") lines.push(`where: ${oneLine(withoutRow(line))}`);
  }
  return lines.join("\n");
}

/** The line of the statement that holds the `position`th character, counted from 1, and a caret under it. */
export function lineAndCaret(sql: string, position: number): readonly string[] {
  // The server counts characters, JavaScript UTF-16 units.
  const characters = Array.from(sql);
  const at = Math.min(Math.max(position - 1, 0), characters.length);
  const start = characters.lastIndexOf("\n", at - 1) + 1;
  const found = characters.indexOf("\n", at);
  const line = characters.slice(start, found === -1 ? undefined : found);
  const from = Math.max(0, at - start - LINE_CHARACTERS / 2);
  const shown = line.slice(from, from + LINE_CHARACTERS);
  const label = `line ${characters.slice(0, start).filter((character) => character === "\n").length + 1}: ${from > 0 ? "…" : ""}`;
  const before = printable(shown.slice(0, at - start - from).join("").replaceAll("\t", " "));
  const rest = printable(shown.slice(at - start - from).join("").replaceAll("\t", " ")).trimEnd();
  return [`${label}${before}${rest}`, `${" ".repeat(label.length + before.length)}^`];
}

/** `Key (a)=(1) already exists.`, `Failing row contains (1, x).`: the values go, in any language of the server. */
function withoutValues({ code, detail = "" }: ServerError): string {
  const wholeRow = code === "23502" || code === "23514" || code === "44000";
  return wholeRow ? detail.replace(/\([^]*\)/, "(…)") : detail.replace(/=\([^]*\)/, "=(…)");
}

/** `COPY t, line 2, column a: "x"`: the value goes. */
function withoutRow(where: string): string {
  return where.startsWith("COPY ") ? where.replace(/: (?:"[^]*|null input)$/, "") : where;
}

function oneLine(text: string): string;
function oneLine(text: string | undefined): string | undefined;
function oneLine(text: string | undefined): string | undefined {
  return text === undefined ? undefined : printable(text.replace(/\s*\n\s*/g, " ")).slice(0, 500);
}
