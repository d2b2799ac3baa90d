/** The files behind sslrootcert, sslcert, sslkey and sslcrl, found and checked as libpq does. */
import { PgarkError } from "../errors.ts";
import { errnoOf, ioError } from "../io/io.ts";
import type { Io } from "../io/io.ts";
import type { SslMode } from "./conninfo.ts";
import type { KeywordValues } from "./keywords.ts";
import { Secret } from "./secret.ts";

export interface Certificates {
  /** PEM of the trusted roots; `"system"`: those that Node.js trusts; undefined: the chain is not verified. */
  readonly root: string | undefined;
  readonly revoked: string | undefined;
  readonly client: string | undefined;
  readonly key: Secret | undefined;
  readonly keyPassword: Secret | undefined;
}

interface Asked {
  readonly values: KeywordValues;
  readonly sslmode: SslMode;
  readonly homeDirectory: string;
  readonly io: Io;
}

const NONE: Certificates = { root: undefined, revoked: undefined, client: undefined, key: undefined, keyPassword: undefined };

/**
 * A root certificate that exists makes every sslmode verify the chain. Throws when verify-ca or verify-full has
 * none, and when a client certificate's key is missing or readable by others; a missing client certificate is no error.
 */
export async function readCertificates(asked: Asked): Promise<Certificates> {
  if (asked.sslmode === "disable") return NONE;
  const folder = `${asked.homeDirectory}/.postgresql`;
  const password = asked.values.get("sslpassword") ?? "";
  return {
    root: await readRoot(asked, `${folder}/root.crt`),
    revoked: await readIfThere(asked.values.get("sslcrl") || `${folder}/root.crl`, asked.io),
    ...(await readClient(asked, folder)),
    keyPassword: password === "" ? undefined : new Secret(password),
  };
}

async function readRoot({ values, sslmode, io }: Asked, standard: string): Promise<string | undefined> {
  const path = values.get("sslrootcert") || standard;
  if (path === "system") return "system";
  const root = await readIfThere(path, io);
  if (root === undefined && (sslmode === "verify-ca" || sslmode === "verify-full")) {
    throw new PgarkError("CANNOT_CONNECT", `root certificate file "${path}" does not exist`, {
      object: path,
      hint: "Provide the file, use the system's trusted roots with sslrootcert=system, or change sslmode to disable server certificate verification.",
    });
  }
  return root;
}

async function readClient({ values, io }: Asked, folder: string): Promise<Pick<Certificates, "client" | "key">> {
  if (values.get("sslcertmode") === "disable") return { client: undefined, key: undefined };
  const client = await readIfThere(values.get("sslcert") || `${folder}/postgresql.crt`, io);
  if (client === undefined) return { client: undefined, key: undefined };
  const path = values.get("sslkey") || `${folder}/postgresql.key`;
  const key = await readIfThere(path, io);
  if (key === undefined) throw new PgarkError("CANNOT_CONNECT", `certificate present, but not private key file "${path}"`, { object: path });
  const mode = (await io.stat(path))?.mode ?? 0;
  // libpq allows 0640 to root's files only; the owner is not known here, so a group may read.
  if (process.platform !== "win32" && (mode & 0o037) !== 0) {
    throw new PgarkError("CANNOT_CONNECT", `private key file "${path}" has group or world access`, { object: path, hint: "Its permissions should be u=rw (0600) or less." });
  }
  return { client, key: new Secret(key) };
}

async function readIfThere(path: string, io: Io): Promise<string | undefined> {
  try {
    return await io.readText(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw ioError(error, path);
  }
}
