/** The list of servers to try: `host`, `hostaddr` and `port`, each a comma-separated list. */
import { PgarkError } from "../errors.ts";
import type { Io } from "../io/io.ts";
import type { KeywordValues } from "./keywords.ts";

export interface Host {
  /** A name, an address, or the folder of a Unix socket when it begins with a slash. */
  readonly host: string;
  /** The address to use instead of looking `host` up; `host` is then only what certificates are checked against. */
  readonly hostaddr: string | undefined;
  readonly port: number;
}

const DEFAULT_PORT = 5432;
const SOCKET_FOLDERS = ["/var/run/postgresql", "/tmp"];

export async function resolveHosts(values: KeywordValues, io: Io): Promise<readonly Host[]> {
  const names = list(values.get("host"));
  const addresses = list(values.get("hostaddr"));
  if (names !== undefined && addresses !== undefined && names.length !== addresses.length) {
    throw new PgarkError("USAGE", `could not match ${names.length} host names to ${addresses.length} hostaddr values`);
  }
  const count = (names ?? addresses ?? [""]).length;
  const ports = readPorts(list(values.get("port")) ?? [""], count);
  const hosts: Host[] = [];
  for (const [index, port] of ports.entries()) {
    const hostaddr = addresses?.[index] || undefined;
    const name = names?.[index] ?? "";
    if (name.startsWith("@")) throw new PgarkError("UNSUPPORTED", "abstract Unix sockets are not supported");
    hosts.push({ host: name === "" ? (hostaddr ?? (await defaultHost(port, io))) : name, hostaddr, port });
  }
  return values.get("load_balance_hosts") === "random" ? shuffled(hosts, io) : hosts;
}

/** Whether the server is reached through a Unix socket. */
export function isSocket(host: Host): boolean {
  return host.hostaddr === undefined && host.host.startsWith("/");
}

/** The name by which a password file knows the host: a server's usual socket is `localhost` there. */
export function passfileName({ host }: Host): string {
  return SOCKET_FOLDERS.includes(host) ? "localhost" : host;
}

/** The folder where a server's socket for that port is, or localhost when there is none. */
async function defaultHost(port: number, io: Io): Promise<string> {
  if (process.platform !== "win32") {
    for (const folder of SOCKET_FOLDERS) {
      if ((await io.stat(`${folder}/.s.PGSQL.${port}`)) !== null) return folder;
    }
  }
  return "localhost";
}

function readPorts(texts: readonly string[], count: number): readonly number[] {
  if (texts.length !== 1 && texts.length !== count) {
    throw new PgarkError("USAGE", `could not match ${texts.length} port numbers to ${count} hosts`);
  }
  return Array.from({ length: count }, (_, index) => {
    const text = (texts.length === 1 ? texts[0] : texts[index])?.trim() ?? "";
    const port = text === "" ? DEFAULT_PORT : Number(text);
    // Not quoted: in a malformed URL the start of a password may stand where the port is expected.
    if (!/^\d*$/.test(text) || port < 1 || port > 65535) throw new PgarkError("USAGE", "invalid port number: expected 1 to 65535");
    return port;
  });
}

function list(text: string | undefined): readonly string[] | undefined {
  return text === undefined || text === "" ? undefined : text.split(",").map((one) => one.trim());
}

/** Shuffled once for all sessions of the run: they must meet on one server to share a snapshot. */
function shuffled(hosts: readonly Host[], io: Io): readonly Host[] {
  const random = io.random(hosts.length * 4);
  const keyed = hosts.map((host, index) => ({ host, key: Buffer.from(random).readUInt32LE(index * 4) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ host }) => host);
}
