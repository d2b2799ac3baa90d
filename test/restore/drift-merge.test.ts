/** Archives whose tables are no longer the target's, and rows whose keys have moved: through the public door, with the contents afterwards. */
import { describe, expect, it } from "vitest";
import { dump, planRestore, restore, type RestoreOptions } from "../../src/index.ts";
import { createDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";

type Figures = readonly [inserted: number, updated: number, identical: number, kept: number, rejected: number];

/** Restores what `source` makes into what `target` makes; `query` shows the contents. A second run must change nothing. */
async function merge(source: string, target: string, query: string, options: RestoreOptions) {
  await using folder = await temporaryFolder();
  await using from = await createDatabase(source);
  await using to = await createDatabase(target);
  await dump(from.url, folder.file("a.ark"), { chunkBytes: 1 });
  const rows = async () => (await to.query<{ row: string }>(`select x::text as row from (${query}) x order by 1`)).map(({ row }) => row);
  const plan = await planRestore(folder.file("a.ark"), to.url, options);
  const report = await restore(folder.file("a.ark"), to.url, options);
  const contents = await rows();
  const again = await restore(folder.file("a.ark"), to.url, { ...options, onConflict: options.onConflict ?? "skip" });
  expect(again.tables.map(({ inserted, updated }) => inserted + updated)).toStrictEqual(again.tables.map(() => 0));
  expect(await rows()).toStrictEqual(contents);
  const figures: Record<string, Figures> = {};
  for (const { table, inserted, updated, identical, kept, rejected } of report.tables) {
    // Partitions of the archive are accounts of their own, even into one table.
    const [a, b, c, d, e] = figures[table] ?? [0, 0, 0, 0, 0];
    figures[table] = [a + inserted, b + updated, c + identical, d + kept, e + rejected];
  }
  const forecast = Object.fromEntries((plan.forecast ?? []).map((one) => [one.table, [one.new, one.differing, one.identical, Object.values(one.conflicting).reduce((sum, count) => sum + count, one.orphans)]]));
  return { figures, forecast, contents };
}

describe("a referenced key that is no primary key moves", () => {
  const P = "create table p (id int primary key, code text unique, c int); create table c (id int primary key, code text references p (code));";
  const LOOP = `${P} alter table p add foreign key (c) references c;`;

  it("with the rows that reference it, when they come too", async () => {
    const { figures, contents } = await merge(`${P} insert into p values (1, 'new'), (2, 'b'); insert into c values (1, 'new'), (2, 'b')`, `${P} insert into p values (1, 'old'), (2, 'b'); insert into c values (1, 'old'), (2, 'b')`, "select id, code from p union all select id, code from c", { onConflict: "update" });
    expect(figures).toStrictEqual({ "public.p": [0, 1, 1, 0, 0], "public.c": [0, 1, 1, 0, 0] });
    expect(contents).toStrictEqual(["(1,new)", "(1,new)", "(2,b)", "(2,b)"]);
  });

  it.each([["alone", P], ["on a loop", LOOP]])("not where a row of the target's own needs it, %s", async (_, schema) => {
    const { figures, contents } = await merge(`${schema} insert into p values (1, 'new'), (2, 'b'); insert into c values (1, 'b')`, `${schema} insert into p values (1, 'old'), (2, 'x'); insert into c values (7, 'old')`, "select id, code from p union all select id, code from c", { onConflict: "update" });
    expect(figures).toStrictEqual({ "public.p": [0, 1, 0, 0, 1], "public.c": [1, 0, 0, 0, 0] });
    expect(contents).toStrictEqual(["(1,b)", "(1,old)", "(2,b)", "(7,old)"]);
  });

  it("back in a table that references itself, with what hangs on it", async () => {
    const schema = "create table p (id int primary key, code text unique, up text references p (code));";
    const { figures, contents } = await merge(`${schema} insert into p values (1, 'new', null), (2, 'b', 'new')`, `${schema} insert into p values (1, 'old', null), (2, 'b', 'old'), (3, 'mine', 'old')`, "select * from p", { onConflict: "update" });
    expect(figures).toStrictEqual({ "public.p": [0, 0, 0, 0, 2] });
    expect(contents).toStrictEqual(["(1,old,)", "(2,b,old)", "(3,mine,old)"]);
  });

  it("and does not lock in what took the place of a row that is put back", async () => {
    const schema = "create table p (id int primary key, up int references p, name text unique);";
    const orphaned = `${schema} insert into p values (9, null, 'nine'), (1, 9, 'other'), (2, null, 'one')`;
    const { figures, contents } = await merge(orphaned, `create table p (id int primary key, up int references p, name text unique, check (id < 9)); insert into p values (1, null, 'one')`, "select * from p", { onConflict: "update" });
    // 9 is refused, so 1 cannot reference it and keeps its name, which 2 has taken meanwhile.
    expect(figures).toStrictEqual({ "public.p": [0, 0, 0, 0, 3] });
    expect(contents).toStrictEqual(["(1,,one)"]);
  });
});

describe("a key that the archive has twice, over many chunks", () => {
  const TWICE = "create table t (id int, v text, pad text); insert into t select n % 200, 'v' || n, repeat('x', 1000) from generate_series(1, 400) n";

  it("refuses the later rows for good, when there are others", async () => {
    const { figures, forecast } = await merge(TWICE, "create table t (id int primary key, v text, pad text); insert into t select n, 'v' || n, repeat('x', 1000) from generate_series(1, 50) n", "select id, v from t", { onConflict: "update" });
    expect(figures).toStrictEqual({ "public.t": [150, 0, 50, 0, 200] });
    expect(forecast).toStrictEqual({ "public.t": [150, 0, 50, 200] });
  });

  it.each(["int", "bigint"])("refuses the later rows where there were none, as %s", async (type) => {
    const { figures } = await merge(TWICE, `create table t (id ${type} primary key, v text, pad text)`, "select count(*) from t", { content: "data", maxRejects: 1000 });
    expect(figures).toStrictEqual({ "public.t": [200, 0, 0, 0, 200] });
  });
});

describe("an empty table that refuses some rows", () => {
  it("takes all others of a table without a key, equal ones too, whatever chunk they are in", async () => {
    const { figures, contents } = await merge("create table t (a int, pad text); insert into t select case when n % 50 = 0 then -1 else 1 end, repeat('x', 1000) from generate_series(1, 200) n", "create table t (a int check (a > 0), pad text)", "select a, count(*) from t group by a", { content: "data", maxRejects: 1000 });
    expect(figures).toStrictEqual({ "public.t": [196, 0, 0, 0, 4] });
    expect(contents).toStrictEqual(["(1,196)"]);
  });
});

const DRIFTED = `create table t (id int primary key, v varchar(10), e text, j json, gone int, n int, g int); create table o (id int primary key); insert into o values (1);
  insert into t select n, 'v' || n, (array['a', 'b', 'zz'])[n % 3 + 1], '{"a": 1}', n, nullif(n, 4), 1 from generate_series(1, 6) n`;
const NOW = "create type en as enum ('a', 'b'); create table o (id int primary key); create table t (extra int default 5, id bigint primary key, v text, e en, j jsonb, n int not null, g int generated always as (1) stored);";

describe("drift", () => {
  it("of every sort at once: what fits comes in, the rest is refused by row", async () => {
    const { figures, forecast, contents } = await merge(DRIFTED, `${NOW} insert into t (id, v, e, j, n) values (1, 'v1', 'b', '{"a":1}', 1), (3, 'other', 'a', '{}', 2), (100, '', 'a', '{}', 0)`, "select id, v, e, n, extra, g from t", { onConflict: "update", leaveOut: ["public.t.gone", "public.t.g"] });
    expect(figures).toStrictEqual({ "public.t": [1, 1, 1, 0, 3], "public.o": [1, 0, 0, 0, 0] });
    expect(forecast["public.t"]).toStrictEqual([1, 1, 1, 3]);
    expect(contents).toStrictEqual(['(1,v1,b,1,5,1)', '(100,"",a,0,5,1)', "(3,v3,a,3,5,1)", "(6,v6,a,6,5,1)"]);
  });

  it("with a row that does not fit, and none that may be rejected, leaves the tables empty", async () => {
    await using folder = await temporaryFolder();
    await using from = await createDatabase(DRIFTED);
    await using to = await createDatabase(NOW);
    await dump(from.url, folder.file("a.ark"));
    await expect(restore(folder.file("a.ark"), to.url, { content: "data", leaveOut: ["public.t.gone", "public.t.g"] })).rejects.toMatchObject({ code: "TOO_MANY_REJECTS" });
    expect(await to.query("select (select count(*)::int from t) as t, (select count(*)::int from o) as o, to_regnamespace('pgark') as pgark")).toStrictEqual([{ t: 0, o: 0, pgark: null }]);
  });

  it.each([
    ["int to uuid", "id uuid primary key, x int"],
    ["a column that is gone", "id int primary key"],
    ["a new NOT NULL column", "id int primary key, x int, y int not null"],
    ["a column that is generated now", "id int primary key, x int generated always as (1) stored"],
  ])("is refused before any write: %s", async (_, columns) => {
    await using folder = await temporaryFolder();
    await using from = await createDatabase("create table t (id int primary key, x int); insert into t values (1, 1); create table a (id int); insert into a values (1)");
    await using to = await createDatabase(`create table t (${columns}); create table a (id int)`);
    await dump(from.url, folder.file("a.ark"));
    await expect(restore(folder.file("a.ark"), to.url, { onConflict: "skip" })).rejects.toMatchObject({ code: "DRIFT", object: "table public.t" });
    expect(await to.query("select (select count(*)::int from t) as t, (select count(*)::int from a) as a, to_regnamespace('pgark') as pgark")).toStrictEqual([{ t: 0, a: 0, pgark: null }]);
  });

  it("by mapping: a table renamed, a column renamed, and a table split off", async () => {
    const { figures, contents } = await merge(
      "create table old (id int primary key, a text, kind text); insert into old select n, 'a' || n, (array['x', 'y'])[n % 2 + 1] from generate_series(1, 8) n",
      "create table new (id int primary key, b text, kind text); create table split (id int primary key, a text); insert into new values (1, 'no', 'y'), (2, 'a2', 'x'); insert into split values (4, 'a4'), (6, 'z')",
      "select id, b from new union all select id, a from split",
      { content: "data", onConflict: "update", mapping: { new: { from: "old", columns: { b: "a" }, where: "kind = 'y'" }, split: { from: "old", where: "kind = 'x'" } }, leaveOut: [] },
    );
    expect(figures).toStrictEqual({ "public.new": [3, 1, 0, 0, 0], "public.split": [2, 1, 1, 0, 0] });
    expect(contents).toStrictEqual(["(1,a1)", "(2,a2)", "(2,a2)", "(3,a3)", "(4,a4)", "(5,a5)", "(6,a6)", "(7,a7)", "(8,a8)"]);
  });

  it.each([
    ["by list", "partition by list (at)", "create table t3 partition of t for values in ('2024-01-05'); create table t4 partition of t default;"],
    ["not at all", "", ""],
  ])("of partitions: %s, where the archive has ranges", async (_, by, partitions) => {
    const { figures, contents } = await merge(
      "create table t (id int, at date, v text, primary key (id, at)) partition by range (at); create table t1 partition of t for values from ('2024-01-01') to ('2024-02-01'); create table t2 partition of t default; insert into t select n, date '2024-01-01' + n, 'v' from generate_series(1, 60) n",
      `create table t (id int, at date, v text, primary key (id, at)) ${by}; ${partitions} insert into t values (4, '2024-01-05', 'w'), (5, '2024-01-06', 'v')`,
      "select v, count(*) from t group by 1",
      { content: "data", onConflict: "update" },
    );
    expect(figures).toStrictEqual({ "public.t": [58, 1, 1, 0, 0] });
    expect(contents).toStrictEqual(["(v,60)"]);
  });
});
