/**
 * Where to connect to, found the way libpq finds it: what the caller wrote, then the service file, then the PG*
 * variables, then the defaults. It promises one immutable value that every session of a run is opened from, so
 * that no later connection is weaker than the first; files (.pgpass, certificates) are read here and only here.
 * It does not connect, and it does not look at ldap services, GSSAPI or OAuth: asking for those is an error.
 */
import { homedir, userInfo } from "node:os";
import { PgarkError } from "../errors.ts";
import type { Warning } from "../events.ts";
import { nodeIo } from "../io/io.ts";
import type { Io } from "../io/io.ts";
import { readCertificates } from "./certificates.ts";
import type { Certificates } from "./certificates.ts";
import { resolveHosts } from "./hosts.ts";
import type { Host } from "./hosts.ts";
import { parseKeywordValue } from "./keyword-value.ts";
import { addMissing, environmentValues, refuseUnsupported } from "./keywords.ts";
import type { Keyword, KeywordValues } from "./keywords.ts";
import { readPassfile } from "./passfile.ts";
import type { PassfileEntry } from "./passfile.ts";
import { Secret } from "./secret.ts";
import { readService } from "./service-file.ts";
import { isUrl, parseUrl } from "./url.ts";

export { describeConnection, redact } from "./describe.ts";

const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
const SESSION_ATTRIBUTES = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;
const CHANNEL_BINDINGS = ["disable", "prefer", "require"] as const;
const TLS_VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;

export type SslMode = (typeof SSL_MODES)[number];
export type TargetSessionAttrs = (typeof SESSION_ATTRIBUTES)[number];

/** Everything that a connection needs, resolved. Spread it freely: the secrets in it do not print. */
export interface ConnectionSettings {
  /** Tried in order. At least one. */
  readonly hosts: readonly Host[];
  readonly database: string;
  readonly user: string;
  /** What was said explicitly or by PGPASSWORD. Else the lines of the password file decide, host by host. */
  readonly password: Secret | undefined;
  readonly passfileEntries: readonly PassfileEntry[];
  readonly sslmode: SslMode;
  readonly sslnegotiation: "postgres" | "direct";
  /** The paths as they were said; what the files hold is in `certificates`. */
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
  readonly sslsni: boolean;
  readonly sslMinVersion: (typeof TLS_VERSIONS)[number];
  readonly sslMaxVersion: (typeof TLS_VERSIONS)[number] | undefined;
  readonly certificates: Certificates;
  readonly channelBinding: (typeof CHANNEL_BINDINGS)[number];
  /** `require_auth`: the methods that may be used, or with a leading `!` may not. Empty: any. */
  readonly requireAuth: readonly string[];
  /** For each address tried. 0: as long as the operating system waits. */
  readonly connectTimeoutMs: number;
  readonly keepaliveIdleMs: number | null;
  /** PGOPTIONS, as the server's command line would have it. */
  readonly options: string;
  readonly applicationName: string | undefined;
  /** Settings that PG* variables send along: TimeZone, DateStyle, geqo. */
  readonly startupParameters: Readonly<Record<string, string>>;
  readonly targetSessionAttrs: TargetSessionAttrs;
  /** What the user should know: a password file that was not read. */
  readonly warnings: readonly Warning[];
}

/** The surroundings that settings are looked up in. */
export interface ConnectionEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly io: Io;
  /** The name of the operating system's user, or undefined when there is none for the process's id. */
  readonly osUser: string | undefined;
  readonly homeDirectory: string;
}

/** This process's own surroundings. */
export function systemEnvironment(): ConnectionEnvironment {
  return { env: process.env, io: nodeIo, osUser: osUser(), homeDirectory: homedir() };
}

/**
 * Resolves a URL, a keyword/value string or a plain database name; undefined or empty: environment and defaults
 * alone. Throws `USAGE` for what cannot be read, naming an unknown keyword but never quoting a value that could
 * be a password; `UNSUPPORTED` for what would weaken the connection if it were left out.
 */
export async function resolveConnection(text: string | undefined, environment: ConnectionEnvironment = systemEnvironment()): Promise<ConnectionSettings> {
  const values = parseConnectionText(text ?? "");
  const service = values.get("service") ?? environment.env["PGSERVICE"];
  if (service !== undefined) addMissing(values, await readService(service, environment));
  addMissing(values, environmentValues(environment.env));
  refuseUnsupported(values);
  return settle(values, environment);
}

/** The same settings for another database. The password file is asked again for it. */
export function withDatabase(settings: ConnectionSettings, database: string): ConnectionSettings {
  return Object.freeze({ ...settings, database });
}

function parseConnectionText(text: string): KeywordValues {
  if (isUrl(text)) return parseUrl(text);
  if (text.includes("=")) return parseKeywordValue(text);
  if (/:.*@|^\w+:\/\//.test(text)) {
    // Taken as a name it would be shown, and it may hold a password.
    throw new PgarkError("USAGE", "this looks like a connection URL, which must begin with postgres:// or postgresql://", {
      hint: "A database that is really called so can be named with dbname='…'.",
    });
  }
  return new Map(text === "" ? [] : [["dbname", text]]);
}

async function settle(values: KeywordValues, environment: ConnectionEnvironment): Promise<ConnectionSettings> {
  const { env, io, homeDirectory } = environment;
  const user = said(values, "user") ?? environment.osUser;
  if (user === undefined) throw new PgarkError("USAGE", "no user name was given, and the operating system knows none for this process");
  const password = said(values, "password");
  const passfile = password === undefined ? await readPassfile(said(values, "passfile") ?? `${homeDirectory}/.pgpass`, io) : undefined;
  const applicationName = said(values, "application_name") ?? said(values, "fallback_application_name");
  return Object.freeze({
    hosts: await resolveHosts(values, io),
    database: said(values, "dbname") ?? user,
    user,
    password: password === undefined ? undefined : new Secret(password),
    passfileEntries: passfile?.entries ?? [],
    ...(await settleTls(values, environment)),
    requireAuth: (said(values, "require_auth") ?? "").split(",").filter((method) => method !== ""),
    connectTimeoutMs: connectTimeout(values),
    keepaliveIdleMs: number(values, "keepalives", 1) === 0 ? null : number(values, "keepalives_idle", 0) * 1000,
    options: said(values, "options") ?? "",
    applicationName,
    startupParameters: startupParameters(env),
    targetSessionAttrs: oneOf(values, "target_session_attrs", SESSION_ATTRIBUTES, "any"),
    warnings: passfile?.warning === undefined ? [] : [passfile.warning],
  });
}

async function settleTls(values: KeywordValues, environment: ConnectionEnvironment) {
  const sslrootcert = said(values, "sslrootcert");
  const sslmode = oneOf(values, "sslmode", SSL_MODES, sslrootcert === "system" ? "verify-full" : "prefer");
  const sslnegotiation = oneOf(values, "sslnegotiation", ["postgres", "direct"], "postgres");
  const weak = sslmode === "disable" || sslmode === "allow" || sslmode === "prefer";
  if (sslnegotiation === "direct" && weak) {
    throw new PgarkError("USAGE", `weak sslmode "${sslmode}" may not be used with sslnegotiation=direct (use "require", "verify-ca", or "verify-full")`);
  }
  if (sslrootcert === "system" && sslmode !== "verify-full") {
    throw new PgarkError("USAGE", `weak sslmode "${sslmode}" may not be used with sslrootcert=system (use "verify-full")`);
  }
  const certificates = await readCertificates({ values, sslmode, homeDirectory: environment.homeDirectory, io: environment.io });
  return {
    sslmode,
    sslnegotiation,
    sslrootcert,
    sslcert: said(values, "sslcert"),
    sslkey: said(values, "sslkey"),
    sslsni: number(values, "sslsni", 1) !== 0,
    sslMinVersion: oneOf(values, "ssl_min_protocol_version", TLS_VERSIONS, "TLSv1.2"),
    sslMaxVersion: values.has("ssl_max_protocol_version") ? oneOf(values, "ssl_max_protocol_version", TLS_VERSIONS, "TLSv1.3") : undefined,
    certificates,
    channelBinding: oneOf(values, "channel_binding", CHANNEL_BINDINGS, "prefer"),
  };
}

/** Whole seconds; zero, negative and unset wait for ever, and one second is rounded up to two, as libpq does. */
function connectTimeout(values: KeywordValues): number {
  const seconds = number(values, "connect_timeout", 0);
  return seconds <= 0 ? 0 : Math.max(seconds, 2) * 1000;
}

function startupParameters(env: ConnectionEnvironment["env"]): Readonly<Record<string, string>> {
  const sent: Record<string, string> = {};
  for (const [variable, parameter] of [["PGTZ", "TimeZone"], ["PGDATESTYLE", "DateStyle"], ["PGGEQO", "geqo"]] as const) {
    const value = env[variable];
    if (value !== undefined && value !== "" && value !== "default") sent[parameter] = value;
  }
  return sent;
}

/** The value of a keyword; an empty one counts as not said. */
function said(values: KeywordValues, name: Keyword): string | undefined {
  const value = values.get(name);
  return value === "" ? undefined : value;
}

function oneOf<T extends string>(values: KeywordValues, name: Keyword, allowed: readonly T[], otherwise: T): T {
  const value = said(values, name);
  const found = value === undefined ? otherwise : allowed.find((one) => one === value);
  if (found === undefined) throw new PgarkError("USAGE", `invalid ${name} value: "${value}"; expected one of ${allowed.join(", ")}`);
  return found;
}

function number(values: KeywordValues, name: Keyword, otherwise: number): number {
  const value = said(values, name)?.trim();
  if (value === undefined) return otherwise;
  if (!/^[+-]?\d{1,9}$/.test(value)) throw new PgarkError("USAGE", `invalid integer value "${value}" for connection option "${name}"`);
  return Number(value);
}

function osUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // No entry for the process's id, as in many containers; a user that is named works all the same.
    return undefined;
  }
}
