import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TocData } from "../../src/archive/toc.ts";
import { qualified } from "../../src/catalog/quote.ts";
import { castExpression, directColumns, lossyCheck } from "../../src/restore/column-map.ts";
import { type MappedTable, mapTables, type WantedTable } from "../../src/restore/drift.ts";
import { readTargetTables } from "../../src/restore/target-table.ts";
import type { Session } from "../../src/session/session.ts";
import { createDatabase, type TestDatabase, testServers } from "../helpers/database.ts";
import { targetSession } from "./target-session.ts";

type Wish = Partial<Omit<WantedTable, "data" | "table" | "leaveOut">> & { readonly archived: TocData; readonly leaveOut?: readonly string[] };

/** `id integer int4, note text`: name, type (with `_` for blanks) and wire; a wire makes it binary. */
function archived(columns: string, table = "item"): TocData {
  const parsed = columns.split(", ").map((column) => {
    const [name = "", type = "", wire = null] = column.split(" ");
    return { name, type: type.replaceAll("_", " "), wire };
  });
  return { format: parsed.some(({ wire }) => wire !== null) ? "copy-binary" : "copy-text", columns: parsed, schema: "public", table };
}

async function map(session: Session, ...wishes: readonly Wish[]): Promise<readonly MappedTable[]> {
  const names = wishes.map(({ archived: data, target }) => target ?? qualified(data.schema, data.table));
  const found = await session.query<{ name: string; oid: number }>("select name, to_regclass(name)::oid as oid from unnest($1::text[]) as n (name) where to_regclass(name) is not null", [names]);
  const tables = await readTargetTables(session, found.map(({ oid }) => oid));
  const wanted = wishes.map(({ archived: data, mapping = null, leaveOut = [] }, index) => {
    const target = names[index]!;
    return { data, table: tables.get(found.find(({ name }) => name === target)?.oid ?? 0), target, mapping, leaveOut: new Set(leaveOut) };
  });
  return mapTables(session, wanted);
}

/** Maps into one database that has this. */
async function mapInto(sql: string, ...wishes: readonly Wish[]): Promise<readonly MappedTable[]> {
  await using database = await createDatabase(sql);
  await using session = await targetSession(database.url);
  return await map(session, ...wishes);
}

const said = (mapped: readonly MappedTable[]) => mapped.flatMap(({ refusals }) => refusals.map(({ code, message }) => `${code} ${message}`));

it("columns go by name, or by the mapping; those that only the target has take their default or are generated", async () => {
  const sql = "create table item (made int generated always as (id + 1) stored, extra text default 'x', free int, id int generated always as identity, title text, copy text, note varchar(9))";
  const wish: Wish = { archived: archived("name text, gone point, id integer, note character_varying(9)"), mapping: { columns: { title: "name", copy: "name" } }, leaveOut: ["gone"] };
  const plain = { sameType: true, casts: [], lossy: false };

  expect(await mapInto(sql, wish)).toStrictEqual([
    {
      map: {
        fields: [
          { name: "name", type: "text", stagingType: "text" },
          { name: "gone", type: "point", stagingType: "text" },
          { name: "id", type: "integer", stagingType: "integer" },
          { name: "note", type: "character varying(9)", stagingType: "character varying" },
        ],
        columns: [
          { name: "id", field: "id", bareType: "integer", ...plain },
          { name: "title", field: "name", bareType: "text", ...plain },
          { name: "copy", field: "name", bareType: "text", ...plain },
          { name: "note", field: "note", bareType: "character varying", ...plain },
        ],
        where: null,
        direct: false,
      },
      refusals: [],
      warnings: [],
    },
  ]);
});

it("COPY goes straight into the columns when each field has one of its own type, renamed or in another order", async () => {
  const [same, renamed] = await mapInto(
    "create table item (c varchar(3), a int, b numeric(9, 3)); create table other (z int, b numeric, extra int default 1)",
    { archived: archived("a integer int4, b numeric(7,2) numeric, c character_varying(5) varchar") },
    { archived: archived("a integer, b numeric(7,2)", "third"), target: "public.other", mapping: { from: "public.third", columns: { z: "a" } } },
  );
  expect([same, renamed].map((mapped) => mapped?.map?.direct)).toStrictEqual([true, true]);
  expect(directColumns(same!.map!)).toStrictEqual(["a", "b", "c"]);
  expect(directColumns(renamed!.map!)).toStrictEqual(["z", "b"]);
});

describe("refused by name, with the ways out:", () => {
  it.each<[string, string, Wish, readonly string[], RegExp]>([
    ["a table that is not there", "create table other ()", { archived: archived("a integer") }, ["DRIFT the archive has rows for table public.item, which the target lacks"], /--leave-out public\.item/],
    ["a view in its place", "create view item as select 1 as a", { archived: archived("a integer") }, ["DRIFT public.item is not a table on the target"], /^$/],
    ["a field without a column", 'create table item (a int)', { archived: archived("a integer, B text") }, ['DRIFT the archive has column "B" of public.item, which the target lacks'], /--leave-out public\.item\."B", or say in a mapping/],
    ["a field whose column takes another", "create table item (a int)", { archived: archived("a integer, b integer"), mapping: { columns: { a: "b" } } }, ["DRIFT the archive has column a of public.item, which goes nowhere: the mapping fills the target's column of that name from another"], /say in a mapping/],
    ["a field whose column is generated", "create table item (a int generated always as (1) stored)", { archived: archived("a integer") }, ["DRIFT column a of public.item is generated on the target and cannot take the archive's values"], /--leave-out public\.item\.a/],
    ["a column that must have a value", "create domain full_text as text not null; create table item (a int, b int not null, c full_text, d int not null default 1)", { archived: archived("a integer") }, ["DRIFT column b of public.item is NOT NULL without a default on the target, and the archive has no values for it", "DRIFT column c of public.item is NOT NULL without a default on the target, and the archive has no values for it"], /Give the column a default/],
    ["such a column left out", "create table item (a int, b int not null)", { archived: archived("a integer, b integer"), leaveOut: ["b"] }, ["DRIFT column b of public.item is NOT NULL without a default on the target, and public.item.b is left out"], /do not leave/],
    ["a mapping from and to nowhere", "create table item (a int)", { archived: archived("a integer"), mapping: { columns: { b: "a", a: "c" } } }, ["USAGE the mapping of public.item names its column b, which the target does not have", "USAGE the mapping of public.item takes column c of public.item, which the archive does not have"], /^$/],
    ["what cannot be left out", "create table item (a int)", { archived: archived("a integer"), leaveOut: ["b"] }, ["USAGE column b of public.item cannot be left out: the archive does not have it"], /^$/],
    ["a type without a cast", "create table item (a uuid)", { archived: archived("a integer int4") }, ["DRIFT column a of public.item is integer in the archive and uuid on the target: there is no cast from integer to uuid"], /--leave-out public\.item\.a/],
    ["a cast whose loss nobody could tell", "create table item (a point)", { archived: archived("a box box") }, ["DRIFT column a of public.item is box in the archive and point on the target: what a cast from box to point loses could not be told"], /--leave-out/],
    ["binary values of a type that is not there", "create table item (a text)", { archived: archived("a public.vector(3) vector") }, ["DRIFT column a of public.item is public.vector(3) in the archive and text on the target, and its values are vector in binary, for which the target has no type"], /--text-only/],
    ["binary values of a type that has become another", "create domain price as real; create table item (a price)", { archived: archived("a public.price int4") }, ["DRIFT column a of public.item is of type public.price, which is float4 on the target, and the archive's values are int4"], /--text-only/],
  ])("%s", async (_, sql, wish, messages, hint) => {
    const mapped = await mapInto(sql, wish);
    expect(said(mapped).toSorted()).toStrictEqual(messages);
    expect(mapped[0]).toMatchObject({ map: null, warnings: [] });
    for (const { hint: told, object } of mapped[0]!.refusals) expect([told ?? "", object]).toStrictEqual([expect.stringMatching(hint), "table public.item"]);
  });
});

it("a field needs a place in one of the tables that its own was split into; what is true of several loads is told once", async () => {
  const person = archived("id integer, name text, street text, old text", "person");
  const sql = "create table person (id int, name varchar(9)); create table home (person int, street text)";
  const wishes: readonly Wish[] = [
    { archived: person, target: "public.person" },
    { archived: { ...person }, target: "public.person" },
    { archived: person, target: "public.home", mapping: { from: "public.person", columns: { person: "id" }, where: "street is not null" } },
  ];
  const lacking = await mapInto(sql, ...wishes);
  expect(said(lacking)).toStrictEqual(["DRIFT the archive has column old of public.person, which the target lacks", "DRIFT the archive has column old of public.person, which public.home lacks"]);
  const complete = await mapInto(sql, ...wishes.map((wish) => ({ ...wish, leaveOut: ["old"] })));
  expect(said(complete)).toStrictEqual([]);
  expect(complete.map(({ map: made, warnings }) => [made?.columns.map(({ name, field }) => `${name} ${field}`), made?.where, made?.direct, warnings.length])).toStrictEqual([
    [["id id", "name name"], null, false, 1],
    [["id id", "name name"], null, false, 0],
    [["person id", "street street"], "street is not null", false, 0],
  ]);
});

describe("a condition over the fields", () => {
  const condition = (where: string): Wish => ({ archived: archived("id integer int4, mood public.mood enum, Old jsonb jsonb"), mapping: { where }, leaveOut: ["Old"] });
  const sql = "create table item (id int, mood text); create table witness (a int)";

  it.each(["id > 5 and mood = 'fine'", `"Old" ->> 'a' is not null -- said`, "exists (select from public.witness w where w.a = id)"])("is taken: %s", async (where) => {
    const [mapped] = await mapInto(sql, condition(where));
    expect(mapped).toMatchObject({ refusals: [], map: { where, direct: false } });
  });

  it.each([
    ["ids > 5", "42703"],
    ["id", "42804"],
    ["count(*) > 1", "42803"],
    ["true); drop table public.witness; select (true", "42601"],
    ["true) limit 0; delete from public.witness --", "42601"],
  ])("is refused before any write: %s", async (where, sqlState) => {
    await using database = await createDatabase(sql);
    await using session = await targetSession(database.url);
    const [mapped] = await map(session, condition(where));
    expect(mapped).toMatchObject({ map: null, refusals: [{ code: "USAGE", object: "table public.item", sqlState, message: expect.stringContaining(where) }] });
    expect(await database.query("select * from witness")).toStrictEqual([]);
  });
});

it("asks the server as often for many tables as for one", async () => {
  await using database = await createDatabase(Array.from({ length: 30 }, (_, n) => `create table t${n} (a bigint, b text, c date)`).join(";"));
  await using session = await targetSession(database.url);
  const asked = async (tables: number) => {
    let queries = 0;
    const counting: Session = Object.assign(Object.create(session), {
      query: (sql: string, parameters?: readonly unknown[]) => {
        queries += 1;
        return session.query(sql, parameters);
      },
    });
    const mapped = await map(counting, ...Array.from({ length: tables }, (_, n) => ({ archived: archived("a integer, b public.gone, c timestamp_without_time_zone", `t${n}`) })));
    expect(said(mapped)).toStrictEqual([]);
    return queries;
  };
  expect(await asked(30)).toBe(await asked(1));
});

const TYPES = `
  create type mood as enum ('sad', 'fine'); create type other_mood as enum ('fine', 'great'); create domain price as numeric(9, 2); create domain short as varchar(3) check (value <> 'no');
  create domain years as int; create extension citext`;

/** Archive's type and wire, its value as text, the target's type, and what comes out: a text, or that it is lost, or the SQLSTATE. */
const VALUES: readonly (readonly [type: string, wire: string | null, value: string, target: string, result: string])[] = [
  ["integer", "int4", "7", "bigint", "7"],
  ["bigint", "int8", "7", "integer", "7"],
  ["bigint", "int8", "3000000000", "integer", "22003"],
  ["bigint", "int8", "9007199254740993", "double precision", "lost"],
  ["numeric", "numeric", "7.00", "integer", "7"],
  ["numeric", "numeric", "7.5", "integer", "lost"],
  ["numeric(9,4)", "numeric", "1.5000", "numeric(9,2)", "1.50"],
  ["numeric(9,4)", "numeric", "1.5010", "numeric(9,2)", "lost"],
  ["numeric(9,1)", "numeric", "1.5", "numeric(9,3)", "1.500"],
  ["double precision", "float8", "0.30000000000000004", "numeric", "0.30000000000000004"],
  ["double precision", "float8", "0.1", "real", "lost"],
  ["character varying(9)", "varchar", "abcd", "text", "abcd"],
  ["character varying(9)", "varchar", "abcd", "character varying(3)", "lost"],
  ["character varying(9)", "varchar", "abc", "character varying(3)", "abc"],
  ["character(2)", "bpchar", "ab", "character(4)", "ab  "],
  ["character(4)", "bpchar", "abc", "character(2)", "lost"],
  ["text", "text", "abcd", "public.short", "lost"],
  ["text", "text", "no", "public.short", "23514"],
  ["text", "text", "1.5", "public.price", "1.50"],
  ["text", "text", "1.505", "public.price", "lost"],
  ["text", "text", "007", "integer", "7"],
  ["text", "text", "x", "integer", "22P02"],
  ["text", "text", "1.505", "numeric(9,2)", "lost"],
  ["text", "text", "fine", "public.mood", "fine"],
  ["text", "text", "FINE", "public.mood", "22P02"],
  ["public.mood", "enum", "fine", "text", "fine"],
  ["public.mood", "enum", "fine", "public.other_mood", "fine"],
  ["public.mood", "enum", "sad", "public.other_mood", "22P02"],
  ["public.gone", "enum", "sad", "public.mood", "sad"],
  ["public.gone", null, "(1,x)", "character varying(3)", "lost"],
  ["public.gone[]", null, "{fine,sad}", "public.mood[]", "{fine,sad}"],
  ['nowhere."Odd (9) type"', null, "x", "text", "x"],
  ['"char"', "char", "x", "text", "x"],
  ["json", "json", '{"a": 1}', "jsonb", '{"a": 1}'],
  ["jsonb", "jsonb", '{"a": 1}', "json", '{"a": 1}'],
  ["timestamp without time zone", "timestamp", "2024-01-01 00:00:00", "date", "2024-01-01"],
  ["timestamp without time zone", "timestamp", "2024-01-01 00:00:01", "date", "lost"],
  ["timestamp without time zone", "timestamp", "2024-01-01 00:00:00.7", "timestamp(0) without time zone", "lost"],
  ["timestamp with time zone", "timestamptz", "2024-07-01 00:00:00+00", "timestamp without time zone", "2024-07-01 02:00:00"],
  ["timestamp with time zone", "timestamptz", "2024-10-27 00:30:00+00", "timestamp without time zone", "lost"],
  ["timestamp without time zone", "timestamp", "2024-03-31 02:30:00", "timestamp with time zone", "lost"],
  ["uuid", "uuid", "00000000-0000-0000-0000-000000000001", "text", "00000000-0000-0000-0000-000000000001"],
  ["integer", "int4", "1234", "character varying(3)", "lost"],
  ["integer[]", "int4[]", "{1,NULL,2}", "bigint[]", "{1,NULL,2}"],
  ["text[]", "text[]", "{1.5,2}", "numeric(9,1)[]", "{1.5,2.0}"],
  ["numeric[]", "numeric[]", "{1.5}", "integer[]", "lost"],
  ["public.price", "numeric", "1.50", "integer", "lost"],
  ["public.years", "int4", "7", "bigint", "7"],
  ["smallint", "int2", "7", "public.years", "7"],
  ["public.citext", "text", "A", "text", "A"],
  ["text", "text", "A", "public.citext", "A"],
  ["inet", "inet", "10.0.0.1/8", "cidr", "lost"],
  ["boolean", "bool", "t", "integer", "1"],
  ["integer", "int4", "2", "boolean", "lost"],
  ["bit(3)", "bit", "101", "bit(5)", "lost"],
  ["interval", "interval", "1 day 02:03:04.567", "interval(1)", "lost"],
];

describe.each(Object.keys(testServers()))("on PostgreSQL %s", (major) => {
  let database: TestDatabase;
  let session: Session;
  beforeAll(async () => {
    database = await createDatabase(TYPES, { major });
    session = await targetSession(database.url);
    await session.execute("set TimeZone = 'Europe/Berlin'");
  });
  afterAll(async () => {
    await session.close();
    await database[Symbol.asyncDispose]();
  });

  it("a value arrives as it was, or its loss is told, from binary and from text alike", async () => {
    const results: (readonly string[])[] = [];
    for (const [type, wire, value, target] of VALUES) {
      await session.execute(`create temp table item (a ${target}); create temp table staging (id int)`);
      for (const kind of wire === null ? [null] : [null, wire]) results.push([type, target, value, await cast({ type, wire: kind }, value)]);
      await session.execute("drop table pg_temp.item; drop table pg_temp.staging");
    }
    expect(results).toStrictEqual(VALUES.flatMap(([type, wire, value, target, result]) => (wire === null ? [0] : [0, 1]).map(() => [type, target, value, result])));
  });

  /** What the map's own SQL makes of a value in a staging table, assigned to a column of the target's type. */
  async function cast({ type, wire }: { type: string; wire: string | null }, value: string): Promise<string> {
    const data: TocData = { format: wire === null ? "copy-text" : "copy-binary", columns: [{ name: "a", type, wire }], schema: "pg_temp", table: "item" };
    const [mapped] = await map(session, { archived: data });
    if (mapped?.map === null || mapped === undefined) return said([mapped!]).join();
    const [field] = mapped.map.fields;
    const [column] = mapped.map.columns;
    await session.execute(`alter table pg_temp.staging drop column if exists a, add column a ${field!.stagingType}; truncate pg_temp.staging, pg_temp.item; insert into pg_temp.staging values (1, '${value}')`);
    try {
      const lost = lossyCheck(column!, "s.a");
      const rows = lost === null ? [] : await session.query(`select from pg_temp.staging s where ${lost}`);
      if (rows.length > 0) return "lost";
      await session.execute(`insert into pg_temp.item select ${castExpression(column!, "s.a")} from pg_temp.staging s`);
      const [came] = await session.query<{ a: string; same: boolean }>(`select format('%s', i.a) as a, record_image_eq(row(i.a), row(${castExpression(column!, "s.a")})) as same from pg_temp.item i, pg_temp.staging s`);
      // A second run must find the row that the first one wrote.
      return came?.same === true ? came.a : `stored as another image: ${came?.a}`;
    } catch (error) {
      return (error as { sqlState?: string }).sqlState ?? String(error);
    }
  }
});

it("a type that differs is warned of, with what happens to values that would change, and whose clock is meant", async () => {
  await using database = await createDatabase("create table item (a bigint, b int, c timestamp, d varchar(3), e text)");
  await using session = await targetSession(database.url);
  await session.execute("set TimeZone = 'Europe/Berlin'");
  const [mapped] = await map(session, { archived: archived("a integer, b numeric, c timestamp_with_time_zone, d character_varying(4), e text") });
  expect(mapped?.warnings).toStrictEqual([
    { code: "TYPE_DIFFERS", object: "public.item.a", message: "integer in the archive, bigint on the target" },
    { code: "TYPE_DIFFERS", object: "public.item.b", message: "numeric in the archive, integer on the target; values that would change are rejected" },
    { code: "TYPE_DIFFERS", object: "public.item.c", message: "timestamp with time zone in the archive, timestamp without time zone on the target; instants are read and written by the clock of the session's time zone, Europe/Berlin; values that would change are rejected" },
    { code: "TYPE_DIFFERS", object: "public.item.d", message: "character varying(4) in the archive, character varying(3) on the target; values that would change are rejected" },
  ]);
});

it("pgvector's types are found wherever the extension is, and read in binary by their wire", async () => {
  const [mapped] = await mapInto("create schema ext; create extension vector schema ext; create table item (a ext.vector(3), b real[], c text)", { archived: archived("a public.vector(3) vector, b public.vector vector, c public.halfvec(2) halfvec") });
  expect(mapped).toMatchObject({
    refusals: [],
    map: {
      fields: [{ stagingType: "ext.vector" }, { stagingType: "ext.vector" }, { stagingType: "ext.halfvec" }],
      columns: [{ sameType: true, casts: [] }, { casts: ["ext.vector", "real[]"] }, { casts: ["ext.halfvec", "text"] }],
    },
  });
});
