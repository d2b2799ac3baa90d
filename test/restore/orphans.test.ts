/** Foreign keys that are set aside and come back, as a role that owns the tables and no more; and what has to go before they can. */
import { describe, expect, it } from "vitest";
import type { ColumnMap } from "../../src/restore/column-map.ts";
import type { ForeignKeyOf } from "../../src/restore/foreign-keys.ts";
import { createJournal, dropJournal, noteLoaded, readJournal } from "../../src/restore/journal.ts";
import type { MergeLoad } from "../../src/restore/loaders/merge-load.ts";
import { sweepOrphans } from "../../src/restore/orphans.ts";
import { putBackTasks, putEverythingBack } from "../../src/restore/put-back.ts";
import { runTasks } from "../../src/restore/schedule.ts";
import { setAside } from "../../src/restore/set-aside.ts";
import { readTargetTables, type TargetTable } from "../../src/restore/target-table.ts";
import { inTransaction } from "../../src/restore/transaction.ts";
import type { Session } from "../../src/session/session.ts";
import { createDatabase, type TestDatabase, testServers } from "../helpers/database.ts";
import { as, createRole, giveDatabase, type TestRole } from "../helpers/role.ts";
import { targetSession } from "./target-session.ts";

const MAJORS = ["13", "15", "17", "18"].filter((major) => testServers()[major] !== undefined);

/** A loop of two and one of three tables, references to the own table, composite and partitioned ones, on either side, not valid ones. */
const SCHEMA = `
  create schema app;
  create table app.a (id int primary key, b int, code text unique);
  create table app.b (id int primary key, a int not null constraint "b on a" references app.a on update cascade);
  alter table app.a add constraint a_b foreign key (b) references app.b deferrable initially deferred;
  comment on constraint "b on a" on app.b is 'it''s "said"';
  create table app.x (id int primary key, next int);
  create table app.y (id int primary key, next int references app.x);
  create table app.z (id int primary key, next int references app.y on delete cascade);
  alter table app.x add foreign key (next) references app.z;
  create table app.node (id int primary key, parent int references app.node on delete set null, label text);
  create table app.pair (one int, two text, primary key (one, two));
  create table app.of_pair (id int primary key, one int, two text, constraint simple foreign key (one, two) references app.pair, constraint whole foreign key (one, two) references app.pair match full);
  create table app.tree (id int primary key, at int) partition by range (id);
  create table app.tree_1 partition of app.tree for values from (0) to (100);
  create table app.tree_2 partition of app.tree for values from (100) to (200);
  create table app.leaf (id int primary key, tree int references app.tree);
  create table app.branch (id int, tree int, a int references app.a, primary key (id)) partition by range (id);
  create table app.branch_1 partition of app.branch for values from (0) to (100);
  alter table app.branch add foreign key (tree) references app.tree;
  alter table app.branch_1 add constraint own foreign key (tree) references app.tree_1;
  create table app.old (id int primary key, a int);
  alter table app.old add constraint unchecked foreign key (a) references app.a not valid;
  comment on constraint unchecked on app.old is 'never checked';`;

const ENFORCED = `create table app.told (id int primary key, a int, constraint told foreign key (a) references app.a not enforced);`;

/** Parts of keys that are called otherwise than the key, or have something of their own. */
const PARTS = `
  create table app.branch_2 partition of app.branch for values from (100) to (200) partition by range (id);
  create table app.branch_21 partition of app.branch_2 for values from (100) to (200);
  alter table app.branch_1 rename constraint branch_a_fkey to "it's ""own""";
  comment on constraint "it's ""own""" on app.branch_1 is 'it''s a part \\';
  comment on constraint branch_a_fkey on app.branch_21 is 'deep';
  alter table app.branch_21 rename constraint branch_tree_fkey to deep;`;
const VALIDATED_PART = `
  create table app.late (id int, a int) partition by range (id);
  create table app.late_1 partition of app.late for values from (0) to (100);
  create table app.late_2 partition of app.late for values from (100) to (200);
  alter table app.late add constraint late foreign key (a) references app.a not valid;
  alter table app.late_1 rename constraint late to late_1;
  alter table app.late_1 validate constraint late_1;`;

/** Everything that must be as it was. */
const KEYS = `
  select k.conrelid::regclass::text as table, k.conname::text as name, k.confrelid::regclass::text as parent, pg_get_constraintdef(k.oid) as definition, k.convalidated as validated, obj_description(k.oid, 'pg_constraint') as comment
  from pg_constraint k where k.contype = 'f' order by 1, 2, 3`;

async function ownedDatabase(owner: TestRole, major: string, more = ""): Promise<TestDatabase> {
  const database = await createDatabase("", { major });
  await giveDatabase(database.url, owner);
  await database.query(`set role ${owner.name}; ${SCHEMA} ${Number(major) >= 18 ? ENFORCED : ""} ${more}; reset role`);
  return database;
}

async function oidsOf(session: Session): Promise<ReadonlyMap<string, number>> {
  const rows = await session.query<{ oid: number; name: string }>("select oid, relname::text as name from pg_catalog.pg_class where relnamespace = 'app'::pg_catalog.regnamespace and relkind in ('r', 'p')");
  return new Map(rows.map(({ oid, name }) => [name, oid]));
}

/** All tables that rows go into: partitions, not what they are parts of. */
async function leaves(session: Session): Promise<readonly number[]> {
  return [...(await oidsOf(session))].filter(([name]) => name !== "tree" && name !== "branch").map(([, oid]) => oid);
}

/** Statements that fail the nth one that changes something, and everything after it: a crash. */
function crashing(session: Session, nth: number): Session {
  let seen = 0;
  const die = () => {
    throw new Error("crashed");
  };
  return {
    ...session,
    serverVersion: session.serverVersion,
    query: (sql, parameters) => (seen > nth ? die() : session.query(sql, parameters)),
    execute: async (sql) => {
      if (seen++ >= nth) die();
      return session.execute(sql);
    },
  };
}

describe.each(MAJORS)("on PostgreSQL %s, the tables' owner", (major) => {
  it("gets every foreign key back as it was, names, comments and states", async () => {
    await using owner = await createRole({ major });
    await using database = await ownedDatabase(owner, major, `${PARTS} ${Number(major) >= 18 ? VALIDATED_PART : ""}`);
    const before = await database.query(KEYS);
    await using session = await targetSession(as(owner, database.url));

    const aside = await setAside(session, { tables: [], merged: await leaves(session), rows: [], fireTriggers: false, singleTransaction: false });
    expect(await database.query(KEYS)).toStrictEqual([]);
    await runTasks(putBackTasks(aside, false), [session]);

    expect(await database.query(KEYS)).toStrictEqual(before);
    expect(await readJournal(session)).toStrictEqual([]);
  });

  it("gets triggers of keys back switched as they were where it is a superuser, and is told of them where not", async () => {
    await using owner = await createRole({ major });
    await using database = await ownedDatabase(owner, major, PARTS);
    await database.query("alter table app.branch_21 disable trigger all; alter table app.y disable trigger all; alter table app.tree_2 disable trigger all; alter table app.b disable trigger all");
    // As session_replication_role has it, and the other way round.
    await database.query(`do $$ declare one record; begin for one in select tgname from pg_trigger where tgrelid = 'app.b'::regclass order by tgname loop
      execute format('alter table app.b enable %s trigger %I', case when one.tgname like '%c%' then 'always' else 'replica' end, one.tgname); end loop; end $$`);
    const switched = `select t.tgrelid::regclass::text as table, p.proname::text as function, k.conrelid::regclass::text as child, k.confrelid::regclass::text as parent, t.tgenabled as enabled
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_constraint k on k.oid = t.tgconstraint where t.tgisinternal order by 1, 2, 3, 4, 5`;
    const before = await database.query(switched);
    for (const url of [database.url, as(owner, database.url)]) {
      const told: string[] = [];
      await using session = await targetSession(url, ({ message }) => void told.push(message));
      const aside = await setAside(session, { tables: [], merged: await leaves(session), rows: [], fireTriggers: false, singleTransaction: false });
      await runTasks(putBackTasks(aside, false), [session]);
      await dropJournal(session);

      if (url === database.url) expect(await database.query(switched)).toStrictEqual(before);
      else expect(told).toContainEqual(expect.stringMatching(/^the triggers of "b on a" on app\.b stay on: /));
    }
  });

  it("sets aside only what was asked for, of any table", async () => {
    await using owner = await createRole({ major });
    await using database = await ownedDatabase(owner, major, "create index y_next on app.y (next); create index z_next on app.z (next)");
    const before = await database.query(KEYS);
    await using session = await targetSession(as(owner, database.url));
    const oids = await oidsOf(session);
    const [one] = await database.query<{ oid: number }>("select oid::int from pg_constraint where conname = 'simple'");

    const aside = await setAside(session, { tables: [oids.get("y")!], merged: [oids.get("z")!], foreignKeys: [one!.oid], rows: [], fireTriggers: false, singleTransaction: false });

    expect(aside.map(({ kind, object }) => `${kind}: ${object}`)).toStrictEqual(["foreign key: constraint simple on app.of_pair", "index: index app.y_next"]);
    expect(await database.query(KEYS)).toHaveLength(before.length - 1);
    await putEverythingBack(session);
    expect(await database.query(KEYS)).toStrictEqual(before);
  });

  it("gets everything back after a crash at any point, and after crashes of that", async () => {
    await using owner = await createRole({ major });
    await using database = await ownedDatabase(owner, major, PARTS);
    const before = await database.query(KEYS);
    let crashes = 0;
    for (let nth = 1; ; nth += 6) {
      const first = await targetSession(as(owner, database.url));
      const dying = crashing(first, nth);
      const whole = await setAside(dying, { tables: [], merged: await leaves(first), rows: [], fireTriggers: false, singleTransaction: false })
        .then((aside) => runTasks(putBackTasks(aside, false), [dying]))
        .then(() => true, () => false);
      await first.close();
      await using second = await targetSession(as(owner, database.url));
      // What was half put back may be set aside again, as a restore that goes on does.
      if (nth % 12 === 1) await setAside(second, { tables: [], merged: await leaves(second), rows: [], fireTriggers: false, singleTransaction: false });
      await putEverythingBack(crashing(second, nth % 7)).catch(() => {});
      await second.close();
      await using third = await targetSession(as(owner, database.url));
      await putEverythingBack(third);

      expect(await database.query(KEYS)).toStrictEqual(before);
      expect(await database.query("select nspname from pg_namespace where nspname = 'pgark'")).toStrictEqual([]);
      if (whole) break;
      crashes += 1;
    }
    expect(crashes).toBeGreaterThan(10);
  });

  it("sees rows without parents go, with all that needs them, new ones deleted and updated ones put back", async () => {
    await using owner = await createRole({ major });
    await using database = await ownedDatabase(owner, major, LATER);
    await using session = await targetSession(as(owner, database.url));
    const { tables, keys } = await facts(session, major);
    await merge(session, keys, RESTORED);

    const loads = LOADED.map((name, index) => loadOf(index + 1, tables.get(name)!));
    const counts = await inTransaction(session, false, () => sweepOrphans(session, loads, keys));
    const aside = await readJournal(session);
    await runTasks(putBackTasks(aside, false), [session]);

    expect(Object.fromEntries([...counts].map(([load, some]) => [LOADED[load - 1]!, some]))).toStrictEqual({
      a: { deleted: 2, reverted: 0 },
      b: { deleted: 2, reverted: 0 },
      node: { deleted: 3, reverted: 1 },
      of_pair: { deleted: 2, reverted: 0 },
      leaf: { deleted: 1, reverted: 0 },
      branch_1: { deleted: 1, reverted: 0 },
      old: { deleted: 1, reverted: 0 },
      in_place: { deleted: 1, reverted: 0 },
    });
    expect(await rowsOf(database)).toStrictEqual(SWEPT);
    expect(await database.query(`select load, chunk, constraint_name as name, key::text as key, "row"::text as row, literal from pgark.rejects where load = 3 order by literal`)).toStrictEqual([
      { load: 3, chunk: -1, name: "node_parent_fkey", key: '{"id":2}', row: '{"id":2,"parent":99,"label":"changed, \\"wrongly\\""}', literal: '(2,99,"changed, ""wrongly""")' },
      { load: 3, chunk: -1, name: "node_parent_fkey", key: '{"id":5}', row: '{"id":5,"parent":98,"label":null}', literal: "(5,98,)" },
      { load: 3, chunk: -1, name: "node_parent_fkey", key: '{"id":6}', row: '{"id":6,"parent":5,"label":null}', literal: "(6,5,)" },
      { load: 3, chunk: -1, name: "node_parent_fkey", key: '{"id":7}', row: '{"id":7,"parent":6,"label":null}', literal: "(7,6,)" },
    ]);
    await dropJournal(session);
  });

  it("has the rest of an interrupted merge swept by the journal alone", async () => {
    await using owner = await createRole({ major });
    await using database = await ownedDatabase(owner, major, LATER);
    const before = await database.query(KEYS);
    const session = await targetSession(as(owner, database.url));
    const { keys } = await facts(session, major);
    await merge(session, keys, RESTORED);
    await session.query("insert into pgark.run (archive, fingerprint, decisions) values ('a', 'f', $1::json)", [JSON.stringify({ loads: [{ load: 3, table: "app.node", columns: ["id", "parent", "label"], key: "node_pkey" }] })]);
    await session.close();

    await using next = await targetSession(as(owner, database.url));
    const left = await putEverythingBack(next);

    expect(left.filter(({ object }) => object.includes("taken out")).map(({ object }) => object.replace(/^.*? \(/, "("))).toStrictEqual(["(rows that had come without their parents were taken out again: 13 deleted, 1 put back to what they were)"]);
    expect(await rowsOf(database)).toStrictEqual(SWEPT);
    expect(await database.query(KEYS)).toStrictEqual(before);
  });
});

describe("a sweep", () => {
  it("touches nothing when it cannot know which rows were somebody's: the key comes back unchecked, and that is told", async () => {
    await using database = await createDatabase(`${SCHEMA} insert into app.node values (1, null, 'one')`);
    const session = await targetSession(database.url);
    await setAside(session, { tables: [], merged: await leaves(session), rows: [], fireTriggers: false, singleTransaction: false });
    await inTransaction(session, false, async () => {
      await noteLoaded(session);
      await session.execute(`insert into pgark.before (load, literal) values (8, '(1,,one)'); update app.node set parent = 99`);
    });

    const left = await putEverythingBack(session);
    await session.close();

    expect(left.filter(({ object }) => object.includes("NOT VALID")).map(({ object }) => object.slice(0, 50))).toStrictEqual(["constraint node_parent_fkey on app.node (NOT VALID"]);
    expect(await database.query("select * from app.node")).toStrictEqual([{ id: 1, parent: 99, label: "one" }]);
    expect(await database.query("select convalidated from pg_constraint where conname = 'node_parent_fkey'")).toStrictEqual([{ convalidated: false }]);
  });

  it("refuses to go on when a row of somebody else has no parent, or would lose it, and leaves all as it is", async () => {
    await using database = await createDatabase(`${SCHEMA} ${LATER}`);
    await using session = await targetSession(database.url);
    const { tables, keys } = await facts(session, "17");
    await merge(session, keys, RESTORED);
    const loads = LOADED.map((name, index) => loadOf(index + 1, tables.get(name)!));
    const sweep = () => inTransaction(session, false, () => sweepOrphans(session, loads, keys));

    await database.query("insert into app.node values (50, 77, 'mine')");
    await expect(sweep()).rejects.toMatchObject({ code: "SQL_FAILED", sqlState: "23503", object: "constraint node_parent_fkey on app.node", message: expect.stringContaining("1 row that this restore did not bring has no parent in app.node, for example (parent)=(77)") });
    await database.query("delete from app.node where id = 50; insert into app.in_place values (51, 7)");
    await expect(sweep()).rejects.toMatchObject({ sqlState: "23503", object: "constraint in_place_node_fkey on app.in_place" });
    expect(await session.query("select from pgark.rejects")).toStrictEqual([]);
    expect(await session.query("select from app.node")).toHaveLength(7);
  });

  it("knows its own rows inside the one transaction of everything, and those that it put back", async () => {
    await using database = await createDatabase(`${SCHEMA} ${LATER}`);
    await using session = await targetSession(database.url);
    const { tables, keys } = await facts(session, "17");
    await session.execute("BEGIN");
    await createJournal(session);
    await setAside(session, { tables: [], merged: [...tables.values()].map(({ oid }) => oid), foreignKeys: keys.map(({ rootOid }) => rootOid), rows: [], fireTriggers: false, singleTransaction: true });
    await noteLoaded(session);
    await session.execute(RESTORED);

    const counts = await sweepOrphans(session, LOADED.map((name, index) => loadOf(index + 1, tables.get(name)!)), keys);
    await session.execute("DROP SCHEMA pgark CASCADE; COMMIT");

    expect(counts.get(3)).toStrictEqual({ deleted: 3, reverted: 1 });
    expect(await rowsOf(database)).toStrictEqual(SWEPT);
  });
});

/** Rows that are there before, and a table whose foreign key stays in place. */
const LATER = `
  create table app.in_place (id int primary key, node int references app.node on delete cascade);
  insert into app.a values (1, null, 'one'); insert into app.b values (1, 1); update app.a set b = 1;
  insert into app.node values (1, null, 'one'), (2, 1, 'two');
  insert into app.pair values (1, 'x');
  insert into app.tree values (1, 1), (100, 1);
  set constraints all immediate;
  alter table app.old drop constraint unchecked; insert into app.old values (1, 77);
  alter table app.old add constraint unchecked foreign key (a) references app.a not valid;
  comment on constraint unchecked on app.old is 'never checked';`;

/** What a merge brings while the keys are aside. */
const RESTORED = `
  insert into app.a values (2, 2, 'two'), (3, 3, 'three'), (4, 1, 'four'); insert into app.b values (2, 3), (3, 9), (4, 4);
  insert into pgark.before (load, literal) values (3, '(2,1,two)'); update app.node set parent = 99, label = 'changed, "wrongly"' where id = 2;
  insert into app.node values (3, 2, null), (4, null, null), (5, 98, null), (6, 5, null), (7, 6, null);
  insert into app.of_pair values (1, 1, 'x'), (2, null, null), (3, 1, null), (4, 2, 'x');
  insert into app.leaf values (1, 1), (2, 100), (3, 50), (4, null);
  insert into app.branch values (1, 1, 1), (2, 100, 1);
  insert into app.old values (2, 1), (3, 78);
  insert into app.in_place values (1, 1), (2, 7), (3, 3);`;

const SWEPT = {
  a: ["(1,1,one)", "(4,1,four)"],
  b: ["(1,1)", "(4,4)"],
  branch: ["(1,1,1)"],
  in_place: ["(1,1)", "(3,3)"],
  leaf: ["(1,1)", "(2,100)", "(4,)"],
  node: ["(1,,one)", "(2,1,two)", "(3,2,)", "(4,,)"],
  of_pair: ["(1,1,x)", "(2,,)"],
  old: ["(1,77)", "(2,1)"],
};

const LOADED = ["a", "b", "node", "of_pair", "leaf", "branch_1", "old", "in_place"];

async function rowsOf(database: TestDatabase): Promise<object> {
  const found: Record<string, string[]> = {};
  for (const name of Object.keys(SWEPT)) found[name] = (await database.query<{ row: string }>(`select t::text as row from app.${name} t order by id`)).map(({ row }) => row);
  return found;
}

async function facts(session: Session, major: string): Promise<{ tables: ReadonlyMap<string, TargetTable>; keys: readonly ForeignKeyOf[] }> {
  const oids = await oidsOf(session);
  const read = await readTargetTables(session, [...oids.values()]);
  const tables = new Map([...oids].map(([name, oid]) => [name, read.get(oid)!]));
  const keys = [...tables].filter(([name]) => name !== "in_place" && name !== "branch").flatMap(([, table]) => table.foreignKeys.map((key) => ({ ...key, childOid: table.oid })));
  expect(keys.length).toBe(Number(major) >= 18 ? 14 : 13);
  return { tables, keys };
}

async function merge(session: Session, keys: readonly ForeignKeyOf[], sql: string): Promise<void> {
  await setAside(session, { tables: [], merged: await leaves(session), foreignKeys: [...new Set(keys.map(({ rootOid }) => rootOid))], rows: [], fireTriggers: false, singleTransaction: false });
  await inTransaction(session, false, async () => {
    await noteLoaded(session);
    await session.execute(sql);
  });
}

function loadOf(load: number, table: TargetTable): MergeLoad {
  const fields = table.columns.map(({ name, type }) => ({ name, type, stagingType: type }));
  const columns = table.columns.map(({ name, bareType }) => ({ name, field: name, bareType, sameType: true, casts: [], lossy: false }));
  const map: ColumnMap = { fields, columns, where: null, direct: true };
  return { load, table, map, format: "copy-text", policy: "update", key: table.keys[0] ?? null, foreignKeys: [], remember: [] };
}
