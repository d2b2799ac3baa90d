/** While rows are merged, the application writes on: nothing of either side is lost, and every row can be explained. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, type PgarkEvent, restore } from "../../src/index.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "../helpers/folder.ts";

const SCHEMA = `
  create table parent (id int primary key, name text not null);
  create table child (id int primary key, parent int not null references parent, n int not null, pad text not null default repeat('x', 60));
  create index on child (parent);`;
const PARENTS = 100;
const CHILDREN = 6000;
const ROWS = `
  insert into parent select g, 'parent ' || g from generate_series(1, ${PARENTS}) g;
  insert into child select g, g % ${PARENTS} + 1, g from generate_series(1, ${CHILDREN}) g;`;
/** Half of the children are there, with other values; the last ten parents have none. */
const TARGET = `delete from child where id % 2 = 0 or parent > 90; update child set n = 0;`;

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
  await using source = await createDatabase(SCHEMA + ROWS);
  // Text, so that a chunk ends after some kilobytes of rows.
  await dump(source.url, folder.file("a.ark"), { chunkBytes: 48 * 1024, jobs: 1 });
});
afterAll(() => folder[Symbol.asyncDispose]());

/** What one writer does at its nth turn. */
type Turn = (n: number) => string;

interface Written {
  /** Rows that its statements touched. */
  readonly rows: number;
  readonly turns: number;
  /** SQLSTATEs of those that were refused. */
  readonly refused: readonly string[];
}

/** Writes until told to stop, at most 400 times. A constraint may refuse it, and it may be the one whom a deadlock ends. */
async function write(url: string, turn: Turn, stop: AbortSignal): Promise<Written> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const refused: string[] = [];
  let rows = 0;
  let turns = 0;
  try {
    for (; turns < 400 && !stop.aborted; turns++) {
      try {
        rows += (await client.query(turn(turns))).rowCount ?? 0;
      } catch (error) {
        if (!(error instanceof pg.DatabaseError) || !["23505", "23503", "40P01"].includes(error.code ?? "")) throw error;
        refused.push(error.code ?? "");
      }
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    return { rows, turns, refused };
  } finally {
    await client.end();
  }
}

async function oneRow<Row extends object>(database: TestDatabase, sql: string): Promise<Row> {
  const [row] = await database.query<Row>(sql);
  if (row === undefined) throw new Error(`no row: ${sql}`);
  return row;
}

describe("a merge of a table in many chunks", () => {
  it.each(["skip", "update"] as const)("under %s balances to the row while others insert, update and delete in it and in its parents", async (onConflict) => {
    await using target = await createDatabase(SCHEMA + ROWS + TARGET);
    const { before } = await oneRow<{ before: number }>(target, "select count(*)::int as before from child");
    const stop = new AbortController();
    const running = {
      strangers: write(target.url, (n) => `insert into child values (${100_000 + n}, ${(n % 90) + 1}, -1)`, stop.signal),
      // Rows that the archive brings too: whoever comes first, the row is there once.
      racers: write(target.url, (n) => `insert into child values (${(n * 14) % CHILDREN || CHILDREN}, 1, -2)`, stop.signal),
      changes: write(target.url, (n) => `update child set n = -3 where id = ${((n * 7) % CHILDREN) + 1}`, stop.signal),
      deletes: write(target.url, (n) => `delete from child where id = ${((n * 11) % CHILDREN) + 1}`, stop.signal),
      // Those without children may go; children whose parent went are rejected.
      parents: write(target.url, (n) => `delete from parent where id = ${91 + (n % 10)}`, stop.signal),
      names: write(target.url, (n) => `update parent set name = 'mine' where id = ${(n % 90) + 1}`, stop.signal),
    };
    const [report] = await Promise.all([restore(folder.file("a.ark"), target.url, { content: "data", onConflict, jobs: 2 }).finally(() => stop.abort()), ...Object.values(running)]);
    const [strangers, racers, changes, deletes] = await Promise.all([running.strangers, running.racers, running.changes, running.deletes]);

    const child = report.tables.find(({ table }) => table === "public.child");
    if (child === undefined) throw new Error("no account of public.child");
    const { archived, inserted, updated, identical, kept, rejected } = child;
    expect(inserted + updated + identical + kept + rejected).toBe(archived);
    const after = await oneRow<{ rows: number; orphans: number; validated: boolean; journal: null }>(target, `
      select (select count(*)::int from child) as rows, (select count(*)::int from child c where not exists (select from parent p where p.id = c.parent)) as orphans,
             (select bool_and(convalidated) from pg_constraint where conrelid = 'child'::regclass) as validated, to_regnamespace('pgark') as journal`);
    // Not a row more or less than what each side says that it did.
    expect(after).toStrictEqual({ rows: before + inserted + strangers.rows + racers.rows - deletes.rows, orphans: 0, validated: true, journal: null });
    // The archive's value, or that of a writer; under skip also what was there.
    const strange = await target.query(`select id, n from child where id <= ${CHILDREN} and n not in (id, -2, -3 ${onConflict === "skip" ? ", 0" : ""})`);
    expect(strange).toStrictEqual([]);
    expect([strangers, racers, changes, deletes].map(({ turns }) => turns > 5)).toStrictEqual([true, true, true, true]);
    expect((await target.query("select from child where id >= 100000")).length).toBe(strangers.rows);
  });

  it("lets DDL in between two chunks, which waits for the one that runs, and goes on", async () => {
    await using target = await createDatabase(SCHEMA + ROWS + TARGET);
    const client = new pg.Client({ connectionString: target.url });
    await client.connect();
    let altered: Promise<unknown> | null = null;
    const onEvent = (event: PgarkEvent) => {
      if (event.type === "chunk" && event.table === "public.child") altered ??= client.query("alter table child add column extra int not null default 7");
    };
    const report = await restore(folder.file("a.ark"), target.url, { content: "data", onConflict: "update", jobs: 2, onEvent });
    await altered;
    await client.end();
    expect(altered).not.toBeNull();
    expect(report.tables.find(({ table }) => table === "public.child")).toMatchObject({ archived: CHILDREN, rejected: 0, kept: 0 });
    expect(await target.query("select count(*)::int as rows, min(extra) as least, max(extra) as most, bool_and(n = id) as same from child")).toStrictEqual([{ rows: CHILDREN, least: 7, most: 7, same: true }]);
  });

  it("waits for a writer's transaction that has touched the table, and takes what that has committed as there", async () => {
    await using target = await createDatabase(SCHEMA + ROWS + TARGET);
    const client = new pg.Client({ connectionString: target.url });
    await client.connect();
    await client.query("begin; insert into child values (2, 1, -2)");
    const restored = restore(folder.file("a.ark"), target.url, { content: "data", onConflict: "skip", jobs: 1 });
    const waiting = "select from pg_locks where not granted and relation = 'child'::regclass and mode = 'ShareRowExclusiveLock'";
    while ((await target.query(waiting)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await target.query("select count(*)::int as readers_go_on from child where id = 4")).toStrictEqual([{ readers_go_on: 0 }]);
    await client.query("commit");
    await client.end();
    expect((await restored).tables.find(({ table }) => table === "public.child")).toMatchObject({ archived: CHILDREN, rejected: 0, inserted: CHILDREN - 2700 - 1, kept: 2701 });
    expect(await target.query("select n from child where id = 2")).toStrictEqual([{ n: -2 }]);
  });
});

describe("a table that references itself", () => {
  const TREE = "create table tree (id int primary key, above int constraint tree_above references tree, n int);";
  it("is without its foreign key meanwhile: a row that somebody else wrote without its parent is named, and when it is gone the foreign key comes back", async () => {
    await using source = await createDatabase(`${TREE} insert into tree select g, nullif(g / 2, 0), g from generate_series(1, 500) g`);
    await using target = await createDatabase(`${TREE} insert into tree select g, nullif(g / 2, 0), 0 from generate_series(1, 300) g`);
    await dump(source.url, folder.file("tree.ark"), { content: "data" });
    let written: Promise<unknown> | null = null;
    const onEvent = (event: PgarkEvent) => {
      if (event.type === "chunk") written ??= target.query("insert into tree values (9999, 8888, -1)");
    };
    const first = restore(folder.file("tree.ark"), target.url, { onConflict: "update", onEvent });
    await expect(first).rejects.toMatchObject({ code: "SQL_FAILED", message: expect.stringMatching(/tree_above.*1 row that this restore did not bring has no parent.*8888/) });
    await written;
    expect(await target.query("select id, above from tree where id > 500")).toStrictEqual([{ id: 9999, above: 8888 }]);

    await target.query("delete from tree where id = 9999");
    const { tables } = await restore(folder.file("tree.ark"), target.url, { onConflict: "update" });
    expect(tables).toMatchObject([{ archived: 500, inserted: 0, updated: 0, identical: 500 }]);
    expect(await target.query("select conname, convalidated, to_regnamespace('pgark') as journal from pg_constraint where conrelid = 'tree'::regclass and contype = 'f'")).toStrictEqual([{ conname: "tree_above", convalidated: true, journal: null }]);
  });
});
