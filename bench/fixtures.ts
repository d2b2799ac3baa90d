/**
 * The sets: databases whose rows are the same on every machine, made once and kept. What a database was made by stands in
 * its comment, so that a changed recipe makes a new one, and a half-made one is never taken for whole.
 */
import { createHash } from "node:crypto";
import type { BenchServer } from "./server.ts";

export interface FixtureTable {
  readonly name: string;
  readonly rows: number;
  readonly indexes: number;
}

export interface Fixture {
  readonly database: string;
  readonly tables: readonly FixtureTable[];
  /** What makes it, in order, in a new database. */
  readonly statements: readonly string[];
}

/** The three shapes of rows of the timed runs: narrow and padded, wide and indexed, and barely compressible. */
export function mainSet({ quick, hnsw }: { readonly quick: boolean; readonly hnsw: boolean }): Fixture {
  const [accounts, mixed, vectors] = quick ? [300_000, 80_000, 10_000] : [3_000_000, 800_000, 100_000];
  return {
    database: `set${quick ? "_quick" : ""}${hnsw ? "_hnsw" : ""}`,
    tables: [
      { name: "accounts", rows: accounts, indexes: 1 },
      { name: "mixed", rows: mixed, indexes: 4 },
      { name: "vectors", rows: vectors, indexes: hnsw ? 2 : 1 },
    ],
    statements: [...PRELUDE, ...accountsOf(accounts), ...mixedOf(mixed), ...vectorsOf(vectors, vectors), ...(hnsw ? [HNSW] : []), ...EPILOGUE],
  };
}

/** One table of 1 GB (`quick`: 100 MB), in two kinds: text that compresses, embeddings that live in TOAST. */
export function memorySet(kind: "text" | "vectors", { quick }: { readonly quick: boolean }): Fixture {
  const full = kind === "text" ? 1_600_000 : 250_000;
  const rows = quick ? full / 10 : full;
  return {
    database: `memory_${kind}${quick ? "_quick" : ""}`,
    tables: [{ name: kind, rows, indexes: 1 }],
    // Ten thousand different vectors are enough: a repetition this far away is beyond every codec's window.
    statements: [...PRELUDE, ...(kind === "text" ? textOf(rows) : vectorsOf(rows, 10_000)), ...EPILOGUE],
  };
}

/** Makes the database unless it stands there already, made by the very same recipe. */
export async function ensureFixture(server: BenchServer, fixture: Fixture, onStep: (text: string) => void): Promise<void> {
  const recipe = `pgark bench ${createHash("sha256").update(fixture.statements.join("\n")).digest("hex")}`;
  const [found] = await server.query<{ comment: string | null }>("postgres", FIND, [fixture.database]);
  if (found?.comment === recipe) return;
  onStep(`making the database ${fixture.database}, once`);
  await server.query("postgres", `drop database if exists ${fixture.database} with (force)`);
  await server.query("postgres", `create database ${fixture.database} template template0`);
  // One session for all: temporary tables and the seed of random() belong to it.
  await server.query(fixture.database, fixture.statements.join(";\n"));
  await server.query(fixture.database, "vacuum (analyze)");
  await server.query("postgres", `comment on database ${fixture.database} is '${recipe}'`);
}

/** Throws when a database does not hold the fixture's rows and indexes: a restore that lost some was not fast. */
export async function checkFixture(server: BenchServer, { tables }: Fixture, database: string): Promise<void> {
  for (const { name, rows, indexes } of tables) {
    const [found] = await server.query<{ rows: number; indexes: number }>(database, `select count(*)::int as rows, (select count(*)::int from pg_catalog.pg_index where indrelid = 'public.${name}'::regclass and indisvalid) as indexes from public.${name}`);
    if (found?.rows !== rows || found.indexes !== indexes) throw new Error(`${database}.${name} has ${found?.rows} rows and ${found?.indexes} indexes, expected ${rows} and ${indexes}`);
  }
}

/** Bytes of the rows, heap and TOAST, and of the indexes. */
export async function fixtureBytes(server: BenchServer, { database, tables }: Fixture): Promise<{ readonly tableBytes: number; readonly indexBytes: number }> {
  const names = tables.map(({ name }) => `public.${name}`);
  const [found] = await server.query<{ table: string; index: string }>(database, SIZES, [names]);
  return { tableBytes: Number(found?.table), indexBytes: Number(found?.index) };
}

const FIND = /* sql */ `select pg_catalog.shobj_description(oid, 'pg_database') as comment from pg_catalog.pg_database where datname = $1`;
const SIZES = /* sql */ `
  select sum(pg_catalog.pg_table_size(name::regclass)) as table, sum(pg_catalog.pg_indexes_size(name::regclass)) as index
  from unnest($1::text[]) as t(name)`;

/** Words as people write rules in, the frequent ones first: they are drawn with a bias to the front. */
const WORDS =
  "the a of to and in is for with that on as it be this are not by or from at which an should when if must only one use all test before name error file each row value type table change keep write read first never function always review query index default user project rule commit branch message column database connection session transaction schema migration script deploy server client request response cache queue worker thread lock timeout retry backup restore archive snapshot catalog object dependency constraint trigger policy privilege owner comment vector embedding memory document paragraph sentence example reason decision history version";

const PRELUDE = [
  "set max_parallel_workers_per_gather = 0",
  "create extension vector",
  "select setseed(0.42)",
  "create temporary table sentences as select n, (select string_agg((string_to_array('" + WORDS + "', ' '))[1 + floor(100 * power(random(), 2))], ' ') from generate_series(1, 8 + n % 13)) as text from generate_series(0, 19999) n",
  "analyze sentences",
];
const EPILOGUE = ["drop table sentences"];
const HNSW = "create index vectors_hnsw on vectors using hnsw (embedding vector_cosine_ops)";

function accountsOf(rows: number): readonly string[] {
  return [
    "create table accounts (aid int not null, bid int, abalance int, filler char(84))",
    `insert into accounts select i, 1 + (i - 1) / 100000, 0, '' from generate_series(1, ${rows}) i`,
    "alter table accounts add primary key (aid)",
  ];
}

function mixedOf(rows: number): readonly string[] {
  return [
    `create table mixed (
       id uuid not null, title text not null, body text, settings jsonb not null, amount numeric(12,2) not null,
       created_at timestamptz not null, tags text[] not null, scores int[] not null)`,
    `insert into mixed
     select md5('mixed ' || i)::uuid,
       substr(a.text, 1, 30) || ' ' || i,
       case when i % 10 > 0 then a.text || '. ' || b.text || '. ' || c.text end,
       jsonb_build_object('priority', i % 5, 'enabled', i % 3 = 0, 'author', 'user' || i % 997, 'limits', jsonb_build_object('max', i * 7, 'ratio', round(random()::numeric, 4)), 'note', substr(c.text, 1, 40)),
       round((random() * 100000)::numeric, 2),
       timestamptz '2024-01-01 00:00:00+00' + random() * interval '700 days',
       array['team-' || i % 40, split_part(a.text, ' ', 2), split_part(b.text, ' ', 3)],
       array[i % 100, (i * 31) % 1000, (i * 17) % 10000]
     from generate_series(1, ${rows}::bigint) i
     join sentences a on a.n = (i * 7919) % 20000
     join sentences b on b.n = (i * 104729) % 20000
     join sentences c on c.n = (i * 1299709) % 20000`,
    "create unique index mixed_id on mixed (id)",
    "create index mixed_title on mixed (title)",
    "create index mixed_tags on mixed using gin (tags)",
    "create index mixed_created_at on mixed (created_at)",
  ];
}

/** `different` vectors of 768 numbers around 0, each as often as it takes to fill the rows. */
function vectorsOf(rows: number, different: number): readonly string[] {
  return [
    "create table vectors (id bigint not null, embedding vector(768) not null)",
    `create temporary table pool as
     select n, (select array_agg((random() + random() - 1)::real) from generate_series(1, 768) where n is not null)::vector(768) as embedding
     from generate_series(0, ${different - 1}) n`,
    "analyze pool",
    `insert into vectors select i, embedding from generate_series(1, ${rows}) i join pool on n = i % ${different}`,
    "alter table vectors add primary key (id)",
    "drop table pool",
  ];
}

function textOf(rows: number): readonly string[] {
  return [
    "create table text (id bigint not null, written_at timestamptz not null, body text not null)",
    "create temporary table paragraphs as select n / 8 as n, string_agg(text, '. ') as body from sentences group by n / 8",
    "analyze paragraphs",
    `insert into text
     select i, timestamptz '2024-01-01 00:00:00+00' + i * interval '1 second', i || ' ' || body
     from generate_series(1, ${rows}::bigint) i join paragraphs on n = (i * 7919) % 2500`,
    "alter table text add primary key (id)",
    "drop table paragraphs",
  ];
}
