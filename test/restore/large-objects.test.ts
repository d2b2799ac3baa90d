/** Large objects that meet large objects of the same number: each is counted once, and a second restore finds nothing to do. */
import { createReadStream } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, restore, type RestoreReport } from "../../src/index.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "../helpers/folder.ts";

const THREE_PIECES = "decode(repeat('ab', 600000), 'hex')";
/** The archive's, and the target's: the same, longer, shorter, other, empty here, empty there, absent; another in its last piece, at its end. */
const ARCHIVED = ["lo_from_bytea(7001, 'same')", "lo_from_bytea(7002, 'long')", "lo_from_bytea(7003, 'short')", "lo_from_bytea(7004, 'mine')", "lo_create(7005)", "lo_from_bytea(7006, 'full')", "lo_from_bytea(7007, 'new')", `lo_from_bytea(7008, ${THREE_PIECES})`, `lo_from_bytea(7009, ${THREE_PIECES})`];
const THERE = ["lo_from_bytea(7001, 'same')", "lo_from_bytea(7002, 'longer')", "lo_from_bytea(7003, 'sho')", "lo_from_bytea(7004, 'your')", "lo_from_bytea(7005, 'full')", "lo_create(7006)", `lo_from_bytea(7008, set_byte(${THREE_PIECES}, 599999, 1))`, `lo_from_bytea(7009, ${THREE_PIECES} || 'x')`];

const TABLE = "create table refers (id int primary key, image oid);";
const make = (objects: readonly string[]) => `select ${objects.join(", ")};`;

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
  await using source = await createDatabase(`${TABLE} insert into refers values (1, 7001); ${make(ARCHIVED)}`);
  await dump(source.url, folder.file("a.ark"), { jobs: 1 });
});
afterAll(() => folder[Symbol.asyncDispose]());

function countsOf({ tables }: RestoreReport): object | undefined {
  const account = tables.find(({ table }) => table === "large objects");
  if (account === undefined) return undefined;
  const { archived, inserted, updated, identical, kept, rejected } = account;
  return { archived, inserted, updated, identical, kept, rejected };
}

async function contents(database: TestDatabase): Promise<object> {
  return Object.fromEntries((await database.query<{ oid: number; md5: string }>("select oid::int, md5(lo_get(oid)) from pg_largeobject_metadata order by oid")).map(({ oid, md5 }) => [oid, md5]));
}

describe("large objects", () => {
  it.each([
    ["skip", { archived: 9, inserted: 1, updated: 0, identical: 1, kept: 7, rejected: 0 }, { archived: 9, inserted: 0, updated: 0, identical: 2, kept: 7, rejected: 0 }],
    ["update", { archived: 9, inserted: 1, updated: 7, identical: 1, kept: 0, rejected: 0 }, { archived: 9, inserted: 0, updated: 0, identical: 9, kept: 0, rejected: 0 }],
    ["replace", { archived: 9, inserted: 1, updated: 7, identical: 1, kept: 0, rejected: 0 }, { archived: 9, inserted: 0, updated: 0, identical: 9, kept: 0, rejected: 0 }],
  ] as const)("that are there, under %s", async (onConflict, first, second) => {
    await using source = await createDatabase(make(ARCHIVED));
    await using target = await createDatabase(`${TABLE} ${make(THERE)} comment on large object 7002 is 'stays'; select lo_from_bytea(8001, 'not in the archive');`);
    const mine = await contents(target);
    const theirs = await contents(source);

    expect(countsOf(await restore(folder.file("a.ark"), target.url, { content: "data", onConflict }))).toStrictEqual(first);
    const expected = onConflict === "skip" ? { ...theirs, ...mine } : { ...mine, ...theirs };
    expect(await contents(target)).toStrictEqual(expected);
    expect(countsOf(await restore(createReadStream(folder.file("a.ark")), target.url, { content: "data", onConflict, tables: undefined, excludeTables: ["refers"] }))).toStrictEqual(second);
    expect(await contents(target)).toStrictEqual(expected);
    expect(await target.query("select obj_description(7002, 'pg_largeobject') as comment")).toStrictEqual([{ comment: "stays" }]);
  });

  it("are refused without a policy, and nothing is written", async () => {
    await using target = await createDatabase(`${TABLE} ${make(THERE)}`);
    const mine = await contents(target);
    await expect(restore(folder.file("a.ark"), target.url, { content: "data" })).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY", object: "large object 7001", hint: expect.stringContaining("--on-conflict") });
    expect(await contents(target)).toStrictEqual(mine);
  });

  it("that were overwritten come back from the safety backup", async () => {
    await using target = await createDatabase(`${TABLE} ${make(THERE)}`);
    const mine = await contents(target);
    const { safetyBackup } = await restore(folder.file("a.ark"), target.url, { content: "data", onConflict: "update", safetyBackup: folder.path });
    await restore(safetyBackup?.path ?? "", target.url, { content: "data", onConflict: "replace" });
    expect(await contents(target)).toMatchObject(mine);
  });

  it("that were there stay when the restore fails, and those that it made go", async () => {
    await using target = await createDatabase(`${TABLE} create function no() returns trigger language plpgsql as 'begin perform 1 / 0; end'; create trigger no before insert on refers for each row execute function no(); ${make(THERE)}`);
    const mine = await contents(target);
    await expect(restore(folder.file("a.ark"), target.url, { content: "data", onConflict: "skip", maxRejects: 0, fireTriggers: true, singleTransaction: true })).rejects.toMatchObject({ code: expect.stringMatching(/TOO_MANY_REJECTS|SQL_FAILED/) });
    expect(await contents(target)).toStrictEqual(mine);
  });
});
