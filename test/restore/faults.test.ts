import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, openArchive, type PgarkEvent, restore, tableDigests } from "../../src/index.ts";
import { sessionsLeft, terminateNow } from "../helpers/activity.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "../helpers/folder.ts";
import { startProxy } from "../helpers/proxy.ts";

let folder: TemporaryFolder;
let source: TestDatabase;
let archive: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  source = await createDatabase(`
    create table a (id int primary key, pad text); insert into a select n, md5(n::text) || repeat('a', 200) from generate_series(1, 3000) n; create index a_pad on a (pad);
    create table b (id int primary key, a int references a, pad text); insert into b select n, n, md5(n::text) || repeat('b', 200) from generate_series(1, 3000) n;
    create view v as select * from a; create materialized view mv as select count(*) from b; grant select on a to public; select lo_from_bytea(50001, decode(repeat('c0ffee', 100000), 'hex'))`);
  archive = folder.file("whole.ark");
  await dump(source.url, archive, { chunkBytes: 150_000, jobs: 3, codec: "none" });
});
afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function at(name: string, nth: number, act: () => void): (event: PgarkEvent) => void {
  let seen = 0;
  return (event) => {
    if ((event.type === "step" ? event.step : event.type) === name && ++seen === nth) act();
  };
}

/** Every row that is there is one of the source's, at most once. */
async function expectOnlyRowsOfTheSource(target: TestDatabase): Promise<void> {
  const there = new Set((await tableDigests(target.url)).map(({ table }) => table));
  for (const table of ["a", "b"]) {
    if (!there.has(`public.${table}`)) continue;
    const rows = `select id, md5(pad) as pad from ${table} order by id`;
    const known = new Map((await source.query<{ id: number; pad: string }>(rows)).map(({ id, pad }) => [id, pad]));
    const found = await target.query<{ id: number; pad: string }>(rows);
    expect(found.filter(({ id, pad }) => known.get(id) !== pad)).toStrictEqual([]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  }
}

describe("a whole restore ends with an error that says why, and leaves no session, when", () => {
  it.each([["pre-data", 1], ["object", 2], ["data", 1], ["chunk", 1], ["chunk", 6], ["privileges", 1]] as const)("it is aborted at %s %i: the signal's reason", async (name, nth) => {
    await using target = await createDatabase();
    const controller = new AbortController();
    const reason = new Error("enough");
    const startedMs = Date.now();

    await expect(restore(archive, target.url, { jobs: 3, signal: controller.signal, onEvent: at(name, nth, () => controller.abort(reason)) })).rejects.toBe(reason);

    expect(Date.now() - startedMs).toBeLessThan(8000);
    expect(await sessionsLeft(target)).toBe(0);
    await expectOnlyRowsOfTheSource(target);
  });

  it.each([["leader", "chunk", 2], ["workers", "chunk", 2], ["leader", "privileges", 1], ["leader", "data", 1]] as const)("the server ends the %s at %s %i", async (which, name, nth) => {
    await using target = await createDatabase();

    await expect(restore(archive, target.url, { jobs: 3, onEvent: at(name, nth, () => terminateNow(target, which)) })).rejects.toMatchObject({ code: "CONNECTION_LOST" });

    expect(await sessionsLeft(target)).toBe(0);
    await expectOnlyRowsOfTheSource(target);
  });

  it("the network is cut, wherever; and clean begins again", async () => {
    await using counted = await createDatabase();
    await using counting = await startProxy(counted.url);
    await restore(archive, counting.through(counted.url), { jobs: 1 });
    const total = counting.passed("to server");
    await using target = await createDatabase();
    for (const part of [0.002, 0.01, 0.2, 0.6, 0.95, 0.999]) {
      await using proxy = await startProxy(target.url);
      const arm = () => proxy.arm({ direction: "to server", afterBytes: Math.max(0, Math.floor(total * part) - proxy.passed("to server")), action: "cut" });

      await expect(restore(archive, proxy.through(target.url), { jobs: 1, clean: true, onEvent: arm })).rejects.toMatchObject({ code: "CONNECTION_LOST" });

      expect(await sessionsLeft(target)).toBe(0);
      await expectOnlyRowsOfTheSource(target);
    }
    await restore(archive, target.url, { clean: true });
    expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
  });

  it("a pipe falls silent and it is aborted", async () => {
    await using target = await createDatabase();
    const silent = new PassThrough();
    silent.write((await readFile(archive)).subarray(0, 700_000));
    const controller = new AbortController();
    const reason = new Error("enough");
    const aborting = at("chunk", 1, () => setTimeout(() => controller.abort(reason), 200));
    const startedMs = Date.now();

    await expect(restore(silent, target.url, { signal: controller.signal, onEvent: aborting })).rejects.toBe(reason);

    expect(Date.now() - startedMs).toBeLessThan(8000);
    expect(await sessionsLeft(target)).toBe(0);
    await expectOnlyRowsOfTheSource(target);
  });

  it("a row does not go in: the table and the chunk's line are named", async () => {
    await using target = await createDatabase();
    await using broken = await createDatabase("create function ok(int) returns bool language sql as 'select true'; create table t (id int check (public.ok(id))); insert into t values (1), (2); create or replace function ok(int) returns bool language sql as 'select $1 <> 2'");
    await dump(broken.url, folder.file("broken.ark"));

    await expect(restore(folder.file("broken.ark"), target.url)).rejects.toMatchObject({ code: "SQL_FAILED", sqlState: "23514", object: "table public.t", message: expect.stringMatching(/COPY t, line 2/) });
  });
});

describe("an archive that is not what was dumped", () => {
  it("cut anywhere, brings nothing from a file, and from a pipe only rows that were proved", async () => {
    const bytes = await readFile(archive);
    await using target = await createDatabase();
    for (const part of [0, 0.00001, 0.001, 0.1, 0.4, 0.7, 0.97, 0.99999]) {
      await writeFile(folder.file("cut.ark"), bytes.subarray(0, Math.floor(bytes.length * part)));
      const refused = { code: expect.stringMatching(/^(ARCHIVE_INCOMPLETE|NOT_AN_ARCHIVE)$/) };

      await expect(restore(folder.file("cut.ark"), target.url)).rejects.toMatchObject(refused);
      expect(await tableDigests(target.url)).toStrictEqual([]);

      await using piped = await createDatabase();
      await expect(restore(createReadStream(folder.file("cut.ark")), piped.url)).rejects.toMatchObject(refused);
      await expectOnlyRowsOfTheSource(piped);
    }
  });

  it("with a bit flipped anywhere, brings only rows that were proved, and never says that it is done", async () => {
    const bytes = await readFile(archive);
    await using archived = await openArchive(archive);
    // In the header, the TOC, blocks of rows, an index, the manifest, the footer.
    const inRows = archived.manifest.chunks.flatMap(({ index }) => [index.offset - 500, index.offset + 60]).slice(0, 6);
    for (const place of [20, 200, 5000, ...inRows, bytes.length - 2000, bytes.length - 30]) {
      const damaged = Buffer.from(bytes);
      damaged[place]! ^= 4;
      await writeFile(folder.file("damaged.ark"), damaged);
      const refused = { code: expect.stringMatching(/^(ARCHIVE_DAMAGED|ARCHIVE_INCOMPLETE)$/) };

      for (const way of ["file", "pipe", "verified"]) {
        await using target = await createDatabase();
        await expect(restore(way === "pipe" ? createReadStream(folder.file("damaged.ark")) : folder.file("damaged.ark"), target.url, { verifyFirst: way === "verified", jobs: 2 })).rejects.toMatchObject(refused);
        if (way === "verified") expect(await tableDigests(target.url)).toStrictEqual([]);
        await expectOnlyRowsOfTheSource(target);
      }
    }
  });

  it("cannot be verified first from a pipe", async () => {
    await using target = await createDatabase();
    await expect(restore(createReadStream(archive), target.url, { verifyFirst: true })).rejects.toMatchObject({ code: "USAGE" });
  });
});
