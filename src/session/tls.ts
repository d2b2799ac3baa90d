/**
 * What each sslmode means, exactly as libpq has it: a root certificate that is there makes every mode verify the
 * chain, `verify-full` also the host's name, and `require` without one encrypts without knowing to whom.
 */
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { ConnectionOptions } from "node:tls";
import type { ConnectionSettings, SslMode } from "./conninfo.ts";
import { isSocket } from "./hosts.ts";
import type { Host } from "./hosts.ts";

export type Encryption = "plain" | "tls";

const ORDER = {
  disable: ["plain"],
  allow: ["plain", "tls"],
  prefer: ["tls", "plain"],
  require: ["tls"],
  "verify-ca": ["tls"],
  "verify-full": ["tls"],
} as const satisfies Record<SslMode, readonly Encryption[]>;

/** What to try on a host, in order. Sockets are never encrypted. */
export function encryptions(settings: ConnectionSettings, host: Host): readonly Encryption[] {
  return isSocket(host) ? ["plain"] : ORDER[settings.sslmode];
}

export function tlsOptions(settings: ConnectionSettings, { host }: Host): ConnectionOptions {
  const { root, revoked, client, key, keyPassword } = settings.certificates;
  return {
    rejectUnauthorized: root !== undefined,
    ...(root === undefined || root === "system" ? {} : { ca: root }),
    ...(revoked === undefined ? {} : { crl: revoked }),
    ...(client === undefined || key === undefined ? {} : { cert: client, key: key.reveal() }),
    ...(keyPassword === undefined ? {} : { passphrase: keyPassword.reveal() }),
    // The connection is made to an address, so the name for SNI is said here.
    ...(settings.sslsni && isIP(host) === 0 ? { servername: host } : {}),
    checkServerIdentity: (_, certificate) => (settings.sslmode === "verify-full" ? checkServerIdentity(host, certificate) : undefined),
    minVersion: settings.sslMinVersion,
    ...(settings.sslMaxVersion === undefined ? {} : { maxVersion: settings.sslMaxVersion }),
  };
}
