/** The conflict matrix: policy × kind of constraint × kind of key, with the counts that a person gets by hand. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MergeCounts, Staging } from "../../src/restore/loaders/merge-load.ts";
import { mergeStaged } from "../../src/restore/loaders/merge.ts";
import { openStaging } from "../../src/restore/loaders/staging.ts";
import type { Session } from "../../src/session/session.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { loadOf, merge, readTable, restoreSession, stage } from "./staged.ts";

let database: TestDatabase;
let session: Session;
beforeAll(async () => {
  database = await createDatabase("create extension if not exists btree_gist; create extension if not exists citext");
  session = await restoreSession(database.url);
});
afterAll(async () => {
  await session?.close();
  await database?.[Symbol.asyncDispose]();
});

interface KeyKind {
  readonly name: string;
  readonly columns: string;
  readonly constraint: string;
  /** The key of row `n`, as values. */
  readonly values: (n: number) => string;
  readonly key: "t_key" | null;
}

const KEYS: readonly KeyKind[] = [
  { name: "int primary key", columns: "id int", constraint: "constraint t_key primary key (id)", values: (n) => `${n}`, key: "t_key" },
  { name: "composite primary key", columns: "a int, b text", constraint: "constraint t_key primary key (a, b)", values: (n) => `${n % 3}, '${n}'`, key: "t_key" },
  { name: "uuid", columns: "id uuid", constraint: "constraint t_key primary key (id)", values: (n) => `'00000000-0000-0000-0000-0000000000${n + 10}'::uuid`, key: "t_key" },
  { name: "text", columns: `"select" text`, constraint: `constraint t_key primary key ("select")`, values: (n) => `'Ä''\\ ${n}'`, key: "t_key" },
  { name: "deferrable primary key", columns: "id int", constraint: "constraint t_key primary key (id) deferrable initially deferred", values: (n) => `${n}`, key: "t_key" },
  { name: "unique only", columns: "id int not null", constraint: "constraint t_key unique (id)", values: (n) => `${n}`, key: "t_key" },
  { name: "nullable unique only", columns: "id int", constraint: "constraint t_key unique (id)", values: (n) => (n > 8 ? "null::int" : `${n}`), key: "t_key" },
  { name: "no key", columns: "id int", constraint: "check (id is not null)", values: (n) => `${n}`, key: null },
];

interface ConstraintKind {
  readonly name: string;
  readonly ddl: string;
  /** inserted, updated, identical, kept, rejected */
  readonly figures: Readonly<Record<"skip" | "update" | "none", readonly [number, number, number, number, number]>>;
}

const TWICE = { skip: [3, 0, 1, 3, 3], update: [4, 2, 1, 0, 3], none: [4, 0, 1, 0, 5] } as const;
const TWICE_NULL = { skip: [2, 0, 1, 3, 4], update: [3, 2, 1, 0, 4], none: [3, 0, 1, 0, 6] } as const;
const REFUSED = { skip: [4, 0, 1, 3, 2], update: [4, 3, 1, 0, 2], none: [7, 0, 1, 0, 2] } as const;

const CONSTRAINTS: readonly ConstraintKind[] = [
  { name: "second unique", ddl: "alter table t add constraint other unique (c)", figures: TWICE },
  { name: "unique, nulls not distinct", ddl: "alter table t add constraint other unique nulls not distinct (c)", figures: TWICE_NULL },
  { name: "deferrable unique", ddl: "alter table t add constraint other unique (c) deferrable initially deferred", figures: TWICE },
  { name: "partial unique", ddl: "create unique index other on t (c) where v <> 'nobody'", figures: TWICE },
  { name: "expression unique", ddl: "create unique index other on t (abs(c), lower(coalesce(w, 'X')))", figures: TWICE },
  { name: "exclusion", ddl: "alter table t add constraint other exclude using gist (int4range(c, c + 5) with &&, (1) with =) where (c is not null)", figures: TWICE },
  { name: "check", ddl: "alter table t add constraint other check (c <> 50)", figures: REFUSED },
  { name: "not null", ddl: "alter table t alter c set not null", figures: REFUSED },
  { name: "foreign key", ddl: "alter table t add constraint other foreign key (c) references parent (c)", figures: REFUSED },
  { name: "deferrable foreign key", ddl: "alter table t add constraint other foreign key (c) references parent (c) deferrable initially deferred", figures: REFUSED },
  { name: "trigger that raises", ddl: "create trigger other before insert or update on t for each row execute function refuse()", figures: REFUSED },
];

/** n, c, v: identical · another v · moves away from 30 · moves to 1's · new · meets 2's · meets 5's · wants what 3 leaves · null · null */
const ARCHIVE: readonly (readonly [number, string, string])[] = [
  [1, "10", "a"],
  [2, "20", "b"],
  [3, "35", "a"],
  [4, "10", "a"],
  [5, "50", "a"],
  [6, "20", "a"],
  [7, "50", "a"],
  [8, "30", "a"],
  [9, "null::int", "a"],
  [10, "null::int", "b"],
];
const TARGET: readonly (readonly [number, string, string])[] = [
  [1, "10", "a"],
  [2, "20", "a"],
  [3, "30", "a"],
  [4, "40", "a"],
];

const cells = KEYS.flatMap((key) => CONSTRAINTS.flatMap((constraint) => (["skip", "update"] as const).map((policy) => ({ key, constraint, policy, title: `${key.name} × ${constraint.name} × ${policy}` }))));

function valuesOf(key: KeyKind, rows: readonly (readonly [number, string, string])[]): string {
  return `VALUES ${rows.map(([n, c, v]) => `(${key.values(n)}, ${c}, '${v}', null::text)`).join(", ")}`;
}

async function contents(table = "t"): Promise<readonly string[]> {
  const rows = await database.query<{ row: string }>(`select t::text as row from ${table} t order by 1`);
  return rows.map(({ row }) => row);
}

function counts([inserted, updated, identical, kept, rejected]: readonly [number, number, number, number, number]): MergeCounts {
  return { archived: inserted + updated + identical + kept + rejected, inserted, updated, identical, kept, rejected };
}

describe("each row is counted once, whatever finds it and whatever refuses it", () => {
  it.each(cells)("$title", async ({ key, constraint, policy }) => {
    await database.query(`
      drop table if exists t, parent;
      create or replace function refuse() returns trigger language plpgsql as $$ begin if new.c = 50 then raise 'not %', new.c; end if; return new; end $$;
      create table parent (c int primary key); insert into parent values (10), (20), (30), (35), (40);
      create table t (${key.columns}, c int, v text, w text, ${key.constraint});
      insert into t ${valuesOf(key, TARGET)};
      ${constraint.ddl};
      truncate pgark.rejects, pgark.loaded`);
    const rows = valuesOf(key, ARCHIVE);
    const expected = counts(constraint.figures[key.key === null ? "none" : policy]);
    expect(await merge(session, "t", { policy, key: key.key, rows })).toStrictEqual(expected);

    const [told] = await database.query<{ rejects: number; strangers: number }>(`
      select (select count(*)::int from pgark.rejects) as rejects,
             (select count(*)::int from t where xmin::text::bigint in (select xid from pgark.loaded)) as strangers`);
    expect(told).toStrictEqual({ rejects: expected.rejected, strangers: expected.inserted + expected.updated });

    const after = await contents();
    const again = await merge(session, "t", { policy, key: key.key, rows });
    expect({ ...again, after: await contents() }).toMatchObject({ archived: 10, inserted: 0, updated: 0, after });
    expect(again.identical + again.kept + again.rejected).toBe(10);
  });
});

/** Merges twice: the second time nothing must be left to do. */
async function mergeTwice(name: string, merging: Parameters<typeof merge>[2]): Promise<MergeCounts> {
  const first = await merge(session, name, merging);
  const after = await contents(`public."${name}"`);
  expect(await merge(session, name, merging)).toMatchObject({ archived: first.archived, inserted: 0, updated: 0 });
  expect(await contents(`public."${name}"`)).toStrictEqual(after);
  return first;
}

async function make(sql: string): Promise<void> {
  await database.query(`drop table if exists t, parent, child, "order" cascade; truncate pgark.rejects, pgark.loaded, pgark.before; ${sql}`);
}

describe("rows that no key finds", () => {
  it("merge as a multiset: as many as the archive has, and no more", async () => {
    await make("create table t (a int, b text); insert into t values (1, 'x'), (1, 'x'), (2, null), (3, 'only here')");
    expect(await mergeTwice("t", { policy: "update", rows: "VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, null), (2, null), (4, '')" })).toStrictEqual(counts([3, 0, 3, 0, 0]));
    expect(await contents()).toStrictEqual(["(1,x)", "(1,x)", "(1,x)", "(2,)", "(2,)", '(3,"only here")', '(4,"")']);
  });

  it("are told apart from keyed ones by NULL in a key part", async () => {
    await make("create table t (a int, b int, v text, unique (a, b)); insert into t values (1, 1, 'x'), (1, null, 'x'), (null, null, 'x')");
    const rows = "VALUES (1, 1, 'y'), (1, null, 'x'), (1, null, 'x'), (null, null, 'y'), (null, 2, 'x'), (2, 2, 'x')";
    expect(await mergeTwice("t", { policy: "update", rows })).toStrictEqual(counts([4, 1, 1, 0, 0]));
  });

  it("may have no columns at all", async () => {
    await make("create table t (); insert into t default values; insert into t default values");
    expect(await mergeTwice("t", { policy: "skip", rows: "SELECT FROM pg_catalog.generate_series(1, 5)" })).toStrictEqual(counts([3, 0, 2, 0, 0]));
  });
});

describe("updates that wait for each other", () => {
  it("shift a whole numbering by one, against the order of the rows", async () => {
    await make("create table t (id int primary key, pos int not null unique); insert into t select g, g from generate_series(1, 30) g");
    expect(await mergeTwice("t", { policy: "update", rows: "select g, g + 1 from generate_series(1, 30) g" })).toStrictEqual(counts([0, 30, 0, 0, 0]));
  });

  it("swap values where the constraint waits for the end, and are rejected where it does not", async () => {
    const rows = "VALUES (1, 20), (2, 10), (3, 31)";
    for (const [deferrable, expected] of [["deferrable", counts([0, 3, 0, 0, 0])], ["", counts([0, 1, 0, 0, 2])]] as const) {
      await make(`create table t (id int primary key, u int unique ${deferrable}); insert into t values (1, 10), (2, 20), (3, 30)`);
      expect(await mergeTwice("t", { policy: "update", rows })).toStrictEqual(expected);
    }
  });

  it("give way to what a rejected one keeps", async () => {
    await make("create table t (id int primary key, u int unique, w int unique); insert into t values (1, 10, 1), (2, 20, 2), (9, 90, 9)");
    // 1 would leave 10 to 3, but wants the w of 9, who stays.
    expect(await mergeTwice("t", { policy: "update", rows: "VALUES (1, 11, 9), (2, 20, 3), (3, 10, 33), (4, 40, 2)" })).toStrictEqual(counts([1, 1, 0, 0, 2]));
    expect(await database.query(`select distinct constraint_name as name, message, key::jsonb as key from pgark.rejects order by 3`)).toStrictEqual([
      { name: "t_w_key", message: 'duplicate key value violates unique constraint "t_w_key": Key (w)=(9) already exists.', key: { id: 1 } },
      { name: "t_u_key", message: 'duplicate key value violates unique constraint "t_u_key": Key (u)=(10) already exists.', key: { id: 3 } },
    ]);
  });
});

describe("what a table can be", () => {
  it("identity that is always generated, a stored column in a unique key, names that are keywords", async () => {
    await make(`create table "order" ("select" int generated always as identity primary key, "T" text, up text generated always as (upper("T")) stored, "user" int generated always as identity, unique (up));
      insert into "order" ("T") values ('a'), ('b')`);
    const rows = "VALUES (1, 'A', 70), (2, 'c', 71), (3, 'B', 72), (4, 'c', 73)";
    expect(await mergeTwice("order", { policy: "update", rows })).toStrictEqual(counts([1, 2, 0, 0, 1]));
    expect(await contents('"order"')).toStrictEqual(["(1,A,A,1)", "(2,c,C,2)", "(3,B,B,72)"]);
  });

  it("types that have no equality are compared as they are stored", async () => {
    await make(`create table t (id int primary key, j json, p point, x xml, n numeric, f float8); insert into t values (1, '{"a": 1}', '(1,2)', '<a/>', 1.0, 'NaN'), (2, '{}', null, null, 2, 0)`);
    const rows = `VALUES (1, '{"a": 1}'::json, '(1,2)'::point, '<a/>'::xml, 1.0, 'NaN'::float8), (2, '{}', null, null, 2.0, '-0'), (3, null, null, null, null, null)`;
    expect(await mergeTwice("t", { policy: "update", rows })).toStrictEqual(counts([1, 1, 1, 0, 0]));
  });

  it("keys whose equality is not the bytes': citext and a collation that ignores case", async () => {
    await make(`create collation if not exists nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table t (id citext primary key, mail text collate nocase unique); insert into t values ('Ann', 'A@x'), ('Bob', 'B@x')`);
    const rows = "VALUES ('ANN'::public.citext, 'a@X'), ('bob', 'B@x'), ('Carl', 'b@X'), ('carl', 'c@x'), ('Dora', 'd@x'), ('Dot', 'D@X')";
    expect(await mergeTwice("t", { policy: "update", rows })).toStrictEqual(counts([1, 2, 0, 0, 3]));
    expect(await contents()).toStrictEqual(["(ANN,a@X)", "(Dora,d@x)", "(bob,B@x)"]);
  });

  it("a parent by inheritance, whose children's rows are not its own", async () => {
    await make("create table t (id int primary key, v text); create table child () inherits (t); insert into t values (1, 'a'); insert into child values (1, 'c'), (2, 'c')");
    expect(await mergeTwice("t", { policy: "update", rows: "VALUES (1, 'b'), (2, 'b')" })).toStrictEqual(counts([1, 1, 0, 0, 0]));
    expect(await contents("child")).toStrictEqual(["(1,c)", "(2,c)"]);
  });

  it("partitions between which an update moves rows", async () => {
    await make(`create table t (id int, region text, v int, primary key (id, region), unique (v, region)) partition by list (region);
      create table t_a partition of t for values in ('a'); create table t_b partition of t for values in ('b');
      insert into t values (1, 'a', 1), (2, 'b', 2), (3, 'b', 3)`);
    const rows = "VALUES (1, 'a', 10), (2, 'b', 2), (3, 'b', 2), (4, 'a', 1), (5, 'b', 3), (6, 'c', 6)";
    expect(await mergeTwice("t", { policy: "update", rows })).toStrictEqual(counts([1, 1, 1, 0, 3]));
  });

  it("columns that are not mapped keep what they have, and new rows take their defaults", async () => {
    await make("create table parent (id int primary key); create table t (id int primary key, v text, p int default 7 references parent, s int default 5 unique); insert into parent values (1); insert into t values (1, 'a', 1, 1), (2, 'a', 1, 2)");
    // New rows would reference a parent that is not there.
    expect(await mergeTwice("t", { policy: "update", columns: ["id", "v"], rows: "VALUES (1, 'b'), (2, 'b'), (3, 'c')" })).toStrictEqual(counts([0, 2, 0, 0, 1]));
    expect(await contents()).toStrictEqual(["(1,b,1,1)", "(2,b,1,2)"]);
  });
});

describe("what is left behind", () => {
  it("old rows whose remembered columns change", async () => {
    await make("create table t (id int primary key, up int, v text); insert into t values (1, 1, 'a'), (2, 1, 'b''(,)'), (3, 3, 'c')");
    expect(await merge(session, "t", { policy: "update", remember: ["up"], load: 4, rows: "VALUES (1, 1, 'x'), (2, 3, 'x'), (3, null, 'x'), (4, 4, 'x')" })).toStrictEqual(counts([1, 3, 0, 0, 0]));
    expect(await database.query("select load, literal from pgark.before order by literal")).toStrictEqual([
      { load: 4, literal: `(2,1,"b'(,)")` },
      { load: 4, literal: "(3,3,c)" },
    ]);
  });

  it("nothing that would stand in the way of the next chunk of the same transaction", async () => {
    await make("create table t (id int primary key, v text check (v <> 'no') unique)");
    await session.execute("BEGIN");
    const load = loadOf(await readTable(session, "t"), { policy: "skip", rows: "" });
    const first = await mergeStaged(session, load, await stage(session, load, "VALUES (1, 'a'), (2, 'no'), (3, 'a')"), 1);
    await session.execute("DROP TABLE pg_temp.pgark_rows_1");
    const second = await mergeStaged(session, load, await stage(session, load, "VALUES (3, 'a'), (4, 'b')"), 2);
    await session.execute("COMMIT");
    expect([first, second]).toStrictEqual([counts([1, 0, 0, 0, 2]), counts([1, 0, 0, 0, 1])]);
    expect(await database.query("select chunk, constraint_name as name from pgark.rejects order by chunk, name")).toStrictEqual([
      { chunk: 1, name: "t_v_check" },
      { chunk: 1, name: "t_v_key" },
      { chunk: 2, name: "t_v_key" },
    ]);
  });

  it("an error that is no row's is thrown on", async () => {
    await make("create table t (id int primary key, v text); create or replace function refuse() returns trigger language plpgsql as $$ begin raise insufficient_privilege; end $$; create trigger no before insert on t for each row execute function refuse()");
    await expect(merge(session, "t", { policy: "skip", rows: "VALUES (1, 'a')" })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });

  it("a trigger that drops rows in silence is found out", async () => {
    await make("create table t (id int primary key, v text); create or replace function refuse() returns trigger language plpgsql as $$ begin return null; end $$; create trigger no before insert on t for each row execute function refuse()");
    await expect(merge(session, "t", { policy: "skip", rows: "VALUES (1, 'a')" })).rejects.toMatchObject({ code: "UNBALANCED" });
  });
});

describe("with the real staging", () => {
  it("rows that were rejected come in when their place is free, and are counted as no rejects any more", async () => {
    await make(`create table parent (id int primary key); insert into parent values (1);
      create table t (id int primary key, u text unique, p int references parent, n int check (n > 0)); insert into t values (1, 'a', 1, 1)`);
    const load = loadOf(await readTable(session, "t"), { policy: "skip", rows: "" });
    const bring = async (fill: (staging: Staging) => Promise<unknown>) => {
      await session.execute("BEGIN");
      const staging = await openStaging(session, load, 1);
      await fill(staging);
      const result = await mergeStaged(session, load, staging, 1);
      await session.execute("COMMIT");
      return result;
    };
    const first = await bring((staging) => staging.addSelect("VALUES (1, 'a', 1, 1), (2, 'a', 1, 2), (3, 'b', 3, 3), (4, 'c', null, 0), (5, 'it''s (5,\"x\")', 1, 5)"));
    expect(first).toStrictEqual(counts([1, 0, 1, 0, 3]));
    await database.query("insert into parent values (3); update t set u = 'z' where id = 1");
    expect(await bring((staging) => staging.addRejects())).toStrictEqual(counts([2, 0, 0, 0, 1]));
    expect(await contents()).toStrictEqual(["(1,z,1,1)", "(2,a,1,2)", "(3,b,3,3)", '(5,"it\'s (5,""x"")",1,5)']);
    expect(await database.query(`select constraint_name as name, key, "row" from pgark.rejects`)).toStrictEqual([{ name: "t_n_check", key: { id: 4 }, row: { id: 4, u: "c", p: null, n: 0 } }]);
  });
});
