/** A connection written down so that it can be shown and typed again: as one URL, without what must not be shown. */
import type { ConnectionSettings } from "./conninfo.ts";
import { isSocket } from "./hosts.ts";
import { parseKeywordValue } from "./keyword-value.ts";
import type { KeywordValues } from "./keywords.ts";
import { isUrl, parseUrl } from "./url.ts";

/** What the URL itself says, and what it must not say. */
const NOT_REPEATED: ReadonlySet<string> = new Set(["host", "hostaddr", "port", "dbname", "user", "password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"]);

/**
 * `text` as a URL without secrets: host, port, user and database as they were resolved, so that it leads to the same place
 * when the environment has changed; everything else only where `text` said it. The password must come from the
 * environment, the password file or the service again.
 */
export function withoutSecrets(text: string | undefined, settings: ConnectionSettings): string {
  const { hosts, user, database } = settings;
  const parameters = [...said(text ?? "")].filter(([name]) => !NOT_REPEATED.has(name));
  // A folder of a socket and an address beside a name do not fit before the path.
  const plain = hosts.every((host) => !isSocket(host) && host.hostaddr === undefined);
  const address = plain ? hosts.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : encodeURIComponent(host)}:${port}`).join(",") : "";
  if (!plain) {
    parameters.unshift(["host", hosts.map(({ host }) => host).join(",")], ["port", hosts.map(({ port }) => port).join(",")]);
    if (hosts.some(({ hostaddr }) => hostaddr !== undefined)) parameters.push(["hostaddr", hosts.map(({ hostaddr }) => hostaddr ?? "").join(",")]);
  }
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return `postgresql://${encodeURIComponent(user)}@${address}/${encodeURIComponent(database)}${query === "" ? "" : `?${query}`}`;
}

function said(text: string): KeywordValues {
  if (isUrl(text)) return parseUrl(text);
  return text.includes("=") ? parseKeywordValue(text) : new Map();
}
