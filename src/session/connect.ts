/**
 * Opens a session: the host list in order, each host's addresses in order, each address as its sslmode says,
 * until one of the wanted kind (target_session_attrs) is found. What failed on the way is told when all failed.
 */
import { lookup } from "node:dns/promises";
import { setMaxListeners } from "node:events";
import { PgarkError } from "../errors.ts";
import { attemptConnection, withDeadline } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { ConnectFailure, allFailed, connectFailure } from "./connect-error.ts";
import type { Next } from "./connect-error.ts";
import { withDatabase } from "./conninfo.ts";
import type { ConnectionSettings, TargetSessionAttrs } from "./conninfo.ts";
import { describeHost } from "./describe.ts";
import type { DriverClient } from "./driver.ts";
import { isSocket } from "./hosts.ts";
import type { Host } from "./hosts.ts";
import { PgSession } from "./pg-session.ts";
import { speakBytes } from "./raw-driver.ts";
import type { Session, SessionOptions } from "./session.ts";
import { encryptions, tlsOptions } from "./tls.ts";

const ATTRIBUTES = /* sql */ `
  select pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as version,
         pg_catalog.current_setting('server_encoding') as encoding,
         pg_catalog.pg_is_in_recovery() as standby,
         pg_catalog.current_setting('default_transaction_read_only') = 'on' or pg_catalog.pg_is_in_recovery() as "readOnly"`;

interface ServerAttributes {
  readonly version: number;
  readonly encoding: string;
  readonly standby: boolean;
  readonly readOnly: boolean;
}

/**
 * Connects. Throws `CANNOT_CONNECT`, `AUTHENTICATION_FAILED` (after which no other host is tried, as with libpq),
 * or the signal's reason; what was opened on the way is closed.
 */
export async function connect(settings: ConnectionSettings, options: SessionOptions = {}): Promise<Session> {
  options.signal?.throwIfAborted();
  // Many sessions share one signal; Node.js would print a warning at the eleventh.
  if (options.signal !== undefined) setMaxListeners(0, options.signal);
  const meant = options.database === undefined ? settings : withDatabase(settings, options.database);
  const wanted = meant.targetSessionAttrs;
  const errors: PgarkError[] = [];
  for (const attributes of wanted === "prefer-standby" ? (["standby", "any"] as const) : [wanted]) {
    for (const host of meant.hosts) {
      const result = await connectHost(meant, host, attributes, options);
      if (result instanceof PgSession) return result;
      errors.push(...result.errors);
      if (result.next === "nothing") throw allFailed(errors);
    }
  }
  throw allFailed(errors);
}

interface HostFailure {
  readonly errors: readonly PgarkError[];
  readonly next: Next;
}

async function connectHost(settings: ConnectionSettings, host: Host, attributes: TargetSessionAttrs, options: SessionOptions): Promise<PgSession | HostFailure> {
  const errors: PgarkError[] = [];
  try {
    for (const address of await addressesOf(settings, host, options)) {
      const result = await connectAddress({ settings, host, address, options }, attributes);
      if (result instanceof PgSession) return result;
      errors.push(...result.errors);
      if (result.next === "host" || result.next === "nothing") return { errors, next: result.next };
    }
  } catch (error) {
    if (!(error instanceof ConnectFailure)) throw error;
    errors.push(error.error);
  }
  return { errors, next: "host" };
}

/** An address in each encryption that the sslmode allows. */
async function connectAddress(place: Omit<Attempt, "encryption">, attributes: TargetSessionAttrs): Promise<PgSession | HostFailure> {
  const errors: PgarkError[] = [];
  let next: Next = "address";
  const order = encryptions(place.settings, place.host);
  for (const encryption of order) {
    const attempt: Attempt = { ...place, encryption };
    try {
      return await openSession(await attemptConnection(attempt), attempt, attributes);
    } catch (error) {
      if (!(error instanceof ConnectFailure)) throw error;
      if (!error.lacksTls || encryption === order.at(-1)) errors.push(error.error);
      next = error.next;
      if (next !== "encryption") break;
    }
  }
  // A server that answered and refused in every way is the answer; the other hosts are not asked.
  const refused = next === "encryption" && errors.at(-1)?.sqlState !== undefined;
  return { errors, next: refused ? "nothing" : next };
}

async function openSession(client: DriverClient, attempt: Attempt, wanted: TargetSessionAttrs): Promise<PgSession> {
  const { settings, host, encryption, options } = attempt;
  const place = describeHost(settings, host);
  try {
    // A statement of ours with one row of exactly these columns.
    const result = (await withDeadline(client.query({ text: ATTRIBUTES }), settings.connectTimeoutMs, options.signal)) as { readonly rows: readonly ServerAttributes[] };
    const [found] = result.rows;
    if (found === undefined) throw new Error("the server gave no row");
    if (!suits(found, wanted)) {
      throw new ConnectFailure(new PgarkError("CANNOT_CONNECT", `cannot connect to ${place}: the session is not ${wanted}`), "host");
    }
    if (options.rawText === true || found.encoding === "SQL_ASCII") {
      await withDeadline(client.query({ text: "set client_encoding to 'SQL_ASCII'" }), settings.connectTimeoutMs, options.signal);
      speakBytes(client.connection);
    }
    return new PgSession({
      client,
      serverVersion: found.version,
      place,
      signal: options.signal,
      cancelTarget: {
        // The peer's own address: the same name might be looked up as another server next time.
        address: attempt.address,
        portOrPath: isSocket(host) ? `${host.host}/.s.PGSQL.${host.port}` : host.port,
        ssl: encryption === "tls" ? tlsOptions(settings, host) : false,
        sslNegotiation: encryption === "tls" ? settings.sslnegotiation : "postgres",
        processId: client.processID,
        secretKey: client.secretKey,
      },
    });
  } catch (error) {
    client.connection.stream.destroy();
    options.signal?.throwIfAborted();
    throw error instanceof ConnectFailure ? error : connectFailure(error, place, { connected: true, authenticated: true });
  }
}

function suits({ standby, readOnly }: ServerAttributes, wanted: TargetSessionAttrs): boolean {
  switch (wanted) {
    case "any":
    case "prefer-standby":
      return true;
    case "read-write":
      return !readOnly;
    case "read-only":
      return readOnly;
    case "primary":
      return !standby;
    case "standby":
      return standby;
    default:
      return wanted satisfies never;
  }
}

async function addressesOf(settings: ConnectionSettings, host: Host, options: SessionOptions): Promise<readonly string[]> {
  if (isSocket(host)) return [host.host];
  if (host.hostaddr !== undefined) return [host.hostaddr];
  try {
    const found = await withDeadline(lookup(host.host, { all: true }), settings.connectTimeoutMs, options.signal);
    return found.map(({ address }) => address);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw connectFailure(error, describeHost(settings, host), { connected: false, authenticated: false });
  }
}
