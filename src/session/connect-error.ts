/** Why a connection could not be made, as one of our errors, and what that means for the rest of the host list. */
import { PgarkError, messageOf } from "../errors.ts";
import { errnoOf } from "../io/io.ts";
import { printable } from "./printable.ts";
import { isServerError, serverMessage } from "./sql-error.ts";

/** What may be tried after a failure: the host's other encryption, its next address, the next host, or nothing. */
export type Next = "encryption" | "address" | "host" | "nothing";

/** A failed attempt. Does not leave this room. */
export class ConnectFailure extends Error {
  readonly error: PgarkError;
  readonly next: Next;
  /** The server has no TLS at all, which is no failure to tell of where plain is tried next. */
  readonly lacksTls: boolean;

  constructor(error: PgarkError, next: Next, lacksTls = false) {
    super(error.message);
    this.error = error;
    this.next = next;
    this.lacksTls = lacksTls;
  }
}

/** How far an attempt came before it failed. */
export interface Progress {
  readonly connected: boolean;
  readonly authenticated: boolean;
}

/** What `pg` says when the server answers the request for TLS with N. */
const NO_TLS = "The server does not support SSL connections";

const REASONS: Readonly<Record<string, string>> = {
  [NO_TLS]: "server does not support SSL, but SSL was required",
  "Connection terminated unexpectedly": "server closed the connection unexpectedly",
  ECONNREFUSED: "connection refused; is the server running there and accepting TCP/IP connections?",
  ENOENT: "no such socket; is the server running locally?",
  ENOTFOUND: "the host name is unknown",
  EAI_AGAIN: "the host name could not be looked up",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "the host is unreachable",
  ENETUNREACH: "the network is unreachable",
  ECONNRESET: "the connection was reset",
};

export function connectFailure(error: unknown, place: string, progress: Progress): ConnectFailure {
  if (error instanceof PgarkError) {
    // Ours: a refused authentication, an expired timeout, a session of the wrong kind.
    const text = error.code === "AUTHENTICATION_FAILED" ? `authentication failed for ${place}: ${error.message}` : `cannot connect to ${place}: ${error.message}`;
    return new ConnectFailure(new PgarkError(error.code, text, { hint: error.hint, cause: error.cause }), error.code === "AUTHENTICATION_FAILED" ? "nothing" : "address");
  }
  if (isServerError(error)) return serverFailure(error, place, progress);
  const said = messageOf(error);
  if (said.startsWith("SASL:")) {
    return new ConnectFailure(new PgarkError("AUTHENTICATION_FAILED", `authentication failed for ${place}: ${printable(said)}`, { cause: error }), "nothing");
  }
  const reason = REASONS[errnoOf(error) ?? said] ?? printable(said);
  const ours = new PgarkError("CANNOT_CONNECT", `cannot connect to ${place}: ${reason}`, { cause: error });
  return new ConnectFailure(ours, progress.connected ? "encryption" : "address", said === NO_TLS);
}

function serverFailure(error: Error & { readonly code: string; readonly hint?: string | undefined }, place: string, { authenticated }: Progress): ConnectFailure {
  const details = { sqlState: error.code, hint: error.hint === undefined ? undefined : printable(error.hint), cause: error };
  const ours = error.code.startsWith("28")
    ? new PgarkError("AUTHENTICATION_FAILED", `authentication failed for ${place}: ${serverMessage(error)}`, details)
    : new PgarkError("CANNOT_CONNECT", `cannot connect to ${place}: ${serverMessage(error)}`, details);
  // 57P03: starting up, shutting down, or a standby that is not ready; another host may be.
  if (error.code === "57P03") return new ConnectFailure(ours, "host");
  return new ConnectFailure(ours, authenticated ? "nothing" : "encryption");
}

/** One error for a whole list of hosts: the only one, or all of them in a sentence each. */
export function allFailed(errors: readonly PgarkError[]): PgarkError {
  const [first, ...others] = errors;
  if (first === undefined) throw new Error("a host list is never empty");
  if (others.length === 0) return first;
  const code = errors.find((error) => error.code === "AUTHENTICATION_FAILED")?.code ?? "CANNOT_CONNECT";
  const last = errors.at(-1);
  return new PgarkError(code, [...new Set(errors.map((error) => error.message))].join("\n"), { sqlState: last?.sqlState, hint: last?.hint, cause: last?.cause });
}
