/** One attempt to connect: one address, one encryption, one deadline. It connects completely or leaves nothing open. */
import { PgarkError } from "../errors.ts";
import { watchAuthentication } from "./authentication.ts";
import type { AuthenticationWatch } from "./authentication.ts";
import { connectFailure } from "./connect-error.ts";
import type { ConnectionSettings } from "./conninfo.ts";
import { describeHost } from "./describe.ts";
import { createClient } from "./driver.ts";
import type { DriverClient } from "./driver.ts";
import { passfileName } from "./hosts.ts";
import type { Host } from "./hosts.ts";
import { findPassword } from "./passfile.ts";
import type { SessionOptions } from "./session.ts";
import { tlsOptions } from "./tls.ts";
import type { Encryption } from "./tls.ts";
import { typeParsers } from "./type-parsers.ts";

export interface Attempt {
  readonly settings: ConnectionSettings;
  readonly host: Host;
  /** What the host's name was looked up as; the folder for a socket. */
  readonly address: string;
  readonly encryption: Encryption;
  readonly options: SessionOptions;
}

/** Gives a client that is ready for queries. Throws a `ConnectFailure`, or the signal's reason. */
export async function attemptConnection(attempt: Attempt): Promise<DriverClient> {
  const { settings, host, encryption, options } = attempt;
  let watch: AuthenticationWatch | undefined;
  const client = createClient(
    {
      host: attempt.address,
      port: host.port,
      user: settings.user,
      database: settings.database,
      password: async () => {
        watch?.check();
        return passwordFor(settings, host);
      },
      ssl: encryption === "tls" ? tlsOptions(settings, host) : false,
      sslnegotiation: encryption === "tls" ? settings.sslnegotiation : "postgres",
      enableChannelBinding: encryption === "tls" && settings.channelBinding !== "disable",
      keepAlive: settings.keepaliveIdleMs !== null,
      keepAliveInitialDelayMillis: settings.keepaliveIdleMs ?? 0,
      types: typeParsers,
    },
    startupMessage(settings, options),
  );
  // Whatever comes after the attempt has failed has nobody to tell.
  client.on("error", () => {});
  if (options.onNotice !== undefined) client.on("notice", tellNotice(options.onNotice));
  watch = watchAuthentication(client.connection, settings, encryption);
  let connected = false;
  client.connection.once("connect", () => (connected = true));
  try {
    await withDeadline(client.connect(), settings.connectTimeoutMs, options.signal);
    return client;
  } catch (error) {
    client.connection.stream.destroy();
    options.signal?.throwIfAborted();
    throw connectFailure(error, describeHost(settings, host), { connected, authenticated: watch.passed });
  }
}

/** Rejects when `work` takes longer, or when the signal is aborted first. 0: no limit. */
export async function withDeadline<T>(work: Promise<T>, timeoutMs: number, signal: AbortSignal | undefined): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
    signal?.addEventListener("abort", stop);
    if (timeoutMs > 0) timer = setTimeout(() => reject(new PgarkError("CANNOT_CONNECT", `timeout expired after ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    clearTimeout(timer);
    if (stop !== undefined) signal?.removeEventListener("abort", stop);
    // The loser of the race may still reject.
    work.catch(() => {});
  }
}

function passwordFor(settings: ConnectionSettings, host: Host): string {
  const secret = settings.password ?? findPassword(settings.passfileEntries, [passfileName(host), String(host.port), settings.database, settings.user]);
  if (secret !== undefined) return secret.reveal();
  throw new PgarkError("AUTHENTICATION_FAILED", "the server asks for a password and none was supplied", {
    hint: settings.warnings[0]?.message ?? "Put it into a password file (.pgpass, PGPASSFILE) or into PGPASSWORD.",
  });
}

function startupMessage(settings: ConnectionSettings, options: SessionOptions): Readonly<Record<string, string>> {
  return {
    user: settings.user,
    database: settings.database,
    application_name: options.applicationName ?? settings.applicationName ?? "pgark",
    ...settings.startupParameters,
    ...(settings.options === "" ? {} : { options: settings.options }),
  };
}

function tellNotice(tell: NonNullable<SessionOptions["onNotice"]>) {
  return (notice: { readonly severity?: string; readonly message?: string }) => {
    try {
      tell({ severity: notice.severity ?? "NOTICE", message: notice.message ?? "" });
    } catch {
      // Told, never asked.
    }
  };
}
