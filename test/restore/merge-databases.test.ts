/** Whole archives merged into changed copies of their databases, as a role that owns the tables and no more; each count is held against `merge-oracle.ts`. */
import { beforeAll, describe, expect, it } from "vitest";
import { dump, planRestore, restore, type RestorePlan, type TableAccount } from "../../src/index.ts";
import { createDatabase, type TestDatabase, testServers } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { schemaDump } from "../helpers/programs.ts";
import { as, createRole, type TestRole } from "../helpers/role.ts";
import { changeRows } from "./changed-copy.ts";
import { byRoot, type Database, judge, readDatabase, wronglyRefused } from "./merge-oracle.ts";
import { NASTY, type NastyDatabase } from "./nasty-databases.ts";

/** Rows lie far apart, so that a chunk has few of them. */
const SPREAD = `do $$ declare t regclass; begin
  for t in select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)' loop
    execute format('alter table %s set (fillfactor = 10)', t);
  end loop; end $$`;

async function ownedCopy(owner: TestRole, major: string, { sql }: NastyDatabase): Promise<TestDatabase> {
  const extensions = [...sql.matchAll(/create extension \w+;/g)].map(([text]) => text).join(" ");
  const database = await createDatabase(extensions, { major });
  await database.query(`grant create on database ${database.name} to ${owner.name}; grant create on schema public to ${owner.name}; set role ${owner.name}; ${sql.replaceAll(/create extension \w+;/g, "")}; reset role; ${SPREAD}`);
  return database;
}

function imagesOf(contents: Database): readonly (readonly [string, readonly string[]])[] {
  return [...contents].map(([table, { rows }]) => [table, rows.map(({ image }) => image).sort()]);
}

/** A forecast in the words of an account. */
function foreseen({ forecast }: RestorePlan): ReadonlyMap<string, object> {
  return new Map((forecast ?? []).map(({ table, archived, new: fresh, differing, identical, conflicting, orphans }) => [table, { archived, inserted: fresh, differing, identical, rejected: Object.values(conflicting).reduce((sum, rows) => sum + rows, orphans) }]));
}

function done(tables: readonly TableAccount[]): ReadonlyMap<string, object> {
  return new Map(tables.map(({ table, archived, inserted, updated, kept, identical, rejected }) => [table, { archived, inserted, differing: updated + kept, identical, rejected }]));
}

/** On each major but 17 only what differs there. */
const MAJORS: Readonly<Record<string, readonly number[]>> = { "13": [1, 7], "15": [2], "17": NASTY.map((_, index) => index), "18": [2, 5] };
/** What stays tells less than what changes. */
const SKIPPED: ReadonlySet<number> = new Set([1, 3, 7]);
const cases = Object.entries(MAJORS).flatMap(([major, numbers]) =>
  testServers()[major] === undefined ? [] : numbers.flatMap((number) => (["skip", "update"] as const).filter((policy) => policy === "update" || (major === "17" && SKIPPED.has(number))).map((policy) => ({ major, number, policy, nasty: NASTY[number]!, title: `${NASTY[number]!.name}: ${policy} on ${major}` }))),
);

describe("a merge does what its policy says, its plan foresaw, and a second run finds nothing to do", () => {
  beforeAll(() => expect(cases.length).toBeGreaterThan(0));

  it.each(cases)("$title", { timeout: 120_000 }, async ({ major, number, policy, nasty }) => {
    await using folder = await temporaryFolder();
    await using owner = await createRole({ major });
    await using source = await ownedCopy(owner, major, nasty);
    await using target = await ownedCopy(owner, major, nasty);
    await changeRows(target, 100 + number, 6 + (number % 3) * 5);
    const [archived, before, schema] = [await readDatabase(source), await readDatabase(target), await schemaDump(target.url, major)];
    const options = { onConflict: policy, jobs: 1 + (number % 2) } as const;
    await dump(as(owner, source.url), folder.file("a.ark"), { chunkBytes: 1 });

    const plan = await planRestore(folder.file("a.ark"), as(owner, target.url), options);
    const { tables } = await restore(folder.file("a.ark"), as(owner, target.url), options);

    const after = await readDatabase(target);
    const { problems, refused } = judge({ source: archived, before, after, policy, accounts: await byRoot(target, tables) });
    expect(problems).toStrictEqual([]);
    expect(await wronglyRefused(target, archived, refused)).toStrictEqual([]);
    expect(done(tables)).toStrictEqual(foreseen(plan));
    const again = await restore(folder.file("a.ark"), as(owner, target.url), options);
    expect(again.tables.filter(({ inserted, updated }) => inserted + updated > 0)).toStrictEqual([]);
    expect(imagesOf(await readDatabase(target))).toStrictEqual(imagesOf(after));
    expect(await schemaDump(target.url, major)).toBe(schema);
    expect(await target.query("select nspname from pg_namespace where nspname = 'pgark'")).toStrictEqual([]);
  });
});
