import { createReadStream } from "node:fs";
import { describe, expect, it } from "vitest";
import { dump, planRestore, restore, tableDigests } from "../../src/index.ts";
import { createDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { as, createRole, giveDatabase } from "../helpers/role.ts";
import { ROWS, SCHEMA, stateOf, TABLES } from "./application.ts";

describe.each(["15", "17"])("on PostgreSQL %s", (major) => {
  it.each([
    ["side by side", { jobs: 3 }],
    ["in one transaction", { singleTransaction: true }],
  ])("loads rows into a migrated database %s, through loops, and leaves every definition as it was", async (_, options) => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(SCHEMA + ROWS, { major });
    await using target = await createDatabase(SCHEMA, { major });
    const before = await stateOf(target, major);
    await dump(source.url, folder.file("a.ark"), { content: "data", jobs: 2, chunkBytes: 64 * 1024 });

    const report = await restore(folder.file("a.ark"), target.url, { content: "data", ...options });

    expect(report.tables.map(({ table }) => table).sort()).toStrictEqual(TABLES);
    expect(await stateOf(target, major)).toStrictEqual({ ...before, rows: await tableDigests(source.url) });
    expect(await target.query("select * from app.sizes order by parent limit 3")).toStrictEqual(await source.query("select * from app.sizes order by parent limit 3"));
  });
});

it("loads an archive of rows as rows when nothing is said", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase(SCHEMA + ROWS);
  await using target = await createDatabase(SCHEMA);
  const before = await stateOf(target);
  await dump(source.url, folder.file("a.ark"), { content: "data" });

  await restore(folder.file("a.ark"), target.url);

  expect(await stateOf(target)).toStrictEqual({ ...before, rows: await tableDigests(source.url) });
});

it("loads the rows of a pipe whose chunks interleave, into the same state as those of the file", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase(SCHEMA + ROWS);
  await using target = await createDatabase(SCHEMA);
  const before = await stateOf(target);
  await dump(source.url, folder.file("a.ark"), { content: "data", jobs: 3, chunkBytes: 32 * 1024 });

  await restore(createReadStream(folder.file("a.ark")), target.url, { jobs: 1 });

  expect(await stateOf(target)).toStrictEqual({ ...before, rows: await tableDigests(source.url) });
});

it("refuses one transaction for a pipe whose chunks interleave, before it writes", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase(SCHEMA + ROWS);
  await using target = await createDatabase(SCHEMA);
  await dump(source.url, folder.file("many.ark"), { jobs: 2 });
  await dump(source.url, folder.file("one.ark"), { jobs: 1 });

  await expect(restore(createReadStream(folder.file("many.ark")), target.url, { content: "data", singleTransaction: true })).rejects.toMatchObject({ code: "USAGE" });
  await restore(createReadStream(folder.file("one.ark")), target.url, { content: "data", singleTransaction: true });

  expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
});

it("needs no superuser, only the owner of the tables", async () => {
  await using folder = await temporaryFolder();
  await using owner = await createRole();
  await using source = await createDatabase(SCHEMA + ROWS);
  await using target = await createDatabase();
  await giveDatabase(target.url, owner);
  await target.query(`set role ${owner.name}; ${SCHEMA}`);
  const before = await stateOf(target);
  await dump(source.url, folder.file("a.ark"), { content: "data" });

  await restore(folder.file("a.ark"), as(owner, target.url), { content: "data", jobs: 2 });

  expect(await stateOf(target)).toStrictEqual({ ...before, rows: await tableDigests(source.url) });
});

it.each(["15", "17"])("an owner of the tables who may create no schema restores and merges in one transaction, which is told, on PostgreSQL %s", async (major) => {
  await using folder = await temporaryFolder();
  await using owner = await createRole({ major });
  await using source = await createDatabase(SCHEMA + ROWS, { major });
  await using target = await createDatabase(SCHEMA, { major });
  await target.query(`grant all on schema app to ${owner.name}; ${TABLES_AND_VIEWS.map((name) => `alter table ${name} owner to ${owner.name}`).join(";")}`);
  await dump(source.url, folder.file("a.ark"), { content: "data" });

  const first = await restore(folder.file("a.ark"), as(owner, target.url));

  expect(first.warnings).toStrictEqual([{ code: "NOT_RESUMABLE", message: expect.stringContaining("one transaction") }]);
  expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
  await target.query("set session_replication_role = replica; delete from app.echo; update app.child set size = size + 1 where id % 2 = 0; update app.parent set favourite = null; reset session_replication_role");
  const plan = await planRestore(folder.file("a.ark"), as(owner, target.url), { onConflict: "update" });
  const second = await restore(folder.file("a.ark"), as(owner, target.url), { onConflict: "update" });

  const foreseen = plan.forecast?.map(({ table, archived, new: inserted, identical, differing }) => ({ table, archived, inserted, updated: differing, identical, kept: 0, rejected: 0 }));
  expect(second.tables.map(({ table, archived, inserted, updated, identical, kept, rejected }) => ({ table, archived, inserted, updated, identical, kept, rejected }))).toStrictEqual(foreseen);
  expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
  expect(await target.query("select from pg_namespace where nspname = 'pgark'")).toStrictEqual([]);
});

it("moves a sequence forward to where the archive's stood, and never back", async () => {
  await using folder = await temporaryFolder();
  const sequences = "create sequence behind; create sequence ahead; create sequence given; create sequence down increment -1; create sequence same;";
  await using source = await createDatabase(`${sequences} select setval('behind', 70), setval('ahead', 70), setval('given', 1, true), setval('down', -70), setval('same', 5)`);
  await using target = await createDatabase(`${sequences} select setval('behind', 7), setval('ahead', 700), setval('down', -7), setval('same', 5, true)`);
  await dump(source.url, folder.file("a.ark"), { content: "data" });

  await restore(folder.file("a.ark"), target.url);

  const [values] = await target.query("select nextval('behind') behind, nextval('ahead') ahead, nextval('given') given, nextval('down') down, nextval('same') same");
  expect(values).toStrictEqual({ behind: "71", ahead: "701", given: "2", down: "-71", same: "6" });
});

it("lets the triggers of users fire when asked to", async () => {
  await using folder = await temporaryFolder();
  const schema = `
    create table log (entry text);
    create table item (id int primary key);
    create function note() returns trigger language plpgsql as $$begin insert into public.log values (tg_name); return new; end$$;
    create trigger told after insert on item for each row execute function note();`;
  await using source = await createDatabase(schema + "alter table item disable trigger told; insert into item values (1), (2)");
  await using silent = await createDatabase(schema);
  await using loud = await createDatabase(schema);
  await dump(source.url, folder.file("a.ark"), { content: "data", excludeTables: ["log"] });

  await restore(folder.file("a.ark"), silent.url);
  await restore(folder.file("a.ark"), loud.url, { fireTriggers: true });

  expect(await silent.query("select entry from log")).toStrictEqual([]);
  expect(await loud.query("select entry from log")).toStrictEqual([{ entry: "told" }, { entry: "told" }]);
});

it("loads the rows of an ordinary table into a partitioned one of the same name", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase("create table t (id int primary key, a text); insert into t select n, 'a' || n from generate_series(1, 100) n");
  const schema = `
    create table log (entry text);
    create function note() returns trigger language plpgsql as $$begin insert into public.log values (tg_name); return new; end$$;
    create table other (id int primary key);
    create table t (id int primary key references other not valid, a text) partition by range (id);
    create table t1 partition of t for values from (0) to (50);
    create table t2 partition of t for values from (50) to (500);
    create index t_a on t (a);
    create trigger told after insert on t for each row execute function note();`.replace("references other not valid", "");
  await using target = await createDatabase(schema);
  const before = await stateOf(target);
  await dump(source.url, folder.file("a.ark"), { content: "data" });

  await restore(folder.file("a.ark"), target.url);

  expect(await target.query("select (select count(*) from t1) t1, (select count(*) from t2) t2, (select count(*) from log) log")).toStrictEqual([{ t1: "49", t2: "51", log: "0" }]);
  expect({ ...(await stateOf(target)), rows: before.rows }).toStrictEqual(before);
  await expect(restore(folder.file("a.ark"), target.url)).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });
});

const TABLES_AND_VIEWS = [...TABLES, "app.event", "app.event_new", "app.sizes"];
