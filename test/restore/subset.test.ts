/** Some rows of an archive, with what belongs to them: the right ones and no others, whatever the tables are like. */
import { readFile } from "node:fs/promises";
import { createReadStream } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, planRestore, restore, tableDigests, type RestoreOptions, type RestoreReport } from "../../src/index.ts";
import { createDatabase, type TestDatabase, testServers } from "../helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "../helpers/folder.ts";
import { schemaDump } from "../helpers/programs.ts";
import { as, createRole, giveDatabase } from "../helpers/role.ts";

/** Table → what became of its rows, without what is nothing. */
function counts({ tables }: RestoreReport): Readonly<Record<string, object>> {
  return Object.fromEntries(
    tables.map(({ table, bytes: _bytes, seconds: _seconds, removed: _removed, ...account }) => [table, Object.fromEntries(Object.entries(account).filter(([name, count]) => name === "archived" || count !== 0))]),
  );
}

async function archiveOf(folder: TemporaryFolder, database: TestDatabase, options: Parameters<typeof dump>[2] = {}): Promise<string> {
  const path = folder.file(`${database.name}.ark`);
  await dump(database.url, path, { jobs: 1, ...options });
  return path;
}

const BOTH = { withParents: true, withChildren: true } as const;

/** Who made what, in which lists it is, who bought it, who looks after whom. Every number of a row has a reason to be missing in some list. */
const MUSIC = `
  create table artist (artist_id serial primary key, name text);
  create table album (album_id serial primary key, title text not null, artist_id int not null references artist);
  create table genre (genre_id serial primary key, name text);
  create table media_type (media_type_id serial primary key, name text);
  create table track (track_id serial primary key, name text not null, album_id int references album, media_type_id int not null references media_type, genre_id int references genre, unit_price numeric(10, 2) not null);
  create table playlist (playlist_id serial primary key, name text);
  create table playlist_track (playlist_id int references playlist, track_id int references track, primary key (playlist_id, track_id));
  create table employee (employee_id serial primary key, last_name text not null, reports_to int references employee);
  create table customer (customer_id serial primary key, email text not null, support_rep_id int references employee);
  create table invoice (invoice_id serial primary key, customer_id int not null references customer, at timestamp not null);
  create table invoice_line (invoice_line_id serial primary key, invoice_id int not null references invoice, track_id int not null references track, quantity int not null);
  insert into artist (name) select 'artist ' || g from generate_series(1, 40) g;
  insert into album (title, artist_id) select 'album ' || g, g * 7 % 40 + 1 from generate_series(1, 100) g;
  insert into genre (name) select 'genre ' || g from generate_series(1, 9) g;
  insert into media_type (name) select 'type ' || g from generate_series(1, 5) g;
  insert into track (name, album_id, media_type_id, genre_id, unit_price) select 'track ' || g, nullif(g % 101, 0), g % 5 + 1, nullif(g % 10, 0), g / 100.0 from generate_series(1, 900) g;
  insert into playlist (name) select 'list ' || g from generate_series(1, 20) g;
  insert into playlist_track select distinct g % 20 + 1, g * 11 % 900 + 1 from generate_series(1, 1500) g;
  insert into employee (last_name, reports_to) select 'employee ' || g, nullif(g / 2, 0) from generate_series(1, 9) g;
  insert into customer (email, support_rep_id) select g || '@example.org', nullif(g % 7, 0) from generate_series(1, 30) g;
  insert into invoice (customer_id, at) select g % 30 + 1, '2026-01-01'::timestamp + g * interval '1 hour' from generate_series(1, 200) g;
  insert into invoice_line (invoice_id, track_id, quantity) select g % 200 + 1, g * 13 % 900 + 1, 1 from generate_series(1, 1100) g;`;

const NO_ROWS = "truncate artist, album, genre, media_type, track, playlist, playlist_track, employee, customer, invoice, invoice_line restart identity";

/** What belongs to an employee, by the server itself. */
const OF_EMPLOYEE = `
  with recursive below as (select employee_id from employee where last_name = 'employee 3' union select e.employee_id from employee e join below b on e.reports_to = b.employee_id),
    above as (select employee_id, reports_to from employee where last_name = 'employee 3' union select e.employee_id, e.reports_to from employee e join above a on e.employee_id = a.reports_to),
    c as (select * from customer where support_rep_id in (table below)), i as (select * from invoice where customer_id in (select customer_id from c)), l as (select * from invoice_line where invoice_id in (select invoice_id from i)),
    t as (select * from track where track_id in (select track_id from l)), a as (select * from album where album_id in (select album_id from t))
  select (select count(*) from (select employee_id from below union select employee_id from above) e)::int as employee, (select count(*) from c)::int as customer, (select count(*) from i)::int as invoice, (select count(*) from l)::int as invoice_line,
    (select count(*) from t)::int as track, (select count(*) from a)::int as album, (select count(distinct artist_id) from a)::int as artist, (select count(distinct genre_id) from t)::int as genre, (select count(distinct media_type_id) from t)::int as media_type`;

/** The artist, the albums, their tracks, in which playlists and invoices these are. */
const LOSE = `
  create temp table lost as select t.track_id from track t join album a using (album_id) where a.artist_id = 8;
  delete from invoice_line where track_id in (table lost); delete from playlist_track where track_id in (table lost);
  delete from track where track_id in (table lost); delete from album where artist_id = 8; delete from artist where artist_id = 8; drop table lost`;

const OF_ARTIST = `
  with t as (select t.* from track t join album a using (album_id) where artist_id = 8), l as (select * from invoice_line where track_id in (select track_id from t)),
    p as (select * from playlist_track where track_id in (select track_id from t)), i as (select distinct invoice_id, customer_id from invoice join l using (invoice_id)), c as (select distinct customer_id, support_rep_id from customer join i using (customer_id)),
    e as (with recursive up as (select employee_id, reports_to from employee where employee_id in (select support_rep_id from c) union select e.employee_id, e.reports_to from employee e join up on e.employee_id = up.reports_to) table up)
  select (select count(*) from album where artist_id = 8)::int as album, (select count(*) from t)::int as track, (select count(*) from l)::int as invoice_line, (select count(*) from p)::int as playlist_track,
    (select count(*) from i)::int as invoice, (select count(*) from c)::int as customer, (select count(*) from e)::int as employee, (select count(distinct playlist_id) from p)::int as playlist, (select count(distinct genre_id) from t)::int as genre, (select count(distinct media_type_id) from t)::int as media_type`;

const named = (rows: Record<string, number> | undefined, of: (count: number) => object) => Object.fromEntries(Object.entries(rows ?? {}).map(([table, count]) => [`public.${table}`, of(count)]));
const came = (count: number) => ({ archived: count, inserted: count });
const wasThere = (count: number) => ({ archived: count, identical: count });

describe.each(["13", "17"].filter((major) => testServers()[major] !== undefined))("on PostgreSQL %s", (major) => {
  it("a row that was deleted comes back with all that hangs on it, once, for a plain owner", async () => {
    await using folder = await temporaryFolder();
    await using owner = await createRole({ major });
    await using source = await createDatabase(MUSIC, { major });
    await using target = await createDatabase("", { major });
    await giveDatabase(target.url, owner);
    await target.query(`grant all on schema public to ${owner.name}; set role ${owner.name}; ${MUSIC} reset role`);
    const [{ album, track, invoice_line, playlist_track, ...parents } = {}] = await source.query<Record<string, number>>(OF_ARTIST);
    const digests = await tableDigests(source.url);
    const schema = await schemaDump(target.url, major);
    const archive = await archiveOf(folder, source);
    await target.query(LOSE);
    const options: RestoreOptions = { where: { artist: "name = 'artist 8'" }, ...BOTH, onConflict: "skip", rejectsFile: folder.file("rejects") };

    const plan = await planRestore(archive, as(owner, target.url), { ...options, examples: 1 });
    const first = await restore(archive, as(owner, target.url), options);
    const restored = await tableDigests(target.url);
    const second = await restore(archive, as(owner, target.url), options);

    expect(Math.min(...Object.values({ album, track, invoice_line, playlist_track, ...parents }).map(Number))).toBeGreaterThan(0);
    expect(counts(first)).toStrictEqual({ ...named({ artist: 1, album, track, invoice_line, playlist_track } as Record<string, number>, came), ...named(parents, wasThere) });
    expect(restored).toStrictEqual(digests);
    expect(await schemaDump(target.url, major)).toBe(schema);
    expect(plan.forecast?.map((one) => [one.table, one.archived, one.new, one.identical, one.orphans])).toStrictEqual(first.tables.map(({ table, archived, inserted, identical }) => [table, archived, inserted, identical, 0]));
    expect(plan.forecast?.find(({ table }) => table === "public.artist")?.examples.new).toStrictEqual([{ key: '{"artist_id":8}' }]);
    expect(counts(second)).toStrictEqual(Object.fromEntries(first.tables.map(({ table, archived }) => [table, wasThere(archived)])));
    expect(await tableDigests(target.url)).toStrictEqual(digests);
  });

  it("only what is asked for comes: neither parents nor children, one of them, or both", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(MUSIC, { major });
    await using target = await createDatabase(MUSIC + NO_ROWS, { major });
    const archive = await archiveOf(folder, source, { content: "data" });
    const bring = async (options: RestoreOptions) => {
      await target.query(NO_ROWS);
      return counts(await restore(archive, target.url, options));
    };

    expect(await bring({ where: { artist: "artist_id in (1, 2)" } })).toStrictEqual(named({ artist: 2 }, came));
    expect(await bring({ where: { album: "album_id = 1" }, withParents: true })).toStrictEqual(named({ artist: 1, album: 1 }, came));
    expect(await bring({ where: { "invoic?": "invoice_id = 7", playlist: "false" }, withChildren: true, withParents: true, excludeTables: ["track"], onConflict: "skip" })).toMatchObject({ "public.playlist": { archived: 0 }, "public.invoice": came(1), "public.invoice_line": { rejected: expect.any(Number) } });
    const [due] = await source.query<Record<string, number>>(OF_EMPLOYEE);
    expect(await bring({ where: { employee: "last_name = 'employee 3'" }, ...BOTH })).toStrictEqual(named(due, came));
    expect(await bring({ where: { album: "album_id = 1" }, onConflict: "skip", rejectsFile: folder.file("rejects") })).toStrictEqual({ "public.album": { archived: 1, rejected: 1 } });
    expect(await readFile(folder.file("rejects"), "utf8")).toMatch(/^\{"table": "public.album".*"album_artist_id_fkey".*\}\n$/);
    await expect(bring({ where: { album: "album_id = 1" } })).rejects.toMatchObject({ code: "TOO_MANY_REJECTS", message: expect.stringContaining("album_artist_id_fkey") });
    expect(await target.query("select * from album")).toStrictEqual([]);
  });
});

const GRAPH = `
  create table tree (id int primary key, up int references tree, name text);
  insert into tree select g, nullif(g / 2, 0), 'node ' || g from generate_series(1, 31) g;
  create table hen (id int primary key, egg int);
  create table egg (id int primary key, hen int not null references hen deferrable);
  alter table hen add foreign key (egg) references egg;
  insert into hen select g, null from generate_series(1, 6) g; insert into egg select g, case when g < 4 then g % 3 + 1 else g end from generate_series(1, 6) g;
  update hen set egg = id;
  create schema "Odd ""schema"; create type "Odd ""schema"."Mood" as enum ('good', 'it''s bad');
  create table "Odd ""schema"."Par ent" ("a'b" int, "select" text, mood "Odd ""schema"."Mood", primary key ("a'b", "select"));
  create table "Odd ""schema".child ("group" int generated always as identity, p1 text, "P 2" int, note text, foreign key ("P 2", p1) references "Odd ""schema"."Par ent" match full);
  insert into "Odd ""schema"."Par ent" values (1, 'x', 'good'), (1, 'y', 'it''s bad'), (2, 'x', 'good');
  insert into "Odd ""schema".child (p1, "P 2", note) values ('x', 1, 'one'), ('y', 1, 'two'), ('y', 1, 'two'), ('x', 2, null), (null, null, 'alone');
  create table place (id int, region text, primary key (id, region)) partition by list (region);
  create table place_n partition of place for values in ('n'); create table place_s partition of place for values in ('s');
  create table visit (id int, at date, place int, region text, foreign key (place, region) references place) partition by range (at);
  create table visit_1 partition of visit for values from ('2020-01-01') to ('2021-01-01'); create table visit_2 partition of visit default;
  insert into place values (1, 'n'), (2, 'n'), (1, 's'); insert into visit values (1, '2020-05-05', 1, 'n'), (2, '2025-05-05', 1, 'n'), (3, '2020-05-05', 1, 's');`;
const EMPTIED = "truncate tree, hen, egg, place, visit; truncate \"Odd \"\"schema\".child, \"Odd \"\"schema\".\"Par ent\"";

describe("whatever the references are like", () => {
  const cases: readonly { readonly name: string; readonly options: RestoreOptions; readonly rows: string; readonly has: readonly unknown[] }[] = [
    { name: "a whole tree from its root", options: { where: { tree: "up is null" }, withChildren: true }, rows: "select count(*)::int as id from tree", has: [31] },
    { name: "none of a branch whose root has no parent", options: { where: { tree: "id = 2" }, withChildren: true }, rows: "select id from tree", has: [] },
    { name: "a way to the root of a tree", options: { where: { tree: "name = 'node 21'" }, withParents: true }, rows: "select id from tree order by 1", has: [1, 2, 5, 10, 21] },
    { name: "a branch, and the way to its root", options: { where: { tree: "id = 5" }, ...BOTH }, rows: "select id from tree order by 1", has: [1, 2, 5, 10, 11, 20, 21, 22, 23] },
    { name: "a loop of two tables, once round", options: { where: { egg: "id = 1" }, withParents: true }, rows: "select id from egg union all select 10 * id from hen order by 1", has: [1, 2, 3, 10, 20, 30] },
    { name: "a loop by its children", options: { where: { hen: "id = 5" }, withChildren: true }, rows: "select id from egg union all select 10 * id from hen order by 1", has: [5, 50] },
    { name: "composite keys of odd names, in another order", options: { where: { '"Odd ""schema"."Par ent"': `mood = 'it''s bad' and "select" = 'y'` }, withChildren: true }, rows: `select note || mood as id from "Odd ""schema".child join "Odd ""schema"."Par ent" on "a'b" = "P 2" and "select" = p1`, has: ["twoit's bad", "twoit's bad"] },
    { name: "what has no parent to look for", options: { where: { child: "note = 'alone'" }, ...BOTH }, rows: `select note as id from "Odd ""schema".child`, has: ["alone"] },
    { name: "rows of partitions that their root names", options: { where: { place: "id = 1 and region = 'n'" }, ...BOTH }, rows: "select id from visit union all select 10 * id from place order by 1", has: [1, 2, 10] },
    { name: "a parent in another partition", options: { where: { visit_1: "id = 3 -- a comment" }, withParents: true }, rows: "select tableoid::regclass::text as id from visit union all select tableoid::regclass::text from place order by 1", has: ["place_s", "visit_1"] },
    { name: "rows that any of several conditions chose", options: { where: { "tr*": "id = 1", "public.tree": "id = 31", hen: "false" } }, rows: "select id from tree order by 1", has: [1] },
  ];

  let folder: TemporaryFolder;
  let target: TestDatabase;
  let archive: string;
  let schema: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    target = await createDatabase(GRAPH);
    archive = await archiveOf(folder, target);
    schema = await schemaDump(target.url, "17");
  });
  afterAll(async () => {
    await target?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it.each(cases)("$name", async ({ options, rows, has }) => {
    await target.query(EMPTIED);
    // Without a policy, a row whose parent was not asked for ends the restore.
    const complete: RestoreOptions = { ...options, onConflict: "skip" };

    const planned = await planRestore(archive, target.url, complete);
    const report = await restore(archive, target.url, complete);

    expect((await target.query<{ id: unknown }>(rows)).map(({ id }) => id)).toStrictEqual(has);
    expect(await schemaDump(target.url, "17")).toBe(schema);
    expect(planned.forecast?.map((one) => [one.table, one.archived, one.new, one.orphans])).toStrictEqual(report.tables.map(({ table, archived, inserted, rejected }) => [table, archived, inserted, rejected]));
    const again = await restore(archive, target.url, complete);
    expect(again.tables.map(({ inserted, updated }) => inserted + updated)).toStrictEqual(again.tables.map(() => 0));
  });

  it("changed types are compared as the target's, and a value that is none stops nothing else", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase("create table a (id text primary key); create table b (id int primary key, a text, gone int); insert into a values ('1'), ('2'), ('x'); insert into b values (1, '1', 7), (2, '2', 8), (3, 'x', 9), (4, '2', 9)");
    const into = (column: string) => `create table a (id ${column} primary key); create table b (id bigint primary key, a ${column} references a)`;
    await using numbers = await createDatabase(into("int"));
    const archive = await archiveOf(folder, source, { content: "data" });
    const options: RestoreOptions = { where: { b: "gone = 9" }, withParents: true, onConflict: "update", leaveOut: ["public.b.gone"] };

    const report = await restore(archive, numbers.url, options);

    expect(counts(report)).toStrictEqual({ "public.a": { archived: 2, inserted: 1, rejected: 1 }, "public.b": { archived: 2, inserted: 1, rejected: 1 } });
    expect(await numbers.query("select b.id, a.id as a from b join a on a.id = b.a")).toStrictEqual([{ id: "4", a: 2 }]);
  });

  it("a table that was split off gives its rows only to the part that they belong to", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase("create table t (id int primary key, kind text, size int); insert into t select g, case when g % 2 = 0 then 'even' else 'odd' end, g from generate_series(1, 10) g");
    await using target = await createDatabase("create table t (id int primary key, size int); create table odd (number int primary key, kind text default 'new')");
    const archive = await archiveOf(folder, source, { content: "data" });
    const mapping = { odd: { from: "t", columns: { number: "id" }, where: "kind = 'odd'" }, t: { where: "kind = 'even'" } };

    const report = await restore(archive, target.url, { mapping, where: { odd: "size > 6" } });

    expect(counts(report)).toStrictEqual({ "public.odd": { archived: 2, inserted: 2 } });
    expect(await target.query("select * from odd order by 1")).toStrictEqual([{ number: 7, kind: "odd" }, { number: 9, kind: "odd" }]);
  });

  it("what cannot be brought along is told: large objects, and tables that the target lacks", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase("create table a (id int primary key); create table b (id int primary key, a int references a); insert into a values (1); insert into b values (1, 1); select lo_create(4711)");
    await using target = await createDatabase("create table a (id int primary key); select lo_create(4711)");
    const archive = await archiveOf(folder, source);

    const { skipped, tables } = await restore(archive, target.url, { where: { a: "true" }, ...BOTH });

    expect(tables.map(({ table, inserted }) => [table, inserted])).toStrictEqual([["public.a", 1]]);
    expect(skipped).toStrictEqual([
      { object: "large objects", reason: expect.any(String) },
      { object: "table public.b", reason: expect.stringContaining("the target has no such table") },
    ]);
    await expect(restore(archive, target.url, { where: { b: "true" } })).rejects.toMatchObject({ code: "DRIFT", object: "table public.b" });
  });

  it("the sequences of its tables go on where the archive stood, those of others stay", async () => {
    await using folder = await temporaryFolder();
    const schema = "create table a (id serial primary key); create table b (id int generated always as identity primary key); create table c (id serial primary key); ";
    await using source = await createDatabase(`${schema} insert into a select from generate_series(1, 5); insert into b select from generate_series(1, 5); insert into c select from generate_series(1, 5)`);
    await using target = await createDatabase(schema);
    const archive = await archiveOf(folder, source);

    await restore(archive, target.url, { where: { "[ab]": "id = 2" } });

    expect(await target.query("select nextval('a_id_seq')::int as a, nextval('b_id_seq')::int as b, nextval('c_id_seq')::int as c")).toStrictEqual([{ a: 6, b: 6, c: 1 }]);
  });
});

/** Row, `a1`, → the rows that it references. */
type Graph = ReadonlyMap<string, readonly string[]>;

/** Down to the children of what was chosen, then up to the parents of all these. */
function closure(graph: Graph, start: string, { withParents = false, withChildren = false }: RestoreOptions): readonly string[] {
  const grow = (rows: Set<string>, next: (row: string) => readonly string[]) => {
    for (const row of rows) for (const one of next(row)) rows.add(one);
    return rows;
  };
  const down = withChildren ? grow(new Set([start]), (row) => [...graph].flatMap(([child, parents]) => (parents.includes(row) ? [child] : []))) : new Set([start]);
  return [...(withParents ? grow(down, (row) => graph.get(row) ?? []) : down)].toSorted();
}

it("random rows with random references bring what a walk over them finds, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const columns = "id int primary key, a int, b int, c int";
  await using database = await createDatabase(`create table a (${columns}); create table b (${columns}); create table c (${columns})`);
  for (const child of ["a", "b", "c"]) for (const parent of ["a", "b", "c"]) await database.query(`alter table ${child} add foreign key (${parent}) references ${parent} deferrable initially deferred`);
  const reference = fc.option(fc.integer({ min: 1, max: 8 }), { freq: 12 });
  const rows = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), reference), { minLength: 24, maxLength: 24 });
  let archives = 0;
  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 8 }), async (links, table, id) => {
      const graph = new Map(links.map(([parent, to], index) => [`${"abc"[index % 3]}${Math.floor(index / 3) + 1}`, to === null ? [] : [`${parent}${to}`]]));
      const values = [...graph].map(([row, [to]]) => `insert into ${row.slice(0, 1)} (id${to === undefined ? "" : `, ${to.slice(0, 1)}`}) values (${row.slice(1)}${to === undefined ? "" : `, ${to.slice(1)}`})`);
      await database.query(`truncate a, b, c; begin; ${values.join("; ")}; commit`);
      const archive = folder.file(`${archives++}.ark`);
      await dump(database.url, archive, { jobs: 1, content: "data" });
      await database.query("truncate a, b, c");
      for (const directions of [{ withChildren: true }, { withParents: true }, BOTH]) {
        const options: RestoreOptions = { where: { [table]: `id = ${id}` }, onConflict: "skip", ...directions };
        const due = closure(graph, `${table}${id}`, options);
        const plan = await planRestore(archive, database.url, { ...options, forecast: false });
        const planned = Object.fromEntries(plan.load.map((load) => [load.table, load.rows]));
        expect(planned).toStrictEqual(Object.fromEntries([...new Set(due.map((row) => row.slice(0, 1)))].map((name) => [`public.${name}`, due.filter((row) => row.startsWith(name)).length])));
        if (options.withParents !== true) continue;
        await restore(archive, database.url, options);
        const restored = await database.query<{ row: string }>("select 'a' || id as row from a union all select 'b' || id from b union all select 'c' || id from c order by 1");
        expect(restored.map(({ row }) => row)).toStrictEqual(due);
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
});

describe("nothing is written", () => {
  let folder: TemporaryFolder;
  let target: TestDatabase;
  let archive: string;
  let digests: Awaited<ReturnType<typeof tableDigests>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    target = await createDatabase(GRAPH);
    archive = await archiveOf(folder, target);
    await target.query("delete from tree where id > 20");
    digests = await tableDigests(target.url);
  });
  afterAll(async () => {
    await target?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const HOSTILE = "1=1; drop table tree; --";
  it.each<[string, RestoreOptions, object]>([
    ["when the condition ends its statement and begins another", { where: { tree: HOSTILE } }, { code: "USAGE", message: expect.stringContaining("drop table tree") }],
    ["when it breaks out of its parenthesis", { where: { tree: "true); drop table tree; select (1" } }, { code: "USAGE" }],
    ["when it asks for a column that is not in the archive", { where: { tree: "nothing = 1" } }, { code: "USAGE", message: expect.stringContaining("public.tree") }],
    ["when it fails for some row", { where: { tree: "1 / (id - 7) = 1" } }, { code: "USAGE", message: expect.stringContaining("division by zero") }],
    ["when no table is named", { where: {} }, { code: "USAGE" }],
    ["when a pattern matches no table", { where: { tree: "true", "tre": "true" } }, { code: "NOTHING_MATCHED", object: "tre" }],
    ["when no row meets it", { where: { tree: "id < 0", hen: "id is null" } }, { code: "NOTHING_MATCHED", message: expect.stringContaining("tree: id < 0") }],
    ["when tables have rows and nobody said what becomes of them", { where: { tree: "id = 1" }, onConflict: "error" }, { code: "TARGET_NOT_EMPTY" }],
    ["when tables would be emptied", { where: { tree: "id = 1" }, onConflict: "replace" }, { code: "USAGE" }],
    ["when one of its tables would be emptied", { where: { tree: "id = 1" }, onConflictTables: { tree: "replace" } }, { code: "USAGE", message: expect.stringContaining("public.tree") }],
    ["when an interrupted restore shall go on", { where: { tree: "id = 1" }, resume: true }, { code: "USAGE" }],
    ["when definitions alone are wanted", { where: { tree: "id = 1" }, content: "schema" }, { code: "USAGE" }],
    ["when what is there shall be dropped", { where: { tree: "id = 1" }, clean: true }, { code: "USAGE" }],
  ])("%s", async (_, options, error) => {
    await expect(restore(archive, target.url, { onConflict: "skip", ...options })).rejects.toMatchObject(error);

    expect(await tableDigests(target.url)).toStrictEqual(digests);
    expect(await target.query("select from pg_namespace where nspname = 'pgark'")).toStrictEqual([]);
  });

  it("when the archive comes through a pipe", async () => {
    await expect(restore(createReadStream(archive), target.url, { where: { tree: "true" } })).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining("pipe") });
  });
});
