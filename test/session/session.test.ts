import { describe, expect, it } from "vitest";
import { PgarkError, isPgarkError } from "../../src/errors.ts";
import { connect } from "../../src/session/connect.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import type { Session, SessionOptions } from "../../src/session/session.ts";
import { lineAndCaret } from "../../src/session/sql-error.ts";
import { createDatabase } from "../helpers/database.ts";
import type { TestDatabase } from "../helpers/database.ts";
import { startProxy } from "../helpers/proxy.ts";

async function open(url: string, options: SessionOptions = {}): Promise<Session> {
  return connect(await resolveConnection(url), options);
}

async function failureOf(work: Promise<unknown>): Promise<PgarkError> {
  try {
    await work;
  } catch (error) {
    if (isPgarkError(error)) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

async function state(database: TestDatabase, pid: number): Promise<string> {
  const [row] = await database.query<{ state: string }>("select state from pg_stat_activity where pid = $1", [pid]);
  return row?.state ?? "gone";
}

/** Waits until the backend runs something, so that an abort meets a running statement. */
async function untilActive(database: TestDatabase, pid: number): Promise<void> {
  while ((await state(database, pid)) !== "active") await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Whether the backend has stopped. The server tells its state a moment after it has sent the error. */
async function hasStopped(database: TestDatabase, pid: number): Promise<boolean> {
  for (let tries = 0; tries < 20; tries += 1) {
    if ((await state(database, pid)) !== "active") return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

describe("statements", () => {
  it("keep as text what JavaScript would round, and type the rest", async () => {
    await using database = await createDatabase();
    await using session = await open(database.url);
    const rows = await session.query(`select 9007199254740993::int8 as "int8", 1.10::numeric as "numeric", timestamptz '2020-01-02 03:04:05.123456+00' at time zone 'UTC' as ts,
      4294967295::oid as "oid", -1::int4 as "int4", 'NaN'::float8 as nan, 0.1::float8 as "float8", true as "bool", '{"a": [1]}'::jsonb as "json", '\\x00ff'::bytea as "bytea",
      '{{a,NULL},{"b,c","{}"}}'::text[] as texts, '{1,2}'::oid[] as oids, '{9007199254740993}'::int8[] as int8s, '{t,f}'::bool[] as bools, null::text as "null", $1::text[] as given`, [["a", null, 'q"\\']]);
    expect(rows).toStrictEqual([
      {
        int8: "9007199254740993",
        numeric: "1.10",
        ts: "2020-01-02 03:04:05.123456",
        oid: 4294967295,
        int4: -1,
        nan: Number.NaN,
        float8: 0.1,
        bool: true,
        json: { a: [1] },
        bytea: Buffer.from([0, 255]),
        texts: [["a", null], ["b,c", "{}"]],
        oids: [1, 2],
        int8s: ["9007199254740993"],
        bools: [true, false],
        null: null,
        given: ["a", null, 'q"\\'],
      },
    ]);
  });

  it("run several at once by execute, and exactly one by query", async () => {
    await using database = await createDatabase();
    await using session = await open(database.url);
    expect(await session.execute("create table t (a int); insert into t select generate_series(1, 7)")).toBe(7);
    expect(await session.execute("create table u ()")).toBe(0);
    expect(await failureOf(session.query("select 1; drop table t"))).toMatchObject({ code: "SQL_FAILED", sqlState: "42601" });
    expect(await failureOf(session.execute("select 1 \0; drop table t"))).toMatchObject({ code: "SQL_FAILED", message: "the statement holds a zero byte" });
    expect(await Promise.all([1, 2, 3].map((n) => session.query("select $1::int4 as n", [n])))).toStrictEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]]);
  });

  it("fail with a code, the SQLSTATE, the line and a caret, and without row data", async () => {
    await using database = await createDatabase("create table t (email text primary key, n int check (n > 0)); create role nobody_in_particular_of_pgark; insert into t values ('me@example', 1)");
    try {
      await using session = await open(database.url);
      expect(await failureOf(session.query("select 1,\n\t'é😀', nope\nfrom t"))).toMatchObject({
        code: "SQL_FAILED",
        sqlState: "42703",
        message: ['column "nope" does not exist', "line 2:  'é😀', nope", `${" ".repeat("line 2:  'é😀', ".length)}^`].join("\n"),
      });
      const duplicate = await failureOf(session.query("insert into t values ('me@example', 1)"));
      expect(duplicate.message).toBe('duplicate key value violates unique constraint "t_pkey"\ndetail: Key (email)=(…) already exists.');
      expect((await failureOf(session.query("insert into t values ('you@example', -1)"))).message).toBe('new row for relation "t" violates check constraint "t_n_check"\ndetail: Failing row contains (…).');
      await session.execute("set role nobody_in_particular_of_pgark");
      expect(await failureOf(session.query("select * from t"))).toMatchObject({ code: "PERMISSION_DENIED", sqlState: "42501" });
    } finally {
      await database.query("drop role nobody_in_particular_of_pgark");
    }
  });

  it("say LOCK_TIMEOUT when a lock was not to be had", async () => {
    await using database = await createDatabase("create table t ()");
    await using holder = await open(database.url);
    await using session = await open(database.url);
    await holder.execute("begin; lock table t in access exclusive mode");
    expect(await failureOf(session.execute("lock table t in access share mode nowait"))).toMatchObject({ code: "SQL_FAILED", sqlState: "25P01" });
    expect(await failureOf(session.execute("begin; lock table t in access share mode nowait"))).toMatchObject({ code: "LOCK_TIMEOUT", sqlState: "55P03" });
  });

  it("show the part of a long line that the position is in", () => {
    const [line = "", caret = ""] = lineAndCaret(`select 1;\n${"a".repeat(500)}!${"b".repeat(500)}`, 511);
    expect([line.length < 200, line[caret.length - 1], line.startsWith("line 2: …")]).toStrictEqual([true, "!", true]);
  });
});

describe("a lost connection", () => {
  it("fails the running statement and every later one with CONNECTION_LOST", async () => {
    await using database = await createDatabase();
    await using session = await open(database.url);
    const running = failureOf(session.query("select pg_sleep(60)"));
    await untilActive(database, session.backendPid);
    await database.query("select pg_terminate_backend($1)", [session.backendPid]);
    expect(await running).toMatchObject({ code: "CONNECTION_LOST", sqlState: "57P01" });
    expect(await failureOf(session.query("select 1"))).toMatchObject({ code: "CONNECTION_LOST" });
  });

  it("is noticed while the session is idle, and ends no process", async () => {
    await using database = await createDatabase();
    await using proxy = await startProxy(database.url);
    await using session = await open(proxy.through(database.url));
    proxy.arm({ direction: "to client", afterBytes: 0, action: "cut" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const error = await failureOf(session.query("select 1"));
    expect([error.code, error.message.startsWith(`the connection to ${session.place} was lost: `)]).toStrictEqual(["CONNECTION_LOST", true]);
  });
});

describe("aborting", () => {
  it("cancels the running statement on the server and rejects with the reason, then and later", async () => {
    await using database = await createDatabase();
    const abort = new AbortController();
    await using session = await open(database.url, { signal: abort.signal });
    const running = session.query("select pg_sleep(60)");
    await untilActive(database, session.backendPid);
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(await hasStopped(database, session.backendPid)).toBe(true);
    await expect(session.query("select 1")).rejects.toBe(reason);
    await expect(session.copyIn("copy t from stdin")).rejects.toBe(reason);
    await expect(session.copyOut("copy t to stdout")[Symbol.asyncIterator]().next()).rejects.toBe(reason);
  });

  it("ends a COPY out whose reader is waiting and one whose reader is not", async () => {
    await using database = await createDatabase();
    for (const waits of [true, false]) {
      const abort = new AbortController();
      await using session = await open(database.url, { signal: abort.signal });
      await session.execute("set jit = off");
      const rows = waits ? "select pg_sleep(60)" : "select repeat('x', 1000) from pg_class a, pg_class b, pg_class c";
      const out = session.copyOut(`copy (${rows}) to stdout`)[Symbol.asyncIterator]();
      const reason = new Error("enough");
      if (waits) {
        const next = out.next();
        await untilActive(database, session.backendPid);
        abort.abort(reason);
        await expect(next).rejects.toBe(reason);
      } else {
        await out.next();
        abort.abort(reason);
        await expect(out.next()).rejects.toBe(reason);
      }
      expect(await hasStopped(database, session.backendPid)).toBe(true);
    }
  });

  it("ends a COPY in, waiting for bytes or for a lock, and keeps no row", async () => {
    await using database = await createDatabase("create table t (a int); create table locked (a int); create function f() returns trigger language plpgsql as 'begin perform pg_sleep(60); return new; end'; create trigger f before insert on locked for each row execute function f()");
    for (const table of ["t", "locked"]) {
      const abort = new AbortController();
      await using session = await open(database.url, { signal: abort.signal });
      const input = await session.copyIn(`copy ${table} from stdin`);
      await input.write(Buffer.from("1\n".repeat(40_000)));
      const reason = new Error("enough");
      setTimeout(() => abort.abort(reason), 100);
      const work = table === "t" ? new Promise((resolve) => setTimeout(resolve, 200)).then(() => input.write(Buffer.from("2\n"))) : input.finish();
      await expect(work).rejects.toBe(reason);
      await input[Symbol.asyncDispose]();
    }
    expect(await database.query("select a from t union all select a from locked")).toStrictEqual([]);
  });

  it("is bounded when the server does not answer", async () => {
    await using database = await createDatabase();
    await using proxy = await startProxy(database.url);
    const abort = new AbortController();
    const session = await open(proxy.through(database.url), { signal: abort.signal });
    const running = session.query("select pg_sleep(60)");
    await untilActive(database, session.backendPid);
    proxy.arm({ direction: "to client", afterBytes: 0, action: "stall" });
    const reason = new Error("enough");
    const start = performance.now();
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(performance.now() - start).toBeLessThan(7_000);
    expect(await hasStopped(database, session.backendPid)).toBe(true);
    await session.close();
  });

  it("stops a connection that is being made", async () => {
    const { createServer } = await import("node:net");
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    // A listening TCP server has an address with a port.
    const { port } = silent.address() as import("node:net").AddressInfo;
    const reason = new Error("enough");
    const abort = new AbortController();
    setTimeout(() => abort.abort(reason), 50);
    await expect(open(`host=127.0.0.1 port=${port} sslmode=disable`, { signal: abort.signal })).rejects.toBe(reason);
    await expect(open(`host=127.0.0.1 port=${port}`, { signal: abort.signal })).rejects.toBe(reason);
    await new Promise((resolve) => silent.close(resolve));
  });
});
