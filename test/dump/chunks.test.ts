import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dump, openArchive, restore, tableDigests, type TocEntry } from "../../src/index.ts";
import { planChunks } from "../../src/dump/chunks.ts";
import { runNow } from "../helpers/activity.ts";
import { createDatabase, testServers } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";

const ENTRY: TocEntry = {
  id: 1, kind: "table-data", section: "data", pass: "main", schema: "public", name: "t", owner: null, address: "TABLE public.t", create: [], drop: null, dependencies: [], parent: null,
  record: null, tablespace: null, accessMethod: null,
  data: { format: "copy-text", columns: [{ name: "a", type: "text", wire: null }], schema: "public", table: "t" },
};

describe("planning", () => {
  it("cuts a table into page ranges that follow each other without a gap, open at both ends", () => {
    const sizes = fc.record({ heapPages: fc.nat(2_000_000), toast: fc.nat(1e12), chunkBytes: fc.integer({ min: 1, max: 1e9 }) });
    fc.assert(
      fc.property(sizes, ({ heapPages, toast, chunkBytes }) => {
        const size = { heapPages, totalBytes: heapPages * 8192 + toast, estimatedRows: 0, condition: "" };
        const chunks = planChunks([ENTRY], new Map([[1, size]]), { chunkBytes, serverVersion: 170_000 });
        const pages = chunks.map((chunk) => chunk.pages).toSorted((a, b) => (a?.from ?? 0) - (b?.from ?? 0));
        expect(chunks.length).toBeGreaterThanOrEqual(1);
        expect(chunks.length).toBeLessThanOrEqual(4096);
        if (chunks.length === 1) expect(pages).toStrictEqual([null]);
        else {
          expect(pages[0]?.from).toBeNull();
          expect(pages.at(-1)?.to).toBeNull();
          expect(pages.slice(1).every((page, index) => page?.from === pages[index]?.to)).toBe(true);
        }
      }),
    );
  });

  it("reads a table whole before 14, where a page range would read all of it each time", () => {
    const size = { heapPages: 1000, totalBytes: 1e9, estimatedRows: 0, condition: "" };
    const sqlOf = (serverVersion: number) => planChunks([ENTRY], new Map([[1, size]]), { chunkBytes: 5e8, serverVersion }).map(({ sql }) => sql);
    expect(sqlOf(130_020)).toStrictEqual(["COPY public.t (a) TO STDOUT"]);
    expect(sqlOf(140_000)).toStrictEqual([
      "COPY (SELECT a FROM ONLY public.t WHERE ctid < '(500,0)'::pg_catalog.tid) TO STDOUT",
      "COPY (SELECT a FROM ONLY public.t WHERE ctid >= '(500,0)'::pg_catalog.tid) TO STDOUT",
    ]);
  });
});

it.each(Object.keys(testServers()))("gives each row exactly once on PostgreSQL %s: dead rows, moved rows, partitions, children, rows without columns, and all of it in TOAST", async (major) => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase(
    `
    create table busy (id int primary key, n int, pad text) with (fillfactor = 60, autovacuum_enabled = off);
    insert into busy select n, 0, repeat('x', 200) from generate_series(1, 3000) n;
    update busy set n = n + 1 where id % 2 = 0; update busy set n = n + 1, pad = repeat('y', 900) where id % 3 = 0; delete from busy where id % 5 = 0; insert into busy select n, 7, '' from generate_series(5001, 5500) n;
    create table heir (more int) inherits (busy); insert into heir select n, 1, repeat('h', 300), n from generate_series(1, 1000) n;
    create table part (id int, pad text) partition by hash (id);
    create table part_0 partition of part for values with (modulus 2, remainder 0);
    create table part_1 partition of part for values with (modulus 2, remainder 1);
    insert into part select n, repeat('p', 400) from generate_series(1, 2000) n;
    create table generated (a int, b int generated always as (a + 1) stored); insert into generated select n from generate_series(1, 5000) n;
    create table nothing (); insert into nothing default values; insert into nothing select from generate_series(1, 4999);
    create table toasted (id int, body text); alter table toasted alter body set storage external;
    insert into toasted select n, repeat(md5(n::text), 4000) from generate_series(1, 40) n;
    create table emptied (id int, pad text); insert into emptied select n, repeat('z', 500) from generate_series(1, 2000) n; delete from emptied;
    -- The pages in the middle hold no row that is still seen.
    create table hollow (id int, pad text); insert into hollow select n, repeat('z', 500) from generate_series(1, 2000) n; delete from hollow where id between 100 and 1900;`,
    { major },
  );
  await using target = await createDatabase("", { major });

  const report = await dump(source.url, folder.file("a.ark"), { jobs: 3, chunkBytes: 32 * 1024 });
  await restore(folder.file("a.ark"), target.url, { jobs: 3 });

  const chunks = Object.fromEntries(report.tables.map(({ table, chunks: count }) => [table, count]));
  // The only page of its heap holds pointers to 5 MB of TOAST.
  expect(chunks["public.toasted"]).toBe(1);
  for (const table of ["busy", "heir", "part_0", "hollow", "emptied", "generated", "nothing"]) expect(chunks[`public.${table}`]).toBeGreaterThan(3);
  expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
});

it("reads what the snapshot sees of a table that grows, moves its rows and shrinks while it is read", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase("create table t (id int primary key, pad text) with (autovacuum_enabled = off); insert into t select n, repeat('x', 400) from generate_series(1, 3000) n");
  await using target = await createDatabase();
  const before = await tableDigests(source.url);
  let number = 0;
  const disturb = () =>
    runNow(source.url, `insert into t select 10000 * ${++number} + n, '' from generate_series(1, 100) n; update t set pad = repeat('y', 700) where id % 7 = ${number % 7}; delete from t where id % 11 = ${number % 11}`);

  await dump(source.url, folder.file("a.ark"), { jobs: 2, chunkBytes: 200_000, onEvent: (event) => void ((event.type === "plan" || event.type === "chunk") && disturb()) });

  await restore(folder.file("a.ark"), target.url);
  expect(number).toBeGreaterThan(8);
  expect(await tableDigests(target.url)).toStrictEqual(before);
});

it("cuts the big TOAST of a heap of a few pages by its pages, so that one table keeps all workers busy", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase(`
    create table t (id int, a text, body text); alter table t alter body set storage external;
    insert into t select n, repeat('a', 1500), repeat(md5(n::text), 500) from generate_series(1, 60) n`);

  await dump(source.url, folder.file("a.ark"), { jobs: 2, chunkBytes: 256 * 1024 });

  await using archive = await openArchive(folder.file("a.ark"));
  const chunks = archive.manifest.chunks;
  expect(chunks.length).toBeGreaterThanOrEqual(4);
  expect(chunks.reduce((rows, chunk) => rows + chunk.rows, 0)).toBe(60);
  expect(Math.max(...chunks.map(({ plainBytes }) => plainBytes))).toBeLessThan(2 * 256 * 1024);
});
