import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrange, arrangeForeignKeys, columnsToRemember, type ForeignKeyOf, type LoadedTable } from "../../src/restore/foreign-keys.ts";
import { readTargetTables } from "../../src/restore/target-table.ts";
import { connect } from "../../src/session/connect.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import { createDatabase, testServers } from "../helpers/database.ts";

function key(oid: number, childOid: number, parentOid: number, some: Partial<ForeignKeyOf> = {}): ForeignKeyOf {
  return { oid, rootOid: oid, name: `k${oid}`, columns: [`to_${parentOid}`], childOid, parentOid, parent: `t${parentOid}`, parentExactly: `ONLY t${parentOid}`, parentColumns: ["id"], operators: ["pg_catalog.="], deferrable: false, matchFull: false, validated: true, enforced: true, period: false, ...some };
}

const merged = (...oids: number[]): LoadedTable[] => oids.map((oid) => ({ oid, straight: false }));
const straight = (...oids: number[]): LoadedTable[] => oids.map((oid) => ({ oid, straight: true }));
const ownRoot = (oid: number) => oid;

/** What is decided, without the foreign keys' facts. */
function decided(...input: Parameters<typeof arrange>) {
  const { needs, aside, deferred, inPlace, refused } = arrange(...input);
  return {
    needs: Object.fromEntries(needs),
    aside: [...aside].sort(),
    deferred: [...deferred].sort(),
    inPlace: Object.fromEntries([...inPlace].map(([child, keys]) => [child, keys.map(({ oid }) => oid)])),
    refused: refused.map(({ oid }) => oid),
  };
}

describe("foreign keys", () => {
  it("stay in place where tables have rows, and children wait for their parents", () => {
    expect(decided(merged(1, 2, 3), [key(10, 2, 1), key(11, 3, 2), key(12, 3, 1), key(13, 3, 99)], ownRoot)).toStrictEqual({
      needs: { 2: [1], 3: [2, 1] },
      aside: [],
      deferred: [],
      inPlace: { 2: [10], 3: [11, 12, 13] },
      refused: [],
    });
  });

  it("of tables that are loaded straight are set aside, and nothing waits", () => {
    expect(decided([...straight(2), ...merged(1, 3)], [key(10, 2, 1), key(11, 3, 2)], ownRoot)).toStrictEqual({ needs: { 3: [2] }, aside: [10], deferred: [], inPlace: { 3: [11] }, refused: [] });
  });

  it("on loops and to the own table are set aside; one transaction defers a loop that can be deferred", () => {
    const loops = [key(10, 1, 2, { deferrable: true }), key(11, 2, 1), key(12, 3, 3, { deferrable: true }), key(13, 4, 1), key(14, 5, 6, { deferrable: true }), key(15, 6, 5, { deferrable: true })];
    const rest = { needs: { 4: [1] }, inPlace: { 4: [13] }, refused: [] };

    expect(decided(merged(1, 2, 3, 4, 5, 6), loops, ownRoot)).toStrictEqual({ ...rest, aside: [10, 11, 12, 14, 15], deferred: [] });
    expect(decided(merged(1, 2, 3, 4, 5, 6), loops, ownRoot, { singleTransaction: true })).toStrictEqual({ ...rest, aside: [10, 11], deferred: [12, 14, 15] });
  });

  it("a loop that a straight table interrupts is none", () => {
    expect(decided([...straight(1), ...merged(2)], [key(10, 1, 2), key(11, 2, 1)], ownRoot)).toStrictEqual({ needs: { 2: [1] }, aside: [10], deferred: [], inPlace: { 2: [11] }, refused: [] });
  });

  it("of partitions count as their root's, clones with what they were cloned from", () => {
    const rootOf = (oid: number) => ([21, 22].includes(oid) ? 20 : oid);
    const clones = [key(30, 21, 1, { rootOid: 3 }), key(31, 22, 1, { rootOid: 3 })];

    expect(decided(merged(1, 21, 22, 4), [...clones, key(32, 4, 20)], rootOf)).toStrictEqual({ needs: { 21: [1], 22: [1], 4: [21, 22] }, aside: [], deferred: [], inPlace: { 21: [30], 22: [31], 4: [32] }, refused: [] });
    expect(decided([...straight(21), ...merged(1, 22)], clones, rootOf)).toStrictEqual({ needs: {}, aside: [3], deferred: [], inPlace: {}, refused: [] });
    expect(decided(merged(21, 22), [key(33, 21, 22)], rootOf)).toMatchObject({ aside: [33] });
  });

  it("that are not enforced refuse nothing: nobody waits, nothing is set aside", () => {
    expect(decided([...straight(2), ...merged(1)], [key(10, 2, 1, { enforced: false }), key(11, 1, 1, { enforced: false })], ownRoot)).toStrictEqual({ needs: {}, aside: [], deferred: [], inPlace: { 2: [10], 1: [11] }, refused: [] });
  });

  it("onto an emptied table are refused when rows would lose their parents, and set aside when there are none", () => {
    const keys = [key(10, 7, 1), key(11, 8, 1), key(12, 2, 1)];

    expect(decided([...straight(1), ...straight(2)], keys, ownRoot, { emptied: new Set([1, 2]), hasRows: new Set([2, 8]) })).toStrictEqual({ needs: {}, aside: [10, 12], deferred: [], inPlace: { 8: [11] }, refused: [11] });
  });

  it("that are late say which columns an update must be able to take back, on both sides and further down", () => {
    const keys = [key(10, 1, 2), key(11, 2, 1, { parentColumns: ["code"] }), key(12, 3, 1, { parentColumns: ["other"] })];
    const arranged = arrange(merged(1, 2, 3), keys, ownRoot);

    expect([1, 2, 3].map((table) => columnsToRemember(table, keys, arranged, ownRoot))).toStrictEqual([["to_2", "code"], ["to_1", "id"], ["to_1"]]);
  });

  it("are all in one place, without loops left, and no more is set aside than straight tables and loops ask for", () => {
    const table = fc.integer({ min: 1, max: 9 });
    // 10 and 11 are partitions of 9, 12 and 13 are no part of the load.
    const rootOf = (oid: number) => (oid === 10 || oid === 11 ? 9 : oid);
    const graph = fc.record({
      straights: fc.uniqueArray(fc.integer({ min: 1, max: 11 })),
      edges: fc.array(fc.record({ child: fc.integer({ min: 1, max: 11 }), parent: fc.oneof(table, fc.constantFrom(12, 13)), deferrable: fc.boolean(), enforced: fc.boolean() }), { maxLength: 18 }),
      singleTransaction: fc.boolean(),
    });
    fc.assert(
      fc.property(graph, ({ straights, edges, singleTransaction }) => {
        const tables = Array.from({ length: 11 }, (_, index) => ({ oid: index + 1, straight: straights.includes(index + 1) }));
        const keys = edges.map(({ child, parent, ...facts }, index) => key(100 + index, child, parent, facts));
        const { needs, aside, deferred, inPlace } = arrange(tables, keys, rootOf, { singleTransaction });

        const held = [...inPlace].flatMap(([child, some]) => some.map(({ oid, childOid }) => (expect(childOid).toBe(child), oid)));
        expect([...aside, ...deferred, ...held].sort()).toStrictEqual(keys.map(({ oid }) => oid).sort());

        // By the plainest of algorithms: who reaches whom, over the keys that no straight table owns.
        const left = keys.filter(({ childOid, parentOid, enforced }) => enforced && !straights.includes(childOid) && parentOid < 12);
        const reaches = new Set(left.map(({ childOid, parentOid }) => `${rootOf(childOid)} ${rootOf(parentOid)}`));
        for (let via = 1; via < 12; via++) for (let from = 1; from < 12; from++) for (let to = 1; to < 12; to++) if (reaches.has(`${from} ${via}`) && reaches.has(`${via} ${to}`)) reaches.add(`${from} ${to}`);
        const onLoop = left.filter(({ childOid, parentOid }) => reaches.has(`${rootOf(parentOid)} ${rootOf(childOid)}`));
        const together = (one: ForeignKeyOf, other: ForeignKeyOf) => reaches.has(`${rootOf(one.parentOid)} ${rootOf(other.childOid)}`) && reaches.has(`${rootOf(other.parentOid)} ${rootOf(one.childOid)}`);
        const canWait = onLoop.filter((one) => singleTransaction && onLoop.filter((other) => together(one, other)).every(({ deferrable }) => deferrable));
        const straightKeys = keys.filter(({ childOid, enforced }) => enforced && straights.includes(childOid));
        expect([...deferred].sort()).toStrictEqual(canWait.map(({ oid }) => oid).sort());
        expect([...aside].sort()).toStrictEqual([...straightKeys, ...onLoop.filter((one) => !canWait.includes(one))].map(({ oid }) => oid).sort());

        // Everything can be loaded in turn, and each key in place waits for its parents.
        const done = new Set<number>();
        for (const _ of tables) for (const { oid } of tables) if ((needs.get(oid) ?? []).every((needed) => done.has(needed))) done.add(oid);
        expect(done.size).toBe(tables.length);
        for (const { childOid, parentOid, enforced } of [...inPlace.values()].flat()) {
          if (enforced && parentOid < 12) expect(needs.get(childOid)).toContain(parentOid);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe.each(["13", "18"].filter((major) => testServers()[major] !== undefined))("on PostgreSQL %s", (major) => {
  it("says which table outside of the plan keeps one from being emptied", async () => {
    await using database = await createDatabase(
      `create schema app;
       create table app.parent (id int primary key, at int); insert into app.parent values (1, 1);
       create table app.empty (parent int references app.parent);
       create table app.filled (parent int constraint of_parent references app.parent) partition by list (parent);
       create table app.filled_1 partition of app.filled for values in (1);
       insert into app.filled values (1);`,
      { major },
    );
    await using session = await connect(await resolveConnection(database.url), {});
    const [oids] = await database.query<{ parent: number; empty: number; filled: number }>("select 'app.parent'::regclass::oid::int parent, 'app.empty'::regclass::oid::int empty, 'app.filled'::regclass::oid::int filled");
    const { parent } = oids!;
    const [parentTable] = (await readTargetTables(session, [parent])).values();
    const input = { tables: straight(parent), foreignKeys: [], rootOf: ownRoot, emptied: new Set([parentTable!.oid]) };

    const refused = await arrangeForeignKeys(session, input);
    await database.query("delete from app.filled");
    const allowed = await arrangeForeignKeys(session, input);

    expect(refused.refusals.map(({ code, object, message }) => ({ code, object, message }))).toContainEqual({ code: "TARGET_NOT_EMPTY", object: "table app.parent", message: "app.parent cannot be emptied: rows of app.filled reference it by foreign key of_parent, and would lose their parents; nothing was written" });
    expect(refused.aside.size).toBe(1);
    expect(allowed.refusals).toStrictEqual([]);
    expect(allowed.aside.size).toBe(2);
  });
});
