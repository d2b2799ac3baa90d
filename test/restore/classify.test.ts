/** A plan counts as the run that follows it does, and both as a model of the rules that knows no SQL. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noteLoaded } from "../../src/restore/journal.ts";
import { countStaged, keepKeys, type StagedCounts } from "../../src/restore/loaders/classify.ts";
import type { MergeCounts } from "../../src/restore/loaders/merge-load.ts";
import { mergeStaged } from "../../src/restore/loaders/merge.ts";
import type { Session } from "../../src/session/session.ts";
import { createDatabase, type TestDatabase, testServers } from "../helpers/database.ts";
import { loadOf, merge, readTable, restoreSession, stage } from "./staged.ts";

interface Row {
  readonly id: number | null;
  readonly c: number | null;
  readonly v: number;
}

interface Shape {
  readonly key: "primary" | "nullable" | "nulls not distinct" | "partial" | "none";
  readonly other: "unique" | "deferrable" | "nulls not distinct" | "none";
  readonly policy: "skip" | "update";
}

const KEY_DDL = {
  primary: "alter table t add constraint t_key primary key (id)",
  nullable: "alter table t add constraint t_key unique (id)",
  "nulls not distinct": "alter table t add constraint t_key unique nulls not distinct (id)",
  partial: "create unique index t_key on t (id) where v <> 3",
  none: "",
};
const OTHER_DDL = {
  unique: "alter table t add constraint other unique (c)",
  deferrable: "alter table t add constraint other unique (c) deferrable",
  "nulls not distinct": "alter table t add constraint other unique nulls not distinct (c)",
  none: "",
};
/** What the parents hold: `v` references them. */
const PARENTS = [1, 2, 3];

/** What finds the row, null when nothing does. */
function keyOf({ key }: Shape, { id, v }: Row): string | null {
  if (key === "none" || (key === "partial" && v === 3)) return null;
  return id === null && key !== "nulls not distinct" ? null : `${id}`;
}

function otherOf({ other }: Shape, { c }: Row): string | null {
  return other === "none" || (c === null && other !== "nulls not distinct") ? null : `${c}`;
}

function image({ id, c, v }: Row): string {
  return `(${id ?? ""},${c ?? ""},${v})`;
}

/** Only rows that can stand beside each other. */
function valid(shape: Shape, rows: readonly Row[]): readonly Row[] {
  const keys = new Set<string>();
  const others = new Set<string>();
  return rows.filter((row) => {
    const [key, other] = [keyOf(shape, row), otherOf(shape, row)];
    if ((key !== null && keys.has(key)) || (other !== null && others.has(other)) || !PARENTS.includes(row.v) || (shape.key === "primary" && row.id === null)) return false;
    if (key !== null) keys.add(key);
    if (other !== null) others.add(other);
    return true;
  });
}

interface Wish {
  readonly row: Row;
  /** The row of the target that it updates. */
  readonly own: number | null;
}

/** The rules, one row after the other. The state is what the table holds. */
function model(shape: Shape, target: readonly Row[], archive: readonly Row[]): { counts: MergeCounts; orphans: number; contents: readonly string[] } {
  const state: Row[] = [...target];
  const counts = { archived: archive.length, inserted: 0, updated: 0, identical: 0, kept: 0, rejected: 0 };
  const seen = new Set<string>();
  const copies = new Map<string, number>();
  for (const row of target) if (keyOf(shape, row) === null) copies.set(image(row), (copies.get(image(row)) ?? 0) + 1);
  let pending: Wish[] = [];
  let orphans = 0;
  for (const row of archive) {
    const key = keyOf(shape, row);
    const left = copies.get(image(row)) ?? 0;
    const own = key === null ? -1 : target.findIndex((one) => keyOf(shape, one) === key);
    if (key !== null && seen.has(key)) counts.rejected++;
    else if (key === null && left > 0) {
      copies.set(image(row), left - 1);
      counts.identical++;
    } else if (own >= 0 && image(target[own]!) === image(row)) counts.identical++;
    else if (own >= 0 && shape.policy === "skip") counts.kept++;
    else if (!PARENTS.includes(row.v)) {
      counts.rejected++;
      orphans++;
    } else pending.push({ row, own: own < 0 ? null : own });
    if (key !== null) seen.add(key);
  }
  const go = (wish: Wish) => {
    if (wish.own === null) state.push(wish.row);
    else state[wish.own] = wish.row;
    counts[wish.own === null ? "inserted" : "updated"]++;
    pending = pending.filter((one) => one !== wish);
  };
  const refuse = (wish: Wish) => {
    counts.rejected++;
    pending = pending.filter((one) => one !== wish);
  };
  const wants = (wish: Wish) => otherOf(shape, wish.row);
  const isFirst = (wish: Wish) => wants(wish) === null || pending.find((one) => wants(one) === wants(wish)) === wish;
  const blocker = (wish: Wish) => state.findIndex((row, at) => at !== wish.own && wants(wish) !== null && otherOf(shape, row) === wants(wish));
  const mover = (wish: Wish) => pending.find((one) => one.own === blocker(wish) && wants(one) !== wants(wish));
  while (pending.length > 0) {
    const lost = pending.find((wish) => blocker(wish) >= 0 && mover(wish) === undefined);
    const free = pending.find((wish) => blocker(wish) < 0 && isFirst(wish));
    if (lost !== undefined) refuse(lost);
    else if (free !== undefined) go(free);
    else {
      let ring = shape.other === "deferrable" ? pending.filter(isFirst) : [];
      for (let size = -1; size !== ring.length; ) {
        size = ring.length;
        ring = ring.filter((wish) => blocker(wish) < 0 || ring.includes(mover(wish)!));
      }
      if (ring.length > 0) for (const wish of ring) go(wish);
      else refuse(pending.find((wish) => mover(wish) !== undefined) ?? pending[0]!);
    }
  }
  return { counts, orphans, contents: state.map(image).sort() };
}

let database: TestDatabase;
let session: Session;
beforeAll(async () => {
  database = await createDatabase();
  session = await restoreSession(database.url);
});
afterAll(async () => {
  await session?.close();
  await database?.[Symbol.asyncDispose]();
});

function values(rows: readonly Row[]): string {
  const list = rows.map(({ id, c, v }) => `(${id ?? "null"}::int, ${c ?? "null"}::int, ${v})`).join(", ");
  return list === "" ? "SELECT null::int, null::int, 0 WHERE false" : `VALUES ${list}`;
}

async function contents(): Promise<readonly string[]> {
  return (await database.query<{ row: string }>("select t::text as row from t")).map(({ row }) => row).sort();
}

/** The plan and then the run, each in a transaction of its own. */
async function planned(name: string, merging: Parameters<typeof loadOf>[1], examples = 0): Promise<StagedCounts> {
  const load = loadOf(await readTable(session, name), merging);
  await session.execute("BEGIN");
  const plan = await countStaged(session, load, await stage(session, load, merging.rows), examples);
  await session.execute("ROLLBACK");
  return plan;
}

function sum(map: ReadonlyMap<string, number>): number {
  return [...map.values()].reduce((total, count) => total + count, 0);
}

const small = (max: number) => fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max }) }, { weight: 1, arbitrary: fc.constant(null) });
const row: fc.Arbitrary<Row> = fc.record({ id: small(6), c: small(6), v: fc.integer({ min: 1, max: 4 }) });
const shape: fc.Arbitrary<Shape> = fc.record({
  key: fc.constantFrom("primary", "nullable", "nulls not distinct", "partial", "none"),
  other: fc.constantFrom("unique", "unique", "deferrable", "nulls not distinct", "none"),
  policy: fc.constantFrom("skip", "update", "update"),
});

describe("the plan, the run and the model count alike", () => {
  it(
    "for random tables, keys and archives, and a second run changes nothing",
    async () => {
      await fc.assert(
        fc.asyncProperty(shape, fc.array(row, { maxLength: 8 }), fc.array(row, { maxLength: 10 }), async (shape, some, more) => {
          const target = valid(shape, some);
          const archive = more.filter(({ id }) => shape.key !== "primary" || id !== null);
          await database.query(`
            drop table if exists t, parent; create table parent (v int primary key); insert into parent values ${PARENTS.map((v) => `(${v})`).join(", ")};
            create table t (id int, c int, v int constraint up references parent); insert into t ${values(target)};
            ${KEY_DDL[shape.key]}; ${OTHER_DDL[shape.other]}`);
          const merging = { policy: shape.policy, key: shape.key === "none" ? null : "t_key", rows: values(archive) };
          const expected = model(shape, target, archive);
          const plan = await planned("t", merging);
          expect({ new: plan.new, identical: plan.identical, differing: plan.differing, refused: sum(plan.conflicting), orphans: plan.orphans }).toStrictEqual({
            new: expected.counts.inserted,
            identical: expected.counts.identical,
            differing: expected.counts.updated + expected.counts.kept,
            refused: expected.counts.rejected - expected.orphans,
            orphans: expected.orphans,
          });
          expect(await contents()).toStrictEqual(target.map(image).sort());
          expect(await merge(session, "t", merging)).toStrictEqual(expected.counts);
          expect(await contents()).toStrictEqual(expected.contents);
          expect(await merge(session, "t", merging)).toMatchObject({ inserted: 0, updated: 0 });
        }),
        { numRuns: 30 },
      );
    },
    60_000,
  );
});

const several = fc.record({
  deferrable: fc.constantFrom("", "deferrable", "deferrable initially deferred"),
  policy: fc.constantFrom("skip" as const, "update" as const, "update" as const),
});
const crowded = fc.tuple(fc.integer({ min: 1, max: 6 }), small(6), small(6), small(20));

describe("several constraints at once", () => {
  it(
    "leave no surprise to the run, and nothing to a second one",
    async () => {
      await fc.assert(
        fc.asyncProperty(several, fc.array(crowded, { maxLength: 8 }), fc.array(crowded, { maxLength: 8 }), async ({ deferrable, policy }, some, more) => {
          const list = (rows: readonly (readonly (number | null)[])[]) => rows.map((row) => `(${row.map((value) => `${value ?? "null"}::int`).join(", ")})`);
          await database.query(`
            drop table if exists t; create table t (id int primary key, a int unique, b int, r int, constraint b unique (b) ${deferrable},
              constraint r exclude using gist (int4range(r, r + 3) with &&) where (r is not null))`);
          // Those that the server takes.
          for (const one of list(some)) await database.query(`insert into t values ${one}`).catch(() => {});
          const merging = { policy, rows: more.length === 0 ? "SELECT 1, 1, 1, 1 WHERE false" : `VALUES ${list(more).join(", ")}` };
          const plan = await planned("t", merging);
          const run = await merge(session, "t", merging);
          expect({ inserted: run.inserted, identical: run.identical, differing: run.updated + run.kept, rejected: run.rejected }).toStrictEqual({
            inserted: plan.new,
            identical: plan.identical,
            differing: plan.differing,
            rejected: sum(plan.conflicting),
          });
          expect(await merge(session, "t", merging)).toMatchObject({ inserted: 0, updated: 0 });
        }),
        { numRuns: 30 },
      );
    },
    60_000,
  );
});

describe("the plan shows", () => {
  it("the first rows of each class with their keys, and names what refuses them", async () => {
    await database.query(`
      drop table if exists t, parent; create table parent (v int primary key); insert into parent values (1);
      create table t ("Id" int primary key, c text unique, v int references parent); insert into t values (1, 'a', 1), (2, 'b', 1)`);
    const plan = await planned("t", { policy: "update", rows: "VALUES (1, 'a', 1), (2, 'x', 1), (3, 'a', 1), (4, 'd', 7), (5, 'e', null), (6, 'f', 1), (3, 'g', 1)" }, 1);
    expect(plan).toStrictEqual({
      archived: 7,
      new: 2,
      identical: 1,
      differing: 1,
      conflicting: new Map([
        ["t_c_key", 1],
        ["t_pkey", 1],
      ]),
      orphans: 1,
      examples: { new: [{ key: '{"Id":5}' }], differing: [{ key: '{"Id":2}' }], conflicting: [{ key: '{"Id":3}' }], orphans: [{ key: '{"Id":4}' }] },
    });
  });

  it("whole rows where there is no key", async () => {
    await database.query("drop table if exists t; create table t (a int, b json); insert into t values (1, '{}')");
    const plan = await planned("t", { policy: "skip", rows: `VALUES (1, '{}'::json), (1, '{}'), (2, '{ }')` }, 9);
    expect({ new: plan.new, identical: plan.identical, examples: plan.examples.new }).toStrictEqual({
      new: 2,
      identical: 1,
      examples: [
        { key: null, row: '{"a":1,"b":{}}' },
        { key: null, row: '{"a":2,"b":{ }}' },
      ],
    });
  });

  it("parents that the same restore brings as parents", async () => {
    await database.query(`
      drop table if exists t, parent; create table parent (v int primary key, w int unique); insert into parent values (1, 10);
      create table t (id int primary key, w int references parent (w))`);
    const parent = loadOf(await readTable(session, "parent"), { policy: "update", rows: "", load: 7 });
    const child = loadOf(await readTable(session, "t"), { policy: "skip", rows: "", load: 8 });
    await session.execute("BEGIN");
    const parents = await stage(session, parent, "VALUES (2, 20), (3, 10), (1, 11)");
    expect(await countStaged(session, parent, parents, 0)).toMatchObject({ new: 2, differing: 1 });
    const table = await keepKeys(session, parent, parents, ["w"]);
    await session.execute("COMMIT; BEGIN");
    const children = await stage(session, child, "VALUES (1, 10), (2, 20), (3, 30), (4, 11)");
    const toCome = new Map([[parent.table.oid, { table, columns: ["w"] }]]);
    expect(await countStaged(session, child, children, 0, toCome)).toMatchObject({ new: 3, orphans: 1 });
    await session.execute("ROLLBACK");
  });

  it("partitions that are missing, and rows that still find one", async () => {
    await database.query(`
      drop table if exists t; create table t (id int primary key, "when" date not null default now()) partition by range (id);
      create table t_low partition of t for values from (0) to (10) partition by hash (id);
      create table t_low_even partition of t_low for values with (modulus 2, remainder 0);
      create table t_high partition of t for values from (10) to (20);
      insert into t select g, '2020-01-01' from generate_series(10, 14) g`);
    const rows = "select g, date '2020-01-02' from generate_series(0, 24) g";
    const [count] = await database.query<{ placed: number }>("select count(*)::int + 10 as placed from generate_series(0, 9) g where satisfies_hash_partition('t_low'::regclass, 2, 0, g)");
    const placed = (count?.placed ?? 0) - 5;
    const plan = await planned("t", { policy: "update", rows });
    expect({ new: plan.new, differing: plan.differing, conflicting: plan.conflicting }).toStrictEqual({ new: placed, differing: 5, conflicting: new Map([["no partition", 20 - placed]]) });
    expect(await merge(session, "t", { policy: "update", rows })).toMatchObject({ inserted: placed, updated: 5, rejected: 20 - placed });
  });
});

describe.each(["13", "18"].filter((major) => testServers()[major] !== undefined))("on PostgreSQL %s", (major) => {
  it("the run ends as it was planned", async () => {
    await using server = await createDatabase(
      `create table parent (v int primary key); insert into parent values (1), (2);
       create table t (id int primary key, c text unique, v int references parent, w int generated always as (v * 2) stored);
       insert into t select g, 'c' || g, 1 from generate_series(1, 50) g`,
      { major },
    );
    await using there = await restoreSession(server.url);
    const rows = "select g, case when g % 10 = 9 then 'c1' else 'c' || g end, case when g % 10 = 8 then 9 else 1 + g % 2 end from generate_series(26, 75) g";
    const load = loadOf(await readTable(there, "t"), { policy: "update", rows });
    await there.execute("BEGIN");
    await noteLoaded(there);
    const staging = await stage(there, load, rows);
    const plan = await countStaged(there, load, staging, 0);
    const run = await mergeStaged(there, load, staging, 1);
    await there.execute("COMMIT");
    expect({ new: plan.new, differing: plan.differing, identical: plan.identical, orphans: plan.orphans, conflicting: plan.conflicting }).toStrictEqual({
      new: 21,
      differing: 9,
      identical: 10,
      orphans: 5,
      conflicting: new Map([["t_c_key", 5]]),
    });
    expect(run).toStrictEqual({ archived: 50, inserted: 21, updated: 9, identical: 10, kept: 0, rejected: 10 });
  });
});
