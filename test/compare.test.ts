import { describe, expect, it } from "vitest";
import { compareWithDatabase, dump, restore, tableDigests } from "../src/index.ts";
import { createDatabase, testServers } from "./helpers/database.ts";
import { temporaryFolder } from "./helpers/folder.ts";

const SQL = `
  create type mood as enum ('sad', 'fine');
  create table t (id int primary key, name text, price numeric, f float8, at timestamptz, tags text[], doc jsonb, mood mood, twice int generated always as (id * 2) stored);
  insert into t select n, 'name ' || n, n / 3.0, n * 1.5, timestamptz '2024-01-01' + n * interval '1 hour', array['a', n::text], jsonb_build_object('n', n), 'fine' from generate_series(1, 500) n;
  insert into t values (1000, null, 'NaN', 'NaN', 'infinity', '{}', 'null', null), (1001, '', '-0', '-0', '-infinity', array[null, 'NULL'], '{}', 'sad');
  create table bag (a int, b text); insert into bag values (1, 'x'), (1, 'x'), (1, null), (null, null), (null, null);
  create table empty (id int);
  create table none (); insert into none default values;
  create table part (id int, a text) partition by list (id); create table part_1 partition of part for values in (1, 2); create table part_rest partition of part default;
  insert into part select n % 5, 'p' || n from generate_series(1, 100) n;`;

describe.each([
  ["binary where it can be", {}],
  ["text", { textOnly: true }],
])("an archive with rows as %s, held against a database", (_, options) => {
  it.each([
    ["nothing was changed", "select 1", []],
    ["the rows have moved", "update t set name = name; delete from bag where a = 1; insert into bag values (1, null), (1, 'x'), (1, 'x'); vacuum full t", []],
    ["a field was changed", "update t set price = price + 0.0000000001 where id = 77", [["public.t", "the rows differ"]]],
    ["a null became an empty text", "update t set name = '' where id = 1000", [["public.t", "the rows differ"]]],
    ["two fields were exchanged between rows", "update t set name = case id when 5 then 'name 6' else 'name 5' end where id in (5, 6)", [["public.t", "the rows differ"]]],
    ["a row is missing", "delete from t where id = 3", [["public.t", "502 rows in the archive, 501 in the database"]]],
    ["a row is there twice", "insert into bag values (1, null)", [["public.bag", "5 rows in the archive, 6 in the database"]]],
    ["a row is there twice in place of another", "delete from bag where ctid = (select min(ctid) from bag where b is null and a is null); insert into bag values (1, null)", [["public.bag", "the rows differ"]]],
    ["an empty table got a row", "insert into empty values (1)", [["public.empty", "0 rows in the archive, 1 in the database"]]],
    ["a table without columns got a row", "insert into none default values", [['public."none"', "1 rows in the archive, 2 in the database"]]],
    ["a row went to another partition", "update part set id = 1 where id = 4", [["public.part_1", "40 rows in the archive, 60 in the database"], ["public.part_rest", "60 rows in the archive, 40 in the database"]]],
    ["a table is gone", "drop table bag", [["public.bag", /does not exist/]]],
    ["a column is gone", "alter table t drop name", [["public.t", /column "name" .*does not exist/]]],
    ["a schema is gone", "alter schema public rename to elsewhere", [["public.t", /does not exist/], ["public.bag", /does not exist/], ["public.empty", /does not exist/], ['public."none"', /does not exist/], ["public.part_1", /does not exist/], ["public.part_rest", /does not exist/]]],
    ["a table is a view now", "alter table bag rename to bag2; create view bag as select * from bag2", [["public.bag", /is not a table/]]],
    ["a column was added, and columns are in another order", "alter table bag add c int default 1, drop b, add b text; update bag set b = 'x' where ctid in (select ctid from bag where a = 1 limit 2)", []],
  ])("%s", async (__, change, differences) => {
    await using folder = await temporaryFolder();
    await using database = await createDatabase(SQL);
    await dump(database.url, folder.file("a.ark"), { ...options, chunkBytes: 20_000 });
    for (const statement of change.split("; ")) await database.query(statement);

    const compared = await compareWithDatabase(folder.file("a.ark"), database.url);

    expect(compared.map(({ table }) => table).sort()).toStrictEqual(["public.\"none\"", "public.bag", "public.empty", "public.part_1", "public.part_rest", "public.t"]);
    const unequal = compared.filter(({ equal }) => !equal).sort((a, b) => (a.table < b.table ? -1 : 1));
    expect(unequal).toStrictEqual([...differences].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)).map(([table, difference]) => ({
      table,
      archiveRows: expect.any(Number),
      databaseRows: difference instanceof RegExp ? null : expect.any(Number),
      equal: false,
      difference: difference instanceof RegExp ? expect.stringMatching(difference) : difference,
    })));
  });
});

it("compares with a partitioned table what came from an ordinary one", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase("create table t (id int, a text); insert into t select n, 'a' from generate_series(1, 10) n");
  await using target = await createDatabase("create table t (id int, a text) partition by list (id); create table t1 partition of t for values in (1, 2); create table t2 partition of t default");
  await dump(source.url, folder.file("a.ark"), { content: "data" });
  await restore(folder.file("a.ark"), target.url);
  expect(await compareWithDatabase(folder.file("a.ark"), target.url)).toStrictEqual([{ table: "public.t", archiveRows: 10, databaseRows: 10, equal: true, difference: null }]);
});

it("digests are the same on every server for the same rows, whatever the settings of the database", async () => {
  const digests = [];
  for (const major of Object.keys(testServers())) {
    await using database = await createDatabase(SQL, { major });
    await database.query(`do $$begin execute format('alter database %I set timezone = ''Asia/Tokyo''; alter database %I set datestyle = ''German''; alter database %I set extra_float_digits = -5; alter database %I set intervalstyle = ''iso_8601''', current_database(), current_database(), current_database(), current_database()); end$$`);
    digests.push(await tableDigests(database.url));
  }
  expect(digests.length).toBeGreaterThan(1);
  for (const one of digests) expect(one).toStrictEqual(digests[0]);
  expect(digests[0]?.map(({ table, rows }) => `${table} ${rows}`)).toStrictEqual(["public.bag 5", "public.empty 0", 'public."none" 1', "public.part_1 40", "public.part_rest 60", "public.t 502"]);
});
