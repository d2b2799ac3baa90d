/** What a run's exit code says. Scripts branch on these numbers, so they never change their meaning. */
import { type ErrorCode, PgarkError } from "../errors.ts";

export const EXIT = { done: 0, failed: 1, usage: 2, rejected: 3, damaged: 4, refused: 5, unreachable: 6, interrupted: 130, terminated: 143 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Printed at the end of every `--help`. */
export const EXIT_CODES_HELP = `
Exit codes:
  0    done
  1    failed
  2    wrong usage
  3    done, with rejected rows
  4    archive damaged or incomplete
  5    refused for safety, nothing was changed
  6    cannot connect, or the connection was lost
  130  interrupted (143 by SIGTERM)`;

const BY_CODE = {
  USAGE: EXIT.usage,
  UNKNOWN_DATABASE: EXIT.usage,
  NOTHING_MATCHED: EXIT.usage,
  CANNOT_CONNECT: EXIT.unreachable,
  AUTHENTICATION_FAILED: EXIT.unreachable,
  CONNECTION_LOST: EXIT.unreachable,
  SERVER_TOO_OLD: EXIT.failed,
  SERVER_NOT_FOUND: EXIT.failed,
  SQL_FAILED: EXIT.failed,
  PERMISSION_DENIED: EXIT.failed,
  LOCK_TIMEOUT: EXIT.failed,
  SOURCE_CHANGED: EXIT.failed,
  NOT_AN_ARCHIVE: EXIT.damaged,
  // The archive is whole: a newer pgark reads it.
  ARCHIVE_NEWER: EXIT.failed,
  ARCHIVE_DAMAGED: EXIT.damaged,
  ARCHIVE_INCOMPLETE: EXIT.damaged,
  CODEC_UNAVAILABLE: EXIT.failed,
  TARGET_NOT_EMPTY: EXIT.refused,
  TARGET_LACKS: EXIT.refused,
  DRIFT: EXIT.refused,
  MIGRATIONS_NEWER: EXIT.refused,
  MIGRATIONS_DIVERGED: EXIT.refused,
  NOT_RESUMABLE: EXIT.refused,
  PROTECTED: EXIT.refused,
  NOT_CONFIRMED: EXIT.refused,
  NO_SPACE: EXIT.failed,
  IO_FAILED: EXIT.failed,
  FILE_EXISTS: EXIT.refused,
  UNBALANCED: EXIT.failed,
  TOO_MANY_REJECTS: EXIT.failed,
  DIFFERENT: EXIT.failed,
  INTERRUPTED: EXIT.interrupted,
  UNSUPPORTED: EXIT.failed,
} as const satisfies Record<ErrorCode, ExitCode>;

/** The exit code of anything that was thrown; what is not ours is a failure. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof PgarkError ? BY_CODE[error.code] : EXIT.failed;
}
