import { readdir, writeFile } from "node:fs/promises";
import { PassThrough, Writable } from "node:stream";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, type Io, type IoFile, isPgarkError, nodeIo, openArchive, type PgarkEvent } from "../../src/index.ts";
import { sessionsLeft, terminateNow } from "../helpers/activity.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { startProxy } from "../helpers/proxy.ts";
import { as, createRole } from "../helpers/role.ts";

const ROWS = 4000;
let source: TestDatabase;
beforeAll(async () => {
  source = await createDatabase(`
    create table a (id int primary key, pad text); insert into a select n, md5(n::text) || repeat('a', 200) from generate_series(1, ${ROWS}) n;
    create table b (id int primary key, pad text); insert into b select n, md5(n::text) || repeat('b', 200) from generate_series(1, ${ROWS}) n;
    create table c (id int); create view v as select * from a; select lo_from_bytea(0, decode(repeat('c0ffee', 300000), 'hex'))`);
});
afterAll(async () => source[Symbol.asyncDispose]());

/** A few chunks on three sessions, so that there is a middle. */
const OPTIONS = { jobs: 3, chunkBytes: 200_000, codec: "none" } as const;

/** Acts at the nth event that a name tells: a step's own, or the event's type. */
function at(name: string, nth: number, act: () => void): (event: PgarkEvent) => void {
  let seen = 0;
  return (event) => {
    if ((event.type === "step" ? event.step : event.type) === name && ++seen === nth) act();
  };
}

const MOMENTS = [["lock", 1], ["catalog", 1], ["data", 1], ["plan", 1], ["chunk", 1], ["chunk", 5], ["commit", 1]] as const;

describe("nothing stays behind, neither a file nor a session, when", () => {
  it.each(MOMENTS)("it is aborted at %s %i, and it says so with the signal's reason", async (name, nth) => {
    await using folder = await temporaryFolder();
    const controller = new AbortController();
    const reason = new Error("enough");

    await expect(dump(source.url, folder.file("a.ark"), { ...OPTIONS, signal: controller.signal, onEvent: at(name, nth, () => controller.abort(reason)) })).rejects.toBe(reason);

    expect(await readdir(folder.path)).toStrictEqual([]);
    expect(await sessionsLeft(source)).toBe(0);
  });

  it("it is aborted before it has begun, and while it waits for a lock", async () => {
    await using folder = await temporaryFolder();
    const reason = new Error("enough");
    await expect(dump(source.url, folder.file("a.ark"), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const gate = new pg.Client({ connectionString: source.url });
    await gate.connect();
    await gate.query("begin; lock table b in access exclusive mode");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 300);
    await expect(dump(source.url, folder.file("a.ark"), { signal: controller.signal })).rejects.toBe(reason);
    expect(await sessionsLeft(source)).toBe(0);
    await gate.end();
    expect(await readdir(folder.path)).toStrictEqual([]);
  });

  it.each([
    ["workers", "chunk", 1],
    ["leader", "chunk", 1],
    ["leader", "data", 1],
    ["leader", "catalog", 1],
  ] as const)("the server ends the %s at %s %i", async (which, name, nth) => {
    await using folder = await temporaryFolder();

    await expect(dump(source.url, folder.file("a.ark"), { ...OPTIONS, onEvent: at(name, nth, () => terminateNow(source, which)) })).rejects.toMatchObject({ code: "CONNECTION_LOST" });

    expect(await readdir(folder.path)).toStrictEqual([]);
    expect(await sessionsLeft(source)).toBe(0);
  });

  it("a policy would hide rows: that is an error which names the table, never a shorter dump", async () => {
    await using folder = await temporaryFolder();
    await using role = await createRole();
    await using hiding = await createDatabase(`
      create table t (id int, whose text); insert into t values (1, 'mine'), (2, 'theirs');
      alter table t enable row level security; create policy p on t using (whose = 'mine'); grant select on t to ${role.name}`);

    await expect(dump(as(role, hiding.url), folder.file("a.ark"))).rejects.toMatchObject({ code: "PERMISSION_DENIED", object: "table public.t", message: expect.stringContaining("row-level security") });

    expect(await readdir(folder.path)).toStrictEqual([]);
    expect(await sessionsLeft(hiding)).toBe(0);
  });

  it("the network is cut, wherever", async () => {
    await using folder = await temporaryFolder();
    await using counting = await startProxy(source.url);
    await dump(counting.through(source.url), folder.file("whole.ark"), OPTIONS);
    const total = counting.passed("to client");
    for (const part of [0.001, 0.01, 0.03, 0.1, 0.5, 0.9, 0.999]) {
      await using proxy = await startProxy(source.url);
      // Armed on each event, so that it holds for sessions that are opened later too; counted over all of them.
      const arm = () => proxy.arm({ direction: "to client", afterBytes: Math.max(0, Math.floor(total * part) - proxy.passed("to client")), action: "cut" });

      await expect(dump(proxy.through(source.url), folder.file("a.ark"), { ...OPTIONS, jobs: 1, onEvent: arm })).rejects.toMatchObject({ code: "CONNECTION_LOST" });

      expect(await readdir(folder.path)).toStrictEqual(["whole.ark"]);
    }
    expect(await sessionsLeft(source)).toBe(0);
  });

  it("the network is dead and it is aborted: within seconds", async () => {
    await using folder = await temporaryFolder();
    await using proxy = await startProxy(source.url);
    const controller = new AbortController();
    const reason = new Error("enough");
    const stall = at("chunk", 2, () => {
      proxy.arm({ direction: "to client", afterBytes: 1000, action: "stall" });
      setTimeout(() => controller.abort(reason), 200);
    });
    const startedMs = Date.now();

    await expect(dump(proxy.through(source.url), folder.file("a.ark"), { ...OPTIONS, jobs: 1, signal: controller.signal, onEvent: stall })).rejects.toBe(reason);

    expect(Date.now() - startedMs).toBeLessThan(15_000);
    expect(await readdir(folder.path)).toStrictEqual([]);
  });

  it.each([
    ["no space is left", "ENOSPC", "NO_SPACE"],
    ["the disk fails", "EIO", "IO_FAILED"],
  ])("%s at the nth write, sync, rename or reading back, for every n", async (_, errno, code) => {
    await using folder = await temporaryFolder();
    for (let n = 1; ; n++) {
      const { io, calls } = failing(n, errno);
      const outcome = await dump(source.url, folder.file("a.ark"), { tables: ["c"], io, jobs: 1 }).then(
        () => "done",
        (error: unknown) => (isPgarkError(error) ? error.code : error),
      );
      if (calls() < n) {
        expect(outcome).toBe("done");
        break;
      }
      expect(outcome).toBe(code);
      expect(await readdir(folder.path)).toStrictEqual([]);
    }
    await using archive = await openArchive(folder.file("a.ark"));
    expect((await archive.verify()).findings).toStrictEqual([]);
    expect(await sessionsLeft(source)).toBe(0);
  });
});

it("a file that is there is not touched, not even one that appears while the dump runs", async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file("there.ark"), "mine");
  await expect(dump(source.url, folder.file("there.ark"))).rejects.toMatchObject({ code: "FILE_EXISTS" });
  await expect(dump(source.url, folder.file("later.ark"), { onEvent: at("commit", 1, () => void nodeIo.create(folder.file("later.ark")).then((file) => file.close())) })).rejects.toMatchObject({ code: "FILE_EXISTS" });
  expect((await readdir(folder.path)).sort()).toStrictEqual(["later.ark", "there.ark"]);
});

describe("into a stream", () => {
  it("a reader that goes away ends the dump", async () => {
    let taken = 0;
    const leaving = new Writable({
      write(bytes: Uint8Array, _, done) {
        taken += bytes.length;
        if (taken > 300_000) this.destroy();
        done();
      },
    });
    await expect(dump(source.url, leaving, OPTIONS)).rejects.toMatchObject({ code: "IO_FAILED" });
    expect(await sessionsLeft(source)).toBe(0);
  });

  it("a reader that stops reading is waited for, until the dump is aborted", async () => {
    const stopped = new PassThrough({ highWaterMark: 1000 });
    const controller = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 500);
    const startedMs = Date.now();

    await expect(dump(source.url, stopped, { ...OPTIONS, signal: controller.signal })).rejects.toBe(reason);

    expect(Date.now() - startedMs).toBeLessThan(8000);
    expect(await sessionsLeft(source)).toBe(0);
  });
});

it("a listener that throws changes nothing", async () => {
  await using folder = await temporaryFolder();
  const report = await dump(source.url, folder.file("a.ark"), {
    onEvent: () => {
      throw new Error("told, never asked");
    },
  });
  expect(report.tables.map(({ rows }) => rows)).toStrictEqual([ROWS, ROWS, 0]);
});

/** An Io whose nth call that touches a written file fails. */
function failing(n: number, code: string): { readonly io: Io; readonly calls: () => number } {
  let calls = 0;
  const count = <T>(work: () => Promise<T>): Promise<T> => {
    calls += 1;
    return calls === n ? Promise.reject(Object.assign(new Error(`made up ${code}`), { code })) : work();
  };
  const file = (real: IoFile): IoFile => ({
    read: (position, length) => count(() => real.read(position, length)),
    write: (bytes, position) => count(() => real.write(bytes, position)),
    sizeBytes: () => real.sizeBytes(),
    sync: () => count(() => real.sync()),
    close: () => real.close(),
  });
  const io: Io = {
    ...nodeIo,
    create: async (path) => file(await count(() => nodeIo.create(path))),
    openRead: async (path) => file(await count(() => nodeIo.openRead(path))),
    renameNew: (from, to) => count(() => nodeIo.renameNew(from, to)),
    syncDirectory: (path) => count(() => nodeIo.syncDirectory(path)),
  };
  return { io, calls: () => calls };
}
