import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isPgarkError } from "../../src/errors.ts";
import { connect } from "../../src/session/connect.ts";
import { resolveConnection, systemEnvironment } from "../../src/session/conninfo.ts";
import type { Session, SessionOptions } from "../../src/session/session.ts";
import { testServers } from "../helpers/database.ts";
import { startSecureServer } from "../helpers/secure-server.ts";
import type { SecureServer } from "../helpers/secure-server.ts";

const PASSWORD = "correct horse";
const PLAIN_URL = testServers()["17"] ?? "";

let server: SecureServer;
beforeAll(async () => {
  server = await startSecureServer(PLAIN_URL);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** Connects with key=value settings and nothing from the environment or from files that the test did not name. */
async function open(text: string, options: SessionOptions = {}, env: Record<string, string> = {}): Promise<Session> {
  return connect(await resolveConnection(text, { ...systemEnvironment(), env, homeDirectory: "/nonexistent" }), options);
}

/** `to` the secure server as `user`, by the name its certificate holds. */
function to(user: string, more: string): string {
  return `host=localhost hostaddr=127.0.0.1 port=${server.port} user=${user} dbname=postgres password='${PASSWORD}' ${more}`;
}

/** `tls`, `plain`, or the code of the failure. */
async function outcome(text: string): Promise<string> {
  try {
    await using session = await open(text);
    const [row] = await session.query<{ ssl: boolean }>("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    return row?.ssl === true ? "tls" : "plain";
  } catch (error) {
    if (!isPgarkError(error)) throw error;
    expect(error.message).not.toContain(PASSWORD);
    return error.code;
  }
}

async function failure(text: string, options: SessionOptions = {}): Promise<{ code: string; message: string; sqlState: string | undefined }> {
  try {
    await using _ = await open(text, options);
  } catch (error) {
    if (!isPgarkError(error)) throw error;
    return { code: error.code, message: error.message, sqlState: error.sqlState };
  }
  throw new Error("it connected");
}

describe("sslmode", () => {
  it.each([
    ["disable", { scram: "plain", tls_only: "AUTHENTICATION_FAILED", plain_only: "plain" }],
    ["allow", { scram: "plain", tls_only: "tls", plain_only: "plain" }],
    ["prefer", { scram: "tls", tls_only: "tls", plain_only: "plain" }],
    ["require", { scram: "tls", tls_only: "tls", plain_only: "AUTHENTICATION_FAILED" }],
  ])("%s does what libpq does", async (mode, expected) => {
    const found: Record<string, string> = {};
    for (const user of Object.keys(expected)) found[user] = await outcome(to(user, `sslmode=${mode}`));
    expect(found).toStrictEqual(expected);
  });

  it("prefer takes a server without TLS, and require does not", async () => {
    const { hostname, port } = new URL(PLAIN_URL);
    const place = `host=${hostname} port=${port} user=postgres dbname=postgres`;
    expect(await outcome(`${place} sslmode=prefer`)).toBe("plain");
    expect((await failure(`${place} sslmode=require`)).message).toBe(`cannot connect to postgres@${hostname}:${port}/postgres: server does not support SSL, but SSL was required`);
  });

  it("verifies the chain as soon as there is a root certificate, and the name only for verify-full", async () => {
    const root = `sslrootcert=${join(server.folder, "root.crt")}`;
    const other = `sslrootcert=${join(server.folder, "other.crt")}`;
    const byAddress = (more: string) => to("scram", more).replace("host=localhost hostaddr=127.0.0.1", "host=127.0.0.1");
    const found = {
      full: await outcome(to("scram", `sslmode=verify-full ${root}`)),
      fullDirect: await outcome(to("scram", `sslmode=verify-full ${root} sslnegotiation=direct`)),
      fullOtherName: await outcome(byAddress(`sslmode=verify-full ${root}`)),
      caOtherName: await outcome(byAddress(`sslmode=verify-ca ${root}`)),
      caOtherRoot: await outcome(to("scram", `sslmode=verify-ca ${other}`)),
      requireOtherRoot: await outcome(to("scram", `sslmode=require ${other}`)),
      preferOtherRoot: await outcome(to("scram", `sslmode=prefer ${other}`)),
      system: await outcome(to("scram", "sslrootcert=system")),
    };
    expect(found).toStrictEqual({
      full: "tls",
      fullDirect: "tls",
      fullOtherName: "CANNOT_CONNECT",
      caOtherName: "tls",
      caOtherRoot: "CANNOT_CONNECT",
      requireOtherRoot: "CANNOT_CONNECT",
      preferOtherRoot: "plain",
      system: "CANNOT_CONNECT",
    });
  });

  it("does not matter on a Unix socket", async () => {
    expect(await outcome(`host=${server.folder} port=${server.port} user=postgres dbname=postgres sslmode=require`)).toBe("plain");
  });
});

describe("authentication", () => {
  it("knows SCRAM, md5 and clear passwords", async () => {
    for (const user of ["scram", "md5", "clear"]) expect([user, await outcome(to(user, ""))]).toStrictEqual([user, "tls"]);
  });

  it("says AUTHENTICATION_FAILED for a wrong password and for none, without the password", async () => {
    const wrong = await failure(to("scram", "sslmode=require password='wrong horse'"));
    expect(wrong).toStrictEqual({ code: "AUTHENTICATION_FAILED", sqlState: "28P01", message: `authentication failed for scram@localhost:${server.port}/postgres: password authentication failed for user "scram"` });
    const none = await failure(to("scram", "password=''"));
    expect([none.code, none.message]).toStrictEqual(["AUTHENTICATION_FAILED", `authentication failed for scram@localhost:${server.port}/postgres: the server asks for a password and none was supplied`]);
  });

  it("finds the password of each database in the password file", async () => {
    const passfile = join(server.folder, "pass");
    await writeFile(passfile, `localhost:${server.port}:postgres:scram:${PASSWORD}\nlocalhost:*:template1:scram:wrong\n`);
    await chmod(passfile, 0o600);
    const text = to("scram", `password='' passfile=${passfile}`);
    expect(await outcome(text)).toBe("tls");
    expect((await failure(text, { database: "template1" })).sqlState).toBe("28P01");
  });

  it("fails closed when channel binding is required and cannot be had", async () => {
    const found = {
      scramTls: await outcome(to("scram", "channel_binding=require")),
      scramPlain: await outcome(to("scram", "channel_binding=require sslmode=disable")),
      md5: await outcome(to("md5", "channel_binding=require")),
      clear: await outcome(to("clear", "channel_binding=require")),
      trust: await outcome(to("postgres", "channel_binding=require")),
      scramDisabled: await outcome(to("scram", "channel_binding=disable")),
    };
    const refused = "AUTHENTICATION_FAILED";
    expect(found).toStrictEqual({ scramTls: "tls", scramPlain: refused, md5: refused, clear: refused, trust: refused, scramDisabled: "tls" });
  });

  it("uses only the methods that require_auth allows", async () => {
    const found = {
      clear: await outcome(to("clear", "require_auth=scram-sha-256,md5")),
      md5: await outcome(to("md5", "require_auth=scram-sha-256,md5")),
      notClear: await outcome(to("clear", "require_auth=!password")),
      trust: await outcome(to("postgres", "require_auth=scram-sha-256")),
      none: await outcome(to("postgres", "require_auth=none")),
    };
    const refused = "AUTHENTICATION_FAILED";
    expect(found).toStrictEqual({ clear: refused, md5: "tls", notClear: refused, trust: refused, none: "tls" });
  });
});

describe("over TLS", () => {
  it("an abort cancels the statement, and a terminated backend is noticed", async () => {
    const abort = new AbortController();
    await using session = await open(to("scram", "sslmode=require"), { signal: abort.signal });
    await using watcher = await open(to("postgres", "sslmode=require"));
    const untilActiveIs = async (wanted: boolean) => {
      const sql = "select from pg_stat_activity where pid = $1 and state = 'active'";
      while ((await watcher.query(sql, [session.backendPid])).length > 0 !== wanted) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const running = session.query("select pg_sleep(60)");
    await untilActiveIs(true);
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    // Would wait for the test's time-out if the statement went on.
    await untilActiveIs(false);

    await using victim = await open(to("scram", "sslmode=require"));
    await victim.execute("set jit = off");
    const out = victim.copyOut("copy (select repeat('x', 1000) from pg_class a, pg_class b, pg_class c) to stdout")[Symbol.asyncIterator]();
    await out.next();
    await watcher.query("select pg_terminate_backend($1)", [victim.backendPid]);
    const rest = (async () => {
      while ((await out.next()).done !== true);
    })();
    await expect(rest).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });

  it("COPY carries every byte both ways", async () => {
    await using session = await open(to("postgres", "sslmode=require"));
    await session.execute("create temp table t (a text)");
    const input = await session.copyIn("copy t from stdin");
    await input.write(Buffer.from("x".repeat(1_000_000).concat("\n").repeat(3)));
    expect(await input.finish()).toBe(3);
    let bytes = 0;
    const out = session.copyOut("copy t to stdout");
    for await (const chunk of out) bytes += chunk.length;
    expect([bytes, out.rows]).toStrictEqual([3_000_003, 3]);
  });
});

describe("hosts", () => {
  it("tells a refused port, an unknown host and an unknown database", async () => {
    const { hostname, port } = new URL(PLAIN_URL);
    await using quiet = await fakeServer((socket) => socket.destroy());
    expect(await failure("host=nohost.invalid user=u dbname=d")).toMatchObject({ code: "CANNOT_CONNECT" });
    expect(await failure(`host=/nonexistent port=1 user=u dbname=d`)).toMatchObject({ code: "CANNOT_CONNECT", message: "cannot connect to u@/nonexistent:1/d: no such socket; is the server running locally?" });
    expect(await failure("host=127.0.0.1 port=1 user=u dbname=d")).toMatchObject({ code: "CANNOT_CONNECT", message: "cannot connect to u@127.0.0.1:1/d: connection refused; is the server running there and accepting TCP/IP connections?" });
    expect(await failure(`host=127.0.0.1 port=${quiet.port} user=u dbname=d sslmode=disable`)).toMatchObject({ code: "CANNOT_CONNECT" });
    const unknown = await failure(`host=${hostname} port=${port} user=postgres dbname=pgark_nope`);
    expect(unknown).toStrictEqual({ code: "CANNOT_CONNECT", sqlState: "3D000", message: `cannot connect to postgres@${hostname}:${port}/pgark_nope: database "pgark_nope" does not exist` });
  });

  it("are tried in order, and names every one that failed", async () => {
    const { hostname, port } = new URL(PLAIN_URL);
    await using session = await open(`host=127.0.0.1,${hostname} port=1,${port} user=postgres dbname=postgres target_session_attrs=read-write`, { applicationName: "ordered" });
    expect(session.place).toBe(`postgres@${hostname}:${port}/postgres`);
    expect(await session.query("select application_name from pg_stat_activity where pid = $1", [session.backendPid])).toStrictEqual([{ application_name: "ordered" }]);
    const { message } = await failure(`host=127.0.0.1,${hostname} port=1,${port} user=postgres dbname=postgres target_session_attrs=standby`);
    expect(message.split("\n").map((line) => line.replace(/^.*: /, ""))).toStrictEqual(["connection refused; is the server running there and accepting TCP/IP connections?", "the session is not standby"]);
    await using preferring = await open(`host=${hostname} port=${port} user=postgres dbname=postgres target_session_attrs=prefer-standby`);
    expect(preferring.serverVersion).toBeGreaterThanOrEqual(170000);
  });

  it("are tried no more after a refused password", async () => {
    const { hostname, port } = new URL(PLAIN_URL);
    const text = to("scram", "password=wrong").replace("host=localhost hostaddr=127.0.0.1", `host=localhost,${hostname}`).replace(`port=${server.port}`, `port=${server.port},${port}`);
    expect((await failure(text)).code).toBe("AUTHENTICATION_FAILED");
  });

  it("that do not answer are given up after connect_timeout", async () => {
    await using silent = await fakeServer(() => {});
    const start = performance.now();
    const { code, message } = await failure(`host=127.0.0.1 port=${silent.port} user=u dbname=d connect_timeout=1`);
    expect([code, message, performance.now() - start < 4000]).toStrictEqual(["CANNOT_CONNECT", `cannot connect to u@127.0.0.1:${silent.port}/d: timeout expired after 2 s`, true]);
  });

  it("get nothing from the process's environment that was not resolved", async () => {
    const { hostname, port } = new URL(PLAIN_URL);
    process.env["PGOPTIONS"] = "-c geqo=off";
    process.env["PGAPPNAME"] = "from the environment";
    try {
      await using session = await open(`host=${hostname} port=${port} user=postgres dbname=postgres`, {}, { PGTZ: "Asia/Tokyo" });
      expect(await session.query("select current_setting('geqo') as geqo, current_setting('application_name') as name, current_setting('TimeZone') as tz")).toStrictEqual([{ geqo: "on", name: "pgark", tz: "Asia/Tokyo" }]);
    } finally {
      delete process.env["PGOPTIONS"];
      delete process.env["PGAPPNAME"];
    }
  });
});

describe("rogue servers", () => {
  const OK = message("R", Buffer.from([0, 0, 0, 0]));
  const READY = message("Z", Buffer.from("I"));
  const text = (port: number, more = "") => `host=127.0.0.1 port=${port} user=u dbname=d sslmode=disable password='${PASSWORD}' ${more}`;

  it("that skip their SCRAM proof are refused", async () => {
    const sasl = message("R", Buffer.concat([Buffer.from([0, 0, 0, 10]), Buffer.from("SCRAM-SHA-256\0\0")]));
    await using rogue = await fakeServer((socket) => onReads(socket, [() => sasl, () => Buffer.concat([OK, READY])]));
    expect((await failure(text(rogue.port))).message).toMatch(/the server did not prove that it knows the password/);
  });

  it("that ask for endless SCRAM iterations are refused", async () => {
    const sasl = message("R", Buffer.concat([Buffer.from([0, 0, 0, 10]), Buffer.from("SCRAM-SHA-256\0\0")]));
    const challenge = (read: Buffer) => {
      const nonce = /r=([^,]+)$/.exec(read.toString("latin1"))?.[1] ?? "";
      return message("R", Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from(`r=${nonce}x,s=${Buffer.from("salt").toString("base64")},i=2000000000`)]));
    };
    await using rogue = await fakeServer((socket) => onReads(socket, [() => sasl, challenge]));
    const { code, message: said } = await failure(text(rogue.port));
    expect([code, /iteration count/.test(said)]).toStrictEqual(["AUTHENTICATION_FAILED", true]);
  });

  it("that speak in unknown messages are an error and not a crash", async () => {
    for (const bytes of [message("R", Buffer.from([0, 0, 0, 7])), Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n".repeat(10))]) {
      await using rogue = await fakeServer((socket) => onReads(socket, [() => bytes]));
      expect((await failure(text(rogue.port, "connect_timeout=2"))).code).toBe("CANNOT_CONNECT");
    }
  });

  it("that send more than the answer to the TLS request are refused", async () => {
    await using rogue = await fakeServer((socket) => onReads(socket, [() => Buffer.concat([Buffer.from("S"), OK, READY])]));
    expect((await failure(text(rogue.port, "sslmode=require"))).code).toBe("CANNOT_CONNECT");
  });
});

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** Answers the nth read with the nth answer. */
function onReads(socket: Socket, answers: ((read: Buffer) => Buffer)[]): void {
  socket.on("data", (read: Buffer) => {
    const answer = answers.shift();
    if (answer !== undefined) socket.write(answer(read));
  });
}

async function fakeServer(onConnection: (socket: Socket) => void): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets: Socket[] = [];
  const listener = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    // A listening TCP server has an address with a port.
    port: (listener.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
