/** The connection keywords of libpq, each with the environment variable that stands in for it. */
import { PgarkError } from "../errors.ts";

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS; null: no variable. */
const VARIABLES = {
  service: "PGSERVICE",
  host: "PGHOST",
  hostaddr: "PGHOSTADDR",
  port: "PGPORT",
  dbname: "PGDATABASE",
  user: "PGUSER",
  password: "PGPASSWORD",
  passfile: "PGPASSFILE",
  require_auth: "PGREQUIREAUTH",
  channel_binding: "PGCHANNELBINDING",
  connect_timeout: "PGCONNECT_TIMEOUT",
  client_encoding: "PGCLIENTENCODING",
  options: "PGOPTIONS",
  application_name: "PGAPPNAME",
  fallback_application_name: null,
  keepalives: null,
  keepalives_idle: null,
  keepalives_interval: null,
  keepalives_count: null,
  tcp_user_timeout: null,
  replication: null,
  target_session_attrs: "PGTARGETSESSIONATTRS",
  load_balance_hosts: "PGLOADBALANCEHOSTS",
  sslmode: "PGSSLMODE",
  sslnegotiation: "PGSSLNEGOTIATION",
  sslcompression: "PGSSLCOMPRESSION",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  sslkeylogfile: null,
  sslpassword: null,
  sslcertmode: "PGSSLCERTMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcrl: "PGSSLCRL",
  sslcrldir: "PGSSLCRLDIR",
  sslsni: "PGSSLSNI",
  ssl_min_protocol_version: "PGSSLMINPROTOCOLVERSION",
  ssl_max_protocol_version: "PGSSLMAXPROTOCOLVERSION",
  requirepeer: "PGREQUIREPEER",
  min_protocol_version: "PGMINPROTOCOLVERSION",
  max_protocol_version: "PGMAXPROTOCOLVERSION",
  gssencmode: "PGGSSENCMODE",
  krbsrvname: "PGKRBSRVNAME",
  gsslib: "PGGSSLIB",
  gssdelegation: "PGGSSDELEGATION",
  scram_client_key: null,
  scram_server_key: null,
  oauth_issuer: null,
  oauth_client_id: null,
  oauth_client_secret: null,
  oauth_scope: null,
} as const satisfies Readonly<Record<string, string | null>>;

export type Keyword = keyof typeof VARIABLES;

/** What was said so far. A keyword that is there with an empty text was said: it hides the environment. */
export type KeywordValues = Map<Keyword, string>;

export function isKeyword(name: string): name is Keyword {
  return Object.hasOwn(VARIABLES, name);
}

/** The keyword `name`, or an error that names it, as libpq has it. */
export function keyword(name: string): Keyword {
  if (isKeyword(name)) return name;
  throw new PgarkError("USAGE", `invalid connection option "${name}"`, {
    hint: "See the keywords of libpq: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS",
  });
}

/** Adds from `more` what `values` does not say yet. */
export function addMissing(values: KeywordValues, more: Iterable<readonly [Keyword, string]>): void {
  for (const [name, value] of more) {
    if (!values.has(name)) values.set(name, value);
  }
}

/** What the PG* variables of `env` say. */
export function environmentValues(env: Readonly<Record<string, string | undefined>>): KeywordValues {
  const values: KeywordValues = new Map();
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const value = variable === null ? undefined : env[variable];
    if (value !== undefined && isKeyword(name)) values.set(name, value);
  }
  return values;
}

/**
 * Refuses what would change the meaning of the connection and cannot be kept. Keywords that only tune
 * (`krbsrvname`, `tcp_user_timeout`, `sslcompression` …) are accepted and have no effect; `client_encoding` is
 * always UTF8.
 */
export function refuseUnsupported(values: KeywordValues): void {
  const demanding: readonly (readonly [Keyword, (value: string) => boolean])[] = [
    ["gssencmode", (value) => value === "require"],
    ["requirepeer", () => true],
    ["replication", (value) => !["false", "off", "no", "0"].includes(value)],
    ["sslcrldir", () => true],
    ["min_protocol_version", (value) => value !== "3.0"],
    ["scram_client_key", () => true],
    ["scram_server_key", () => true],
    ["oauth_issuer", () => true],
    ["oauth_client_id", () => true],
  ];
  for (const [name, demands] of demanding) {
    const value = values.get(name);
    if (value === undefined || value === "" || !demands(value)) continue;
    throw new PgarkError("UNSUPPORTED", `the connection option "${name}" asks for something that pgark cannot do`);
  }
}
