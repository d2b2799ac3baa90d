import { describe, expect, it } from "vitest";
import { ident } from "../../src/catalog/quote.ts";
import type { ColumnMap, Field, MappedColumn } from "../../src/restore/column-map.ts";
import { createJournal } from "../../src/restore/journal.ts";
import type { MergeLoad, Staging } from "../../src/restore/loaders/merge-load.ts";
import { tellColumns, writeRejects } from "../../src/restore/loaders/rejects.ts";
import { openStaging } from "../../src/restore/loaders/staging.ts";
import { readTargetTables } from "../../src/restore/target-table.ts";
import { connect } from "../../src/session/connect.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import { prepareRestoreSession } from "../../src/session/prepare-session.ts";
import type { Session } from "../../src/session/session.ts";
import { createDatabase, testServers } from "../helpers/database.ts";
import { as, createRole, giveDatabase } from "../helpers/role.ts";

type Format = MergeLoad["format"];

/** How the rows of `archive.t` become those of `public.t`, where that is not by names and equal types. */
interface Mapping {
  readonly format?: Format;
  readonly where?: string;
  /** Field → how it is staged. */
  readonly stagingTypes?: Readonly<Record<string, string>>;
  /** Column → the casts of its field. */
  readonly casts?: Readonly<Record<string, readonly string[]>>;
  readonly lossy?: readonly string[];
  /** Fields that become no column. */
  readonly leaveOut?: readonly string[];
}

async function open(url: string): Promise<Session> {
  const session = await connect(await resolveConnection(url));
  await prepareRestoreSession(session);
  await session.execute("BEGIN");
  return session;
}

async function loadOf(session: Session, { format = "copy-text", where, stagingTypes = {}, casts = {}, lossy = [], leaveOut = [] }: Mapping = {}): Promise<MergeLoad> {
  const [oids] = await session.query<{ from: number; to: number }>("select 'archive.t'::regclass::oid as from, 'public.t'::regclass::oid as to");
  const tables = await readTargetTables(session, [oids!.from, oids!.to]);
  const table = tables.get(oids!.to)!;
  const fields = tables.get(oids!.from)!.columns.map(({ name, type }): Field => ({ name, type, stagingType: stagingTypes[name] ?? type }));
  const there = fields.filter(({ name }) => !leaveOut.includes(name));
  const columns = table.columns
    .filter(({ name, generated }) => generated === null && there.some((field) => field.name === name))
    .map(({ name, bareType }): MappedColumn => ({ name, field: name, bareType, sameType: casts[name] === undefined, casts: casts[name] ?? [], lossy: lossy.includes(name) }));
  const direct = where === undefined && leaveOut.length === 0 && Object.keys(casts).length === 0;
  const map: ColumnMap = { fields, columns, where: where ?? null, direct };
  return { load: 7, table, map, format, policy: "skip", key: table.keys.find(({ primary }) => primary) ?? null, foreignKeys: [], remember: [] };
}

/** The COPY bytes of `archive.t`, read whole: one session cannot read and write at the same time. */
async function bytesOf(session: Session, { map, format }: MergeLoad, condition = "true"): Promise<() => AsyncIterable<Uint8Array>> {
  const columns = map.fields.map(({ name }) => ident(name)).join(", ");
  const blocks: Uint8Array[] = [];
  for await (const bytes of session.copyOut(`COPY (SELECT ${columns} FROM archive.t WHERE ${condition}) TO STDOUT${format === "copy-binary" ? " (FORMAT binary)" : ""}`)) blocks.push(Uint8Array.from(bytes));
  return async function* () {
    yield* blocks;
  };
}

interface Reject {
  readonly rule: string;
  readonly message: string;
  readonly key: unknown;
  readonly row: unknown;
  readonly literal: string;
}

async function outcome(session: Session, staging: Staging) {
  const rows = await session.query<{ row: unknown }>(`select row_to_json(r) as row from ${staging.rows} r order by row_to_json(r)::text`);
  const rejects = await session.query<Reject>(`select constraint_name as rule, message, key, "row", literal from pgark.rejects where load = 7 order by "row"::text`);
  return { archived: staging.archived, rejected: staging.rejected, rows: rows.map(({ row }) => row), rejects };
}

async function stage(session: Session, load: MergeLoad): Promise<Awaited<ReturnType<typeof outcome>>> {
  await createJournal(session);
  const staging = await openStaging(session, load, 3);
  await staging.add(await bytesOf(session, load), () => {});
  return outcome(session, staging);
}

/** As `stage`, by bytes that come once. */
async function written(session: Session, load: MergeLoad): Promise<Awaited<ReturnType<typeof outcome>>> {
  await createJournal(session);
  const staging = await openStaging(session, load, 3);
  const bytes = await bytesOf(session, load);
  const writer = await staging.writer();
  for await (const some of bytes()) await writer.write(some);
  await writer.finish();
  return outcome(session, staging);
}

/** A table in two versions. */
const two = (archive: string, target: string, rows: string, before = "") => `create schema archive; ${before}; create table archive.t (${archive}); create table public.t (${target}); insert into archive.t ${rows}`;

describe.each(Object.keys(testServers()))("on PostgreSQL %s", (major) => {
  const columns = "id int, mood text, size varchar(12), amount numeric(8,2), kind text";
  const sql = two(
    columns,
    "id int primary key, mood public.mood, size varchar(10), amount numeric(5,2) constraint positive check (amount > 0), kind public.short not null, twice numeric generated always as (amount * 2) stored, constraint never check (twice <> 8)",
    `values (1, 'sad', 'a', 1.5, 'x'), (2, 'angry', 'b', 1, 'x'), (3, 'sad', 'eleven char', 1, 'x'), (4, 'sad', 'd', 123456, 'x'),
            (5, 'sad', 'e', -1, 'x'), (6, 'sad', 'f', 1, null), (7, 'sad', 'g', 1, 'long'), (8, 'sad', 'h', 4, 'x'), (9, 'happy', null, null, '')`,
    "create type public.mood as enum ('sad', 'happy'); create domain public.short as varchar(3)",
  );
  const good = [
    { id: 1, mood: "sad", size: "a", amount: 1.5, kind: "x", twice: 3 },
    { id: 9, mood: "happy", size: null, amount: null, kind: "", twice: null },
  ];
  const refused = [
    [2, "type cast", 'invalid input value for enum public.mood: "angry"', '(2,angry,b,1.00,x)'],
    [3, "type cast", "value too long for type character varying(10)", '(3,sad,"eleven char",1.00,x)'],
    [4, "type cast", "numeric field overflow", "(4,sad,d,123456.00,x)"],
    [5, "positive", "new row for public.t violates check constraint positive", "(5,sad,e,-1.00,x)"],
    [6, "not null of column kind", "null value in column kind of public.t violates not-null constraint", "(6,sad,f,1.00,)"],
    [7, "type cast", "value too long for type character varying(3)", "(7,sad,g,1.00,long)"],
    [8, "never", "new row for public.t violates check constraint never", "(8,sad,h,4.00,x)"],
  ] as const;

  it.each<[Format, "as they are" | "with the target's types"]>([
    ["copy-text", "as they are"],
    ["copy-text", "with the target's types"],
    ["copy-binary", "as they are"],
  ])("finds each row that cannot become the target's columns, and stages the others: %s, fields %s", async (format, how) => {
    await using database = await createDatabase(sql, { major });
    await using session = await open(database.url);
    const stagingTypes = how === "as they are" ? {} : { mood: "public.mood", size: "character varying(10)", amount: "numeric(5,2)", kind: "public.short" };
    const plain = await loadOf(session, { format, stagingTypes });
    // The archive's enum is sent and printed as text.
    const load: MergeLoad = { ...plain, map: { ...plain.map, fields: plain.map.fields.map((field) => (field.name === "mood" ? { ...field, type: "public.mood" } : field)) } };

    const { rows, rejects, ...counts } = await stage(session, load);

    expect(counts).toStrictEqual({ archived: 9, rejected: 7 });
    expect(rows).toStrictEqual(good);
    expect(rejects.map(({ key, rule, message, literal }) => [(key as { id: number }).id, rule, message, literal])).toStrictEqual(refused);
    expect(rejects.map(({ row }) => row)).toContainEqual({ id: 6, mood: "sad", size: "f", amount: 1, kind: null });
  });

  it("finds them without PL/pgSQL too", async () => {
    await using database = await createDatabase(sql, { major });
    await database.query("drop extension plpgsql");
    await using session = await open(database.url);
    const plain = await loadOf(session, { format: "copy-text", stagingTypes: { mood: "public.mood" } });

    const { rows, rejects, ...counts } = await stage(session, plain);

    expect(counts).toStrictEqual({ archived: 9, rejected: 7 });
    expect(rows).toStrictEqual(good);
    expect(rejects.map(({ key, rule, message, literal }) => [(key as { id: number }).id, rule, message, literal])).toStrictEqual(refused);
  });
});

const CASTS = two(
  "id int, mood text, doc json, total numeric, n int",
  "id bigint, mood public.mood, doc jsonb, total int, n bigint",
  `values (1, 'sad', '{"b": 1, "a": [1, 2]}', 2.0, 2147483647), (2, 'angry', '{}', 1, 1), (3, 'sad', null, 1.5, 1), (4, 'happy', '"x"', 3000000000, 1), (5, null, '1', null, null)`,
  "create type public.mood as enum ('sad', 'happy')",
);
const HOW = {
  casts: { id: ["integer", "bigint"], mood: ["text", "public.mood"], doc: ["json", "jsonb"], total: ["numeric", "integer"], n: ["integer", "bigint"] },
  lossy: ["total"],
};

it.each<Format>(["copy-text", "copy-binary"])("casts what the target's types need, and rejects a value that would be another, as the table's owner: %s", async (format) => {
  await using role = await createRole();
  await using database = await createDatabase(`${CASTS}; alter table public.t owner to ${role.name}; grant usage on schema archive to ${role.name}; grant select on archive.t to ${role.name}`);
  await giveDatabase(database.url, role);
  await using session = await open(as(role, database.url));

  const { rows, rejects, ...counts } = await stage(session, await loadOf(session, { ...HOW, format }));

  expect(counts).toStrictEqual({ archived: 5, rejected: 3 });
  expect(rows).toStrictEqual([
    { id: 1, mood: "sad", doc: { a: [1, 2], b: 1 }, total: 2, n: 2147483647 },
    { id: 5, mood: null, doc: 1, total: null, n: null },
  ]);
  expect(rejects).toStrictEqual([
    { rule: "type cast", message: 'invalid input value for enum public.mood: "angry"', key: null, row: { id: 2, mood: "angry", doc: {}, total: 1, n: 1 }, literal: "(2,angry,{},1,1)" },
    { rule: "type cast", message: "column total: 1.5 would become 2", key: null, row: { id: 3, mood: "sad", doc: null, total: 1.5, n: 1 }, literal: "(3,sad,,1.5,1)" },
    { rule: "type cast", message: "integer out of range", key: null, row: { id: 4, mood: "happy", doc: "x", total: 3000000000, n: 1 }, literal: '(4,happy,"""x""",3000000000,1)' },
  ]);
});

it("reads a text that is no value of its staging type as text, and rejects it", async () => {
  await using database = await createDatabase(two("id text, flag text, n text", "id int primary key, flag boolean, n numeric", "values ('1', 't', '1.50'), ('2', 'maybe', '1e3'), ('x', 'f', '007'), ('4', null, 'NaN')"));
  await using session = await open(database.url);
  const load = await loadOf(session, { stagingTypes: { id: "integer", flag: "boolean", n: "numeric" } });

  const { rows, rejects, ...counts } = await stage(session, load);

  expect(counts).toStrictEqual({ archived: 4, rejected: 2 });
  expect(rows).toStrictEqual([
    { id: 1, flag: true, n: 1.5 },
    { id: 4, flag: null, n: "NaN" },
  ]);
  expect(rejects).toStrictEqual([
    { rule: "type cast", message: 'invalid input syntax for type integer: "x"', key: { id: "x" }, row: { id: "x", flag: false, n: "007" }, literal: "(x,f,007)" },
    { rule: "type cast", message: 'invalid input syntax for type boolean: "maybe"', key: { id: 2 }, row: { id: 2, flag: "maybe", n: 1000 }, literal: "(2,maybe,1e3)" },
  ]);
});

it("rejects what would be cut off to fit a domain", async () => {
  await using database = await createDatabase(two("id int, word text", "id int, word public.short", "values (1, 'abc'), (2, 'abcd')", "create domain public.short as varchar(3)"));
  await using session = await open(database.url);
  const load = await loadOf(session, { casts: { word: ["text", "public.short"] }, lossy: ["word"] });

  expect(await stage(session, load)).toMatchObject({ rows: [{ id: 1, word: "abc" }], rejects: [{ rule: "type cast", message: "column word: abcd would become abc" }] });
});

it.each([
  ["whose casts fail", { casts: { mood: ["text", "public.mood"] } }],
  ["that cannot be read", { stagingTypes: { mood: "public.mood" } }],
  ["that a check refuses", { casts: { id: ["integer", "integer"] }, onlyChecks: true }],
])("gets through 10,000 rows of which 3,000 fail in seconds: rows %s", async (_, { onlyChecks = false, ...mapping }: Mapping & { onlyChecks?: boolean }) => {
  await using database = await createDatabase(
    two("id int, mood text", `id int primary key, mood ${onlyChecks ? "text check (mood = 'sad')" : "public.mood"}`, "select n, case when n % 10 in (1, 4, 7) then 'angry ' || n else 'sad' end from generate_series(1, 10000) n", "create type public.mood as enum ('sad')"),
  );
  await using session = await open(database.url);
  await createJournal(session);
  const load = await loadOf(session, mapping);
  const staging = await openStaging(session, load, 3);
  const bytes = await bytesOf(session, load);
  const started = performance.now();

  await staging.add(bytes, () => {});

  expect(performance.now() - started).toBeLessThan(8_000);
  const [left] = await session.query<object>(`select count(*)::int as rows, count(*) filter (where id % 10 in (1, 4, 7))::int as wrong from ${staging.rows}`);
  const [out] = await session.query<object>("select count(*)::int as rejects, count(distinct literal)::int as different, bool_and((key->>'id')::int % 10 in (1, 4, 7)) as right from pgark.rejects where load = 7 and chunk = 3");
  expect({ ...left, ...out, archived: staging.archived, rejected: staging.rejected }).toStrictEqual({ rows: 7000, wrong: 0, rejects: 3000, different: 3000, right: true, archived: 10000, rejected: 3000 });
});

it.each<Format>(["copy-text", "copy-binary"])("tries rejected rows again with the values that they came with: %s", async (format) => {
  await using database = await createDatabase(
    two(
      `id int, "a ""b" text, c text[], d json, e bytea, f timestamptz, g double precision, h int`,
      `id int primary key, "a ""b" text, c text[], d json, e bytea, f timestamptz, g double precision, h int not null`,
      String.raw`values (1, '', array['', null, 'a,b', '"q"', e'\\'], '{"x": "\\ \n"}', '\x00ff', '2024-02-29 12:00:00.123456+05', 0.1::float8 + 0.2::float8, null),
        (2, null, '{}', null, '', '-infinity', 'NaN', null), (3, e'line\nline\ttab \\N "quote" ''single'' (a,b)', null, '"\""', null, null, '-0', null),
        (4, 'NULL', '{{1,2},{3,4}}', '[1.0, 1.00]', '\x5c6e', 'epoch', 'Infinity', 1)`,
    ),
  );
  await using session = await open(database.url);
  const load = await loadOf(session, { format });
  const first = await stage(session, load);
  await session.execute("COMMIT; ALTER TABLE public.t ALTER h DROP NOT NULL; BEGIN");
  const second = await openStaging(session, await loadOf(session, { format }), -2);

  const tried = await second.addRejects();

  expect({ tried, archived: second.archived, rejected: second.rejected, first: first.rejects.map(({ rule }) => rule) }).toStrictEqual({ tried: 3, archived: 3, rejected: 0, first: Array(3).fill("not null of column h") });
  expect((await outcome(session, second)).rejects).toStrictEqual([]);
  const [same] = await session.query<object>(`select count(*)::int as same from ${second.rows} s join archive.t a on record_image_eq(row(s.*), row(a.*)) where a.id < 4`);
  expect(same).toStrictEqual({ same: 3 });
});

it("rejects a row again for what it fails for now", async () => {
  await using database = await createDatabase(two("id int, n int", "id int, n int check (n > 0) check (n <> 5)", "values (1, -1), (2, 0), (3, 5), (4, 1)"));
  await using session = await open(database.url);
  const load = await loadOf(session, { where: "id > 1" });
  const first = await stage(session, load);
  await session.execute("COMMIT; ALTER TABLE public.t DROP CONSTRAINT t_n_check; BEGIN");
  const second = await openStaging(session, await loadOf(session, { where: "id > 1" }), -2);

  expect(await second.addRejects()).toBe(2);

  expect([first.archived, first.rejected, first.rows]).toStrictEqual([3, 2, [{ id: 4, n: 1 }]]);
  expect(await outcome(session, second)).toMatchObject({ archived: 2, rejected: 1, rows: [{ id: 2, n: 0 }], rejects: [{ rule: "t_n_check1", literal: "(3,5)" }] });
});

it("counts and stages only rows that meet the condition, and adds up chunks and queries", async () => {
  await using database = await createDatabase(two("id int, tids text, step int", "id int primary key, step int not null", "select n, case when n % 2 = 0 then 'even' end, nullif(n, 4) from generate_series(1, 7) n"));
  await using session = await open(database.url);
  await createJournal(session);
  // Names that the engine's own SQL uses mean the fields.
  const load = await loadOf(session, { where: "tids = 'even' and step is distinct from 0 -- even ones", leaveOut: ["tids"] });
  const staging = await openStaging(session, load, 3);

  await staging.add(await bytesOf(session, load, "id < 3"), () => {});
  await staging.add(await bytesOf(session, load, "id between 3 and 5"), () => {});
  await staging.addSelect("SELECT id, tids, step FROM archive.t WHERE id > 5");

  expect(await outcome(session, staging)).toStrictEqual({
    archived: 3,
    rejected: 1,
    rows: [{ id: 2, step: 2 }, { id: 6, step: 6 }],
    rejects: [{ rule: "not null of column step", message: "null value in column step of public.t violates not-null constraint", key: { id: 4 }, row: { id: 4, tids: "even", step: null }, literal: "(4,even,)" }],
  });
});

it.each<[Format, boolean]>([
  ["copy-text", true],
  ["copy-text", false],
  ["copy-binary", true],
  ["copy-binary", false],
])("takes rows without columns: %s, straight %s", async (format, straight) => {
  await using database = await createDatabase("create schema archive; create table archive.t (); create table public.t (); insert into archive.t select from generate_series(1, 3)");
  await using session = await open(database.url);
  const load = await loadOf(session, straight ? { format } : { format, where: "true" });

  expect(await stage(session, load)).toStrictEqual({ archived: 3, rejected: 0, rows: [{}, {}, {}], rejects: [] });
  await session.execute("ROLLBACK; BEGIN");
  expect(await written(session, load)).toStrictEqual({ archived: 3, rejected: 0, rows: [{}, {}, {}], rejects: [] });
});

it.each<Format>(["copy-text", "copy-binary"])("takes bytes that come only once: %s", async (format) => {
  await using database = await createDatabase(two("id int, n int", "id int primary key, n int check (n <> 2)", "values (1, 1), (2, 2), (3, 3)"));
  await using session = await open(database.url);
  const load = await loadOf(session, { format });

  expect(await written(session, load)).toMatchObject({ archived: 3, rejected: 1, rows: [{ id: 1, n: 1 }, { id: 3, n: 3 }], rejects: [{ rule: "t_n_check", key: { id: 2 } }] });
});

it("leaves checks that read what is not known beforehand to the INSERT, and reads defaults that are", async () => {
  await using database = await createDatabase(
    two(
      "id int, n int",
      `id int, n int, base bigint default 10, at timestamptz default clock_timestamp(), number int generated always as identity, g int generated always as (n + base) stored unique,
       constraint steady check (n < base), constraint g_is check (g <> 12), constraint late check (at > 'infinity'), constraint numbered check (number > 100), constraint own check (tableoid = 0), constraint whole check (t is null)`,
      "values (1, 1), (2, 2), (3, 11)",
    ),
  );
  await using session = await open(database.url);

  const { rows, rejects, ...counts } = await stage(session, await loadOf(session));

  expect(counts).toStrictEqual({ archived: 3, rejected: 2 });
  expect(rows).toStrictEqual([{ id: 1, n: 1, base: 10, g: 11 }]);
  expect(rejects.map(({ rule }) => rule)).toStrictEqual(["g_is", "steady"]);
});

it("rejects rows for which a check cannot be evaluated", async () => {
  await using database = await createDatabase(two("id int, n int", "id int, n int constraint ratio check (10 / n > 1), constraint small check (n < 4)", "values (1, 1), (2, 0), (3, 4), (4, 3)"));
  await using session = await open(database.url);

  const { rows, rejects, ...counts } = await stage(session, await loadOf(session));

  expect(counts).toStrictEqual({ archived: 4, rejected: 2 });
  expect(rows).toStrictEqual([{ id: 1, n: 1 }, { id: 4, n: 3 }]);
  expect(rejects.map(({ rule, message, literal }) => [rule, message, literal])).toStrictEqual([
    ["check", "division by zero", "(2,0)"],
    ["small", 'new row for relation public.t violates check constraint "small"', "(3,4)"],
  ]);
});

it.each(Object.keys(testServers()))("stages a generated column that a check reads with its collation, on PostgreSQL %s", async (major) => {
  const kind = Number(major) >= 18 ? "virtual" : "stored";
  await using database = await createDatabase(
    two("id int, name text", `id int, name text collate "C", low text collate "C" generated always as (lower(name)) ${kind}, long int generated always as (length(name)) stored, constraint not_x check (low <> 'x')`, "values (1, 'A'), (2, 'X')"),
    { major },
  );
  await using session = await open(database.url);

  const { rows, rejects } = await stage(session, await loadOf(session));

  expect([rows, rejects.map(({ rule }) => rule)]).toStrictEqual([[{ id: 1, name: "A", low: "a" }], ["not_x"]]);
  const collations = await session.query<object>("select attname::text as name, attcollation::pg_catalog.regcollation::text as collation from pg_attribute where attrelid = 'pg_temp.pgark_rows_7'::regclass and attnum > 1 order by attnum");
  expect(collations).toStrictEqual([{ name: "name", collation: '"C"' }, { name: "low", collation: '"C"' }]);
});

it("can be dropped and opened again in one transaction", async () => {
  await using database = await createDatabase(two("id int", "id int check (id <> 2)", "values (1), (2)"));
  await using session = await open(database.url);
  await createJournal(session);
  const load = await loadOf(session);
  const bytes = await bytesOf(session, load);
  for (const chunk of [3, 4]) {
    const staging = await openStaging(session, load, chunk);
    await staging.add(bytes, () => {});
    expect([staging.archived, staging.rejected]).toStrictEqual([2, 1]);
    await staging.drop();
  }

  expect(await session.query("select chunk, literal from pgark.rejects order by chunk")).toStrictEqual([{ chunk: 3, literal: "(2)" }, { chunk: 4, literal: "(2)" }]);
  expect(await session.query("select relname::text from pg_catalog.pg_class where relpersistence = 't'")).toStrictEqual([]);
});

it("tells a staged row by the fields that became its columns", async () => {
  await using database = await createDatabase(two("id int, note text, doc json, word text", "word varchar(9), id bigint primary key, doc jsonb", `values (1, 'lost', '{"a": null}', 'x,y')`));
  await using session = await open(database.url);
  const load = await loadOf(session, { leaveOut: ["note"], casts: { id: ["integer", "bigint"], doc: ["json", "jsonb"], word: ["text", "character varying"] } });
  await createJournal(session);
  const first = await openStaging(session, load, 3);
  await first.add(await bytesOf(session, load), () => {});

  await writeRejects(session, load, 3, tellColumns(load, "s"), "'words_key'", "'taken'", `${first.rows} s`);

  await first.drop();
  const second = await openStaging(session, load, 4);
  expect(await session.query(`select key, "row", literal from pgark.rejects`)).toStrictEqual([{ key: { id: 1 }, row: { id: 1, doc: { a: null }, word: "x,y" }, literal: String.raw`(1,,"{""a"": null}","x,y")` }]);
  await second.addRejects();
  expect(await outcome(session, second)).toStrictEqual({ archived: 1, rejected: 0, rows: [{ word: "x,y", id: 1, doc: { a: null } }], rejects: [] });
});

it("throws what is no row's fault", async () => {
  await using database = await createDatabase(two("id int", "id int", "values (1)"));
  await using session = await open(database.url);
  await createJournal(session);
  const load = await loadOf(session, { where: "nowhere > 1" });
  const staging = await openStaging(session, load, 3);

  await expect(staging.add(await bytesOf(session, load), () => {})).rejects.toMatchObject({ code: "SQL_FAILED", sqlState: "42703" });
});

it("says what a role lacks that may have no temporary tables", async () => {
  await using role = await createRole();
  await using database = await createDatabase(`${two("id int", "id int", "values (1)")}; grant usage on schema archive to ${role.name}; grant select on archive.t to ${role.name}; grant all on public.t to ${role.name}`);
  await database.query(`revoke temporary on database "${database.name}" from public`);
  await using session = await open(as(role, database.url));

  await expect(openStaging(session, await loadOf(session), 3)).rejects.toMatchObject({ code: "PERMISSION_DENIED", hint: `GRANT TEMPORARY ON DATABASE ${database.name} to the restoring role.` });
});
