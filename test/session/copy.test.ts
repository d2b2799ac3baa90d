import { describe, expect, it } from "vitest";
import { isPgarkError } from "../../src/errors.ts";
import { connect } from "../../src/session/connect.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import type { Session, SessionOptions } from "../../src/session/session.ts";
import { createDatabase } from "../helpers/database.ts";
import type { TestDatabase } from "../helpers/database.ts";
import { startProxy } from "../helpers/proxy.ts";

async function open(url: string, options: SessionOptions = {}): Promise<Session> {
  return connect(await resolveConnection(url), options);
}

/** A COPY without end that sends rows from its first moment on. Compiling it would only delay that. */
const ENDLESS = "copy (select repeat('x', 1000) from pg_class a, pg_class b, pg_class c) to stdout";
const WITHOUT_JIT = "set jit = off";

async function readAll(session: Session, sql: string): Promise<{ bytes: Buffer; rows: number | null }> {
  const out = session.copyOut(sql);
  const chunks: Uint8Array[] = [];
  for await (const chunk of out) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), rows: out.rows };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    if (isPgarkError(error)) return error.code;
    throw error;
  }
}

/** Whether the server still has that backend, asked a few times: it goes a moment after its socket. */
async function isGone(database: TestDatabase, pid: number): Promise<boolean> {
  for (let tries = 0; tries < 40; tries += 1) {
    const rows = await database.query("select from pg_stat_activity where pid = $1", [pid]);
    if (rows.length === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

describe("COPY out", () => {
  it("gives exactly the server's bytes and count, whatever the sizes of rows and chunks", async () => {
    await using database = await createDatabase();
    await using session = await open(database.url);
    for (const [rows, width] of [[0, 0], [1, 0], [3, 1], [100_000, 30], [40, 70_001], [2, 262_139], [1, 3_000_000]] as const) {
      const { bytes, rows: counted } = await readAll(session, `copy (select repeat('x', ${width}) from generate_series(1, ${rows})) to stdout`);
      expect([counted, bytes.equals(Buffer.from(`${"x".repeat(width)}\n`.repeat(rows)))]).toStrictEqual([rows, true]);
    }
    const binary = await readAll(session, "copy (select i from generate_series(1, 1000) i) to stdout binary");
    expect([binary.rows, binary.bytes.length]).toStrictEqual([1000, 19 + 1000 * 10 + 2]);
    expect(await session.query("select 1 as one")).toStrictEqual([{ one: 1 }]);
  });

  it("is never complete when the connection is cut before the server's last byte", async () => {
    await using database = await createDatabase();
    await using proxy = await startProxy(database.url);
    const sql = "copy (values (1, 'a'), (2, 'b'), (3, repeat('c', 40))) to stdout";
    const total = await (async () => {
      await using session = await open(proxy.through(database.url));
      const before = proxy.passed("to client");
      await readAll(session, sql);
      return proxy.passed("to client") - before;
    })();
    for (let afterBytes = 0; afterBytes <= total; afterBytes += 1) {
      await using session = await open(proxy.through(database.url));
      const out = session.copyOut(sql);
      proxy.arm({ direction: "to client", afterBytes, action: "cut" });
      const code = await codeOf((async () => {
        for await (const _ of out);
      })());
      expect([afterBytes, code, out.rows]).toStrictEqual([afterBytes, afterBytes < total ? "CONNECTION_LOST" : "no error", afterBytes < total ? null : 3]);
    }
  });

  it("fails when the backend is terminated in the middle, and so does every later call", async () => {
    await using database = await createDatabase();
    await using session = await open(database.url);
    await session.execute(WITHOUT_JIT);
    const work = (async () => {
      let chunks = 0;
      for await (const _ of session.copyOut(ENDLESS)) {
        chunks += 1;
        if (chunks === 3) await database.query("select pg_terminate_backend($1)", [session.backendPid]);
      }
    })();
    expect(await codeOf(work)).toBe("CONNECTION_LOST");
    expect(await codeOf(session.query("select 1"))).toBe("CONNECTION_LOST");
  });

  it("tells the server's error that comes after rows were sent, and stays usable", async () => {
    await using database = await createDatabase();
    await using session = await open(database.url);
    const work = readAll(session, "copy (select 1 / (2000 - i), repeat('x', 1000) from generate_series(1, 3000) i) to stdout");
    await expect(work).rejects.toMatchObject({ code: "SQL_FAILED", sqlState: "22012", message: "division by zero" });
    expect(await session.query("select 1 as one")).toStrictEqual([{ one: 1 }]);
    expect(await codeOf(readAll(session, "copy nope to stdout"))).toBe("SQL_FAILED");
    await expect(readAll(session, "select 1 as one")).rejects.toMatchObject({ code: "SQL_FAILED", message: "not a COPY between client and server: select 1 as one" });
    await expect(readAll(session, "create table t (); copy t from stdin")).rejects.toMatchObject({ code: "SQL_FAILED" });
    expect(await session.query("select 1 as one")).toStrictEqual([{ one: 1 }]);
  });

  it("tells notices that come between the rows", async () => {
    await using database = await createDatabase("create function f(i int) returns int language plpgsql as $$ begin raise notice 'row %', i; return i; end $$");
    const notices: string[] = [];
    await using session = await open(database.url, { onNotice: ({ severity, message }) => notices.push(`${severity} ${message}`) });
    expect((await readAll(session, "copy (select f(i) from generate_series(1, 2) i) to stdout")).bytes.toString()).toBe("1\n2\n");
    expect(notices).toStrictEqual(["NOTICE row 1", "NOTICE row 2"]);
  });

  it("cancels on the server and closes the session when the loop is left early", async () => {
    await using database = await createDatabase();
    await using session = await open(database.url);
    await session.execute(WITHOUT_JIT);
    const out = session.copyOut(ENDLESS);
    for await (const _ of out) break;
    expect(out.rows).toBeNull();
    expect(await isGone(database, session.backendPid)).toBe(true);
    expect(await codeOf(session.query("select 1"))).toBe("CONNECTION_LOST");
  });

  it("refuses another statement while it runs", async () => {
    await using database = await createDatabase();
    await using session = await open(database.url);
    const out = session.copyOut("copy (select repeat('x', 1000) from generate_series(1, 10000)) to stdout")[Symbol.asyncIterator]();
    await out.next();
    await expect(session.query("select 1")).rejects.toThrow(/busy with a COPY/);
    await out.return?.();
  });
});

describe("COPY in", () => {
  const TABLE = "create table t (a int, b text)";

  it("loads what was written, in pieces of any size, and gives the server's count", async () => {
    await using database = await createDatabase(TABLE);
    await using session = await open(database.url);
    const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, index) => `${index}\tvalue ${index}\n`).join(""));
    for (const pieceBytes of [bytes.length, 65_536, 999_983]) {
      const input = await session.copyIn("copy t from stdin");
      for (let at = 0; at < bytes.length; at += pieceBytes) await input.write(bytes.subarray(at, at + pieceBytes));
      expect(await input.finish()).toBe(50_000);
    }
    const [sum] = await session.query("select count(*)::int4 as rows, count(distinct (a, b))::int4 as distinct from t");
    expect(sum).toStrictEqual({ rows: 150_000, distinct: 50_000 });
  });

  it("takes its bytes before it says so, so that a buffer can be used again", async () => {
    await using database = await createDatabase(TABLE);
    await using session = await open(database.url);
    const input = await session.copyIn("copy t from stdin");
    const buffer = Buffer.alloc(1_000_000);
    for (let round = 0; round < 20; round += 1) {
      buffer.fill(`${round}\tx\n`.padStart(10, "0"));
      await input.write(buffer);
    }
    await input.finish();
    expect(await session.query("select a, count(*)::int4 as rows from t group by a having count(*) <> 100000")).toStrictEqual([]);
  });

  it("rejects at once when the server refuses the statement", async () => {
    await using database = await createDatabase(TABLE);
    await using session = await open(database.url);
    await expect(session.copyIn("copy nope from stdin")).rejects.toMatchObject({ code: "SQL_FAILED", sqlState: "42P01", message: 'relation "nope" does not exist' });
    await expect(session.copyIn("copy t to stdout")).rejects.toMatchObject({ code: "SQL_FAILED" });
    expect(await session.query("select 1 as one")).toStrictEqual([{ one: 1 }]);
  });

  it("stops taking bytes once the server has refused a row, and names the line and column but not the value", async () => {
    await using database = await createDatabase(TABLE);
    await using session = await open(database.url);
    await session.execute("begin");
    const input = await session.copyIn("copy t from stdin");
    const rows = Buffer.from("1\tx\n".repeat(250_000));
    await input.write(Buffer.from("1\tx\nsecret\ty\n"));
    const endless = (async () => {
      for (;;) await input.write(rows);
    })();
    const message = 'invalid input syntax for type integer: "secret"\nwhere: COPY t, line 2, column a';
    await expect(endless).rejects.toMatchObject({ code: "SQL_FAILED", sqlState: "22P02", message });
    await expect(input.finish()).rejects.toMatchObject({ sqlState: "22P02" });
    await input[Symbol.asyncDispose]();
    await expect(session.query("select 1")).rejects.toMatchObject({ sqlState: "25P02" });
    await session.execute("rollback");
    expect(await session.query("select count(*)::int4 as rows from t")).toStrictEqual([{ rows: 0 }]);
  });

  it("leaves no row and a usable session when it is not finished", async () => {
    await using database = await createDatabase(TABLE);
    await using session = await open(database.url);
    {
      await using input = await session.copyIn("copy t from stdin");
      await input.write(Buffer.from("1\tx\n".repeat(250_000)));
    }
    expect(await session.query("select count(*)::int4 as rows from t")).toStrictEqual([{ rows: 0 }]);
  });

  it.each(["to server", "to client"] as const)("never reports success when the connection is cut %s", async (direction) => {
    await using database = await createDatabase(TABLE);
    await using proxy = await startProxy(database.url);
    const load = async (session: Session) => {
      await using input = await session.copyIn("copy t from stdin");
      await input.write(Buffer.from("1\ta\n2\tb\n"));
      await input.write(Buffer.from("3\tc\n"));
      return input.finish();
    };
    const total = await (async () => {
      await using session = await open(proxy.through(database.url));
      const before = proxy.passed(direction);
      await load(session);
      return proxy.passed(direction) - before;
    })();
    await database.query("truncate t");
    const codes = new Set<string>();
    for (let afterBytes = 0; afterBytes < total; afterBytes += 1) {
      await using session = await open(proxy.through(database.url));
      proxy.arm({ direction, afterBytes, action: "cut" });
      codes.add(await codeOf(load(session)));
    }
    expect([...codes]).toStrictEqual(["CONNECTION_LOST"]);
    // Cut on its way to the server, the COPY's end never arrived; cut on the way back, it may have.
    if (direction === "to server") expect(await database.query("select count(*)::int4 as rows from t")).toStrictEqual([{ rows: 0 }]);
  });

  it("fails when the backend is terminated in the middle", async () => {
    await using database = await createDatabase(TABLE);
    await using session = await open(database.url);
    const input = await session.copyIn("copy t from stdin");
    await input.write(Buffer.from("1\tx\n"));
    await database.query("select pg_terminate_backend($1)", [session.backendPid]);
    expect(await isGone(database, session.backendPid)).toBe(true);
    expect(await codeOf(input.finish())).toBe("CONNECTION_LOST");
    expect(await database.query("select count(*)::int4 as rows from t")).toStrictEqual([{ rows: 0 }]);
  });
});
