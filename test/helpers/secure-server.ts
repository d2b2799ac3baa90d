/**
 * A throw-away server with TLS and pg_hba rules, made with the programs of the running test server. Roles, all with
 * the password `correct horse`: `scram`, `md5`, `clear` (ask for it that way), `tls_only` and `plain_only` (SCRAM);
 * and `postgres`, who is trusted.
 */
import { execFile } from "node:child_process";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

export interface SecureServer extends AsyncDisposable {
  readonly port: number;
  /** Its Unix socket's folder; also holds `root.crt`, which signed the certificate for `localhost`, and `other.crt`, which did not. */
  readonly folder: string;
}

const HBA = `
local   all postgres                trust
hostssl all tls_only   127.0.0.1/32 scram-sha-256
hostnossl all plain_only 127.0.0.1/32 scram-sha-256
host    all scram      127.0.0.1/32 scram-sha-256
host    all md5        127.0.0.1/32 md5
host    all clear      127.0.0.1/32 password
host    all postgres   127.0.0.1/32 trust
`;

const ROLES = `
set password_encryption = 'scram-sha-256';
create role scram login password 'correct horse';
create role tls_only login password 'correct horse';
create role plain_only login password 'correct horse';
create role clear login password 'correct horse';
set password_encryption = 'md5';
create role md5 login password 'correct horse';
`;

const run = promisify(execFile);

/** Starts it. `adminUrl`: a server on this machine whose programs may be used. */
export async function startSecureServer(adminUrl: string): Promise<SecureServer> {
  const bin = await binaryFolder(adminUrl);
  const folder = await mkdtemp(join(tmpdir(), "pgark-secure-"));
  const data = join(folder, "data");
  // PostgreSQL refuses to run as root; 65534 is nobody.
  const identity = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const as = { cwd: folder, ...identity };
  if (identity.uid !== undefined) await chown(folder, identity.uid, identity.gid);
  const port = await freePort();
  await run(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8"], as);
  for (const name of ["root", "other"]) {
    await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", `${name}.key`, "-out", `${name}.crt`], as);
  }
  await writeFile(join(data, "pg_hba.conf"), HBA);
  const settings = { port, unix_socket_directories: folder, listen_addresses: "127.0.0.1", ssl: "on", ssl_cert_file: join(folder, "root.crt"), ssl_key_file: join(folder, "root.key"), fsync: "off" };
  await writeFile(join(data, "postgresql.auto.conf"), Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`).join(""));
  await run(join(bin, "pg_ctl"), ["-D", data, "-w", "-l", join(folder, "log"), "start"], as);
  const client = new pg.Client({ host: folder, port, user: "postgres", database: "postgres" });
  await client.connect();
  await client.query(ROLES);
  await client.end();
  return {
    port,
    folder,
    async [Symbol.asyncDispose]() {
      await run(join(bin, "pg_ctl"), ["-D", data, "-w", "-m", "immediate", "stop"], as);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function binaryFolder(adminUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ setting: string }>("select setting from pg_config where name = 'BINDIR'");
    return rows[0]?.setting ?? "";
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  // A listening TCP server has an address with a port.
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}
