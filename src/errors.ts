/**
 * What goes wrong. One class, one list of codes: callers branch on `code`, people read `message`, which
 * states what was expected and what was found, and names the object.
 */

/** Every code an error of pgark can carry. The command line turns them into exit codes in cli/exit-codes.ts. */
export type ErrorCode =
  // What the caller asked for cannot be meant.
  | "USAGE"
  | "UNKNOWN_DATABASE"
  | "NOTHING_MATCHED"
  // The server.
  | "CANNOT_CONNECT"
  | "AUTHENTICATION_FAILED"
  | "CONNECTION_LOST"
  | "SERVER_TOO_OLD"
  | "SERVER_NOT_FOUND"
  | "SQL_FAILED"
  | "PERMISSION_DENIED"
  | "LOCK_TIMEOUT"
  | "SOURCE_CHANGED"
  // The archive.
  | "NOT_AN_ARCHIVE"
  | "ARCHIVE_NEWER"
  | "ARCHIVE_DAMAGED"
  | "ARCHIVE_INCOMPLETE"
  | "CODEC_UNAVAILABLE"
  // Refused before anything was written.
  | "TARGET_NOT_EMPTY"
  | "TARGET_LACKS"
  | "DRIFT"
  | "MIGRATIONS_NEWER"
  | "MIGRATIONS_DIVERGED"
  | "NOT_RESUMABLE"
  | "PROTECTED"
  | "NOT_CONFIRMED"
  // While working.
  | "NO_SPACE"
  | "IO_FAILED"
  | "FILE_EXISTS"
  | "UNBALANCED"
  | "TOO_MANY_REJECTS"
  | "DIFFERENT"
  | "INTERRUPTED"
  | "UNSUPPORTED";

export interface ErrorDetails {
  /** The object it happened to, as a person would write it: `table public.rules`, `backups/a.ark`. */
  readonly object?: string | undefined;
  /** What to do about it, when that is known. One sentence. */
  readonly hint?: string | undefined;
  /** The SQLSTATE, when a server said no. */
  readonly sqlState?: string | undefined;
  readonly cause?: unknown;
}

/** The one error class of the library. Programming mistakes throw plain `Error`s and are bugs. */
export class PgarkError extends Error {
  readonly code: ErrorCode;
  readonly object: string | undefined;
  readonly hint: string | undefined;
  readonly sqlState: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "PgarkError";
    this.code = code;
    this.object = details.object;
    this.hint = details.hint;
    this.sqlState = details.sqlState;
  }
}

/** Whether `error` is a `PgarkError`, optionally with one of the codes. */
export function isPgarkError(error: unknown, ...codes: readonly ErrorCode[]): error is PgarkError {
  return error instanceof PgarkError && (codes.length === 0 || codes.includes(error.code));
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A PgarkError with one more hint; anything else, a signal's reason above all, stays what it is. */
export function withHint(error: unknown, hint: string): unknown {
  if (!isPgarkError(error)) return error;
  return new PgarkError(error.code, error.message, { object: error.object, sqlState: error.sqlState, cause: error.cause ?? error, hint: error.hint === undefined ? hint : `${error.hint} ${hint}` });
}

/** What a server says no with: it does not always say to what. */
const OF_SERVERS: ReadonlySet<ErrorCode> = new Set(["SQL_FAILED", "PERMISSION_DENIED", "CONNECTION_LOST", "LOCK_TIMEOUT", "NO_SPACE"]);

/** A server's error with the object that it happened to, where it names none. Anything else, a signal's reason above all, stays what it is. */
export function namingObject(error: unknown, object: string): unknown {
  if (!isPgarkError(error) || error.object !== undefined || !OF_SERVERS.has(error.code)) return error;
  return new PgarkError(error.code, `${object}: ${error.message}`, { object, hint: error.hint, sqlState: error.sqlState, cause: error.cause ?? error });
}
