import { readdir, writeFile } from "node:fs/promises";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { dump, openArchive, restore, tableDigests } from "../../src/index.ts";
import { runNow, sessionsLeft } from "../helpers/activity.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { psql, schemaDump } from "../helpers/programs.ts";

/** The gate is the first table to be locked: whoever holds it lets the others be changed between listing and locking. */
const TABLES = `
  create table gate (id int);
  create table item (id int primary key, price int, note text);
  insert into item select n, n, 'note ' || n from generate_series(1, 5000) n;
  create table shelf (id int); insert into shelf values (1), (2);
  create schema other;
  create table part (id int, at int) partition by range (at);
  create table part_1 partition of part for values from (0) to (10); insert into part_1 select n, n % 10 from generate_series(1, 100) n;
  create table part_2 (id int, at int); insert into part_2 select n, 15 from generate_series(1, 50) n;`;

describe("what happens between the listing of the tables and their locks", () => {
  it.concurrent.each([
    ["TRUNCATE", "truncate item"],
    ["a rewriting ALTER TYPE", "alter table item alter price type bigint using price * 2"],
    ["ADD COLUMN", "alter table item add extra text not null default 'new'"],
    ["DROP COLUMN", "alter table item drop note"],
    ["VACUUM FULL", "vacuum full item"],
    ["DROP", "drop table item"],
    ["CREATE", "create table another (id int); insert into another values (7)"],
    ["DROP and CREATE of the same name", "drop table item; create table item (id int); insert into item values (7)"],
    ["RENAME", "alter table item rename to thing"],
    ["RENAME and a new one in its place", "alter table item rename to thing; create table item (other int); insert into item values (1), (2)"],
    ["names that are exchanged", "alter table item rename to swap; alter table shelf rename to item; alter table swap rename to shelf"],
    ["a view in its place", "alter table item rename to thing; create view item as select * from thing"],
    ["SET SCHEMA", "alter table item set schema other"],
    ["ATTACH PARTITION", "alter table part attach partition part_2 for values from (10) to (20)"],
    ["DETACH PARTITION", "alter table part detach partition part_1"],
    ["DROP SCHEMA", "drop schema other"],
  ])("is in the dump as it was afterwards: %s", async (_, ddl) => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(TABLES);
    await using target = await createDatabase();
    const gate = new pg.Client({ connectionString: source.url });
    await gate.connect();
    await gate.query("begin; lock table gate in access exclusive mode");

    const dumping = dump(source.url, folder.file("a.ark"), { jobs: 2 });
    await waitingForLocks(source, 1);
    await source.query(ddl);
    await gate.query("commit");
    await gate.end();
    await dumping;

    await restore(folder.file("a.ark"), target.url, { jobs: 1 });
    expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
    expect(await schemaDump(target.url, "17")).toBe(await schemaDump(source.url, "17"));
  });

  it("is given up when it never ends, and no session and no file stay behind", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(TABLES);
    let number = 0;
    const more = () => runNow(source.url, `create or replace function changing() returns int language sql return ${++number}`);
    more();

    const dumping = dump(source.url, folder.file("a.ark"), { onEvent: (event) => void (event.type === "step" && event.step === "catalog" && more()) });

    await expect(dumping).rejects.toMatchObject({ code: "SOURCE_CHANGED", object: "changing" });
    expect(await sessionsLeft(source)).toBe(0);
    expect(await readdir(folder.path)).toStrictEqual([]);
  });
});

describe("what happens between the snapshot and the reading of the definitions", () => {
  const DEFINITIONS = `${TABLES}
    create view v as select id, note from item;
    create materialized view mv as select id from item;
    create function f(int) returns int language sql return $1 + 1;
    create aggregate ag(int) (sfunc = int4pl, stype = int);
    create sequence s;
    create type mood as enum ('a');
    create table moody (m mood default 'a');
    create domain d as int check (value > 0);
    create type range_type as range (subtype = int4);
    create statistics st on id, note from item;
    create collation co from "C";`;

  it.concurrent.each([
    ["drop view v"],
    ["create or replace view v as select id, note, 1 as more from item"],
    ["drop materialized view mv"],
    ["drop function f"],
    ["create or replace function f(int) returns int language sql return $1 + 2"],
    ["drop aggregate ag(int)"],
    ["drop sequence s"],
    ["alter sequence s rename to s2"],
    ["alter type mood rename value 'a' to 'z'"],
    ["alter type mood rename to temper"],
    ["drop domain d"],
    ["drop type range_type"],
    ["drop statistics st"],
    ["drop collation co"],
    ["alter schema other rename to another"],
  ])("is in the dump wholly, and not half of it: %s", async (ddl) => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(DEFINITIONS);
    await using target = await createDatabase();
    let done = false;
    const change = () => {
      if (!done) runNow(source.url, ddl);
      done = true;
    };

    await dump(source.url, folder.file("a.ark"), { jobs: 1, onEvent: (event) => void (event.type === "step" && event.step === "catalog" && change()) });

    await restore(folder.file("a.ark"), target.url, { jobs: 1 });
    expect(await schemaDump(target.url, "17")).toBe(await schemaDump(source.url, "17"));
  });

  it.each([
    ["changes what nobody prints", "create index on item (note); create table another (id int); comment on table item is 'now'; grant select on item to public; refresh materialized view mv; analyze"],
    ["is rolled back", "begin; drop function f; drop view v; rollback"],
  ])("does not disturb it where it %s", async (_, ddl) => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(DEFINITIONS);
    const before = await schemaDump(source.url, "17");
    let reads = 0;
    const change = () => {
      reads += 1;
      runNow(source.url, ddl);
    };

    await dump(source.url, folder.file("a.ark"), { jobs: 1, onEvent: (event) => void (event.type === "step" && event.step === "catalog" && change()) });

    await using archive = await openArchive(folder.file("a.ark"));
    await using loaded = await createDatabase();
    await writeFile(folder.file("a.sql"), archive.sql());
    await psql(loaded.url, folder.file("a.sql"), "17");
    expect(reads).toBe(1);
    expect(await schemaDump(loaded.url, "17")).toBe(before);
  });
});

describe("locks", () => {
  it("a TRUNCATE that waits behind the leader does not stop the dump: the leader reads that table itself", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(`${TABLES} create table big (id int, pad text); insert into big select n, repeat('x', 500) from generate_series(1, 4000) n`);
    const truncating = new pg.Client({ connectionString: source.url });
    await truncating.connect();
    let truncated: Promise<unknown> = Promise.resolve();
    const before = await tableDigests(source.url);
    const workers = new Map<string, Set<number>>();

    const report = await dump(source.url, folder.file("a.ark"), {
      jobs: 3,
      chunkBytes: 256 * 1024,
      onEvent: (event) => {
        if (event.type === "step" && event.step === "catalog") {
          truncated = truncating.query("truncate big");
          runNow(source.url, WAIT_FOR_A_WAITER);
        }
        if (event.type === "chunk") workers.set(event.table, (workers.get(event.table) ?? new Set()).add(event.worker));
      },
    });
    await truncated;
    await truncating.end();

    expect(report.tables.find(({ table }) => table === "public.big")).toMatchObject({ rows: 4000, chunks: 9 });
    expect(workers.get("public.big")).toStrictEqual(new Set([0]));
    await using target = await createDatabase();
    await restore(folder.file("a.ark"), target.url);
    expect(await tableDigests(target.url)).toStrictEqual(before);
  });

  it("are waited for no longer than was asked, and the error says what to do", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(TABLES);
    const gate = new pg.Client({ connectionString: source.url });
    await gate.connect();
    await gate.query("begin; lock table gate in access exclusive mode");

    await expect(dump(source.url, folder.file("a.ark"), { lockTimeoutMs: 200 })).rejects.toMatchObject({ code: "LOCK_TIMEOUT", message: expect.stringContaining("200 ms"), hint: expect.stringContaining("pg_locks") });

    await gate.end();
    expect(await sessionsLeft(source)).toBe(0);
    expect(await readdir(folder.path)).toStrictEqual([]);
  });

  it("are waited for no longer either where a view is printed whose table is not selected", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(`${TABLES} create view gates as select * from gate`);
    const gate = new pg.Client({ connectionString: source.url });
    await gate.connect();
    await gate.query("begin; lock table gate in access exclusive mode");

    await expect(dump(source.url, folder.file("a.ark"), { tables: ["item"], lockTimeoutMs: 200 })).rejects.toMatchObject({ code: "LOCK_TIMEOUT", message: expect.stringContaining("200 ms"), hint: expect.stringContaining("pg_locks") });

    await gate.end();
  });

  it("are taken on the selected tables alone", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(TABLES);
    const gate = new pg.Client({ connectionString: source.url });
    await gate.connect();
    await gate.query("begin; lock table gate in access exclusive mode");

    const report = await dump(source.url, folder.file("a.ark"), { tables: ["item"], lockTimeoutMs: 2000 });

    await gate.end();
    expect(report.tables.map(({ table, rows }) => ({ table, rows }))).toStrictEqual([{ table: "public.item", rows: 5000 }]);
  });
});

describe("while others write", () => {
  it("all workers read one snapshot: no child without its parent, no balance out of the sum, and sequences ahead of the rows", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(`
      create table parent (id bigserial primary key, pad text default repeat('p', 300));
      create table child (id bigint generated always as identity primary key, parent bigint not null, pad text default repeat('c', 300));
      create table account (id int primary key, balance int not null);
      insert into account select n, 100 from generate_series(1, 500) n;
      insert into parent (pad) select repeat('p', 300) from generate_series(1, 2000);
      insert into child (parent) select id from parent;`);
    const stop = new AbortController();
    const writers = [1, 2].map(async (writer) => {
      const client = new pg.Client({ connectionString: source.url });
      await client.connect();
      for (let round = 0; !stop.signal.aborted; round++) {
        const to = writer * 200 + (round % 100);
        await client.query(`with p as (insert into parent default values returning id) insert into child (parent) select id from p`);
        await client.query(`update account set balance = balance + case id when 7 then -1 else 1 end where id in (7, ${to})`);
      }
      await client.end();
    });

    const found: unknown[] = [];
    for (let run = 0; run < 4; run++) {
      await using target = await createDatabase();
      const archive = folder.file(`${run}.ark`);
      await dump(source.url, archive, { jobs: 3, chunkBytes: 128 * 1024 });
      await restore(archive, target.url, { jobs: 2 });
      found.push(
        ...(await target.query(`select
          (select count(*)::int from child c left join parent p on p.id = c.parent where p.id is null) as orphans,
          (select count(*)::int from parent p where not exists (select from child c where c.parent = p.id)) as childless,
          (select count(*) > 2000 from parent) as more,
          (select sum(balance)::int from account) as sum,
          (select nextval('parent_id_seq') > max(id) from parent) as parent, (select nextval('child_id_seq') > max(id) from child) as child`)),
      );
    }
    stop.abort();
    await Promise.all(writers);

    expect(found).toStrictEqual(Array.from({ length: 4 }, () => ({ orphans: 0, childless: 0, more: true, sum: 50_000, parent: true, child: true })));
  });
});

const WAIT_FOR_A_WAITER = `do $$begin
  for i in 1..500 loop exit when exists (select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())); perform pg_sleep(0.01); end loop; end$$`;

async function waitingForLocks(database: TestDatabase, count: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const [row] = await database.query<{ count: number }>(`select count(*)::int as count from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`);
    if (row?.count === count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("nobody waits for a lock");
}
