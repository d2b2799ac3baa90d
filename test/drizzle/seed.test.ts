import { describe, expect, test } from "vitest";
import * as memorydb from "../../drizzle-memorydb/seed.ts";
import * as rulesdb from "../../drizzle/seed.ts";
import { nodeIo } from "../../src/io/io.ts";
import { migrate } from "../../src/migrations/apply.ts";
import { readFolder } from "../../src/migrations/folder.ts";
import { createDatabase } from "../helpers/database.ts";
import type { TestDatabase } from "../helpers/database.ts";
import { openSession } from "../migrations/helpers.ts";

interface Application {
  readonly folder: string;
  readonly seedStatements: (rows: number) => string[];
}

const RULESDB: Application = { folder: "drizzle", seedStatements: rulesdb.seedStatements };
const MEMORYDB: Application = { folder: "drizzle-memorydb", seedStatements: memorydb.seedStatements };

async function seeded({ folder, seedStatements }: Application, rows: number, major = "17"): Promise<TestDatabase> {
  const database = await createDatabase("", { major });
  await using session = await openSession(database);
  await migrate(session, await readFolder(nodeIo, folder));
  await session.execute("begin");
  for (const statement of seedStatements(rows)) await session.execute(statement);
  await session.execute("commit");
  return database;
}

/** Rows and an order-free digest of each table that holds rows itself, views and partitioned tables aside. */
async function contents(database: TestDatabase): Promise<Record<string, { readonly rows: number; readonly digest: string }>> {
  const tables = await database.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relkind in ('r', 'm') and relnamespace = 'public'::regnamespace order by 1`,
  );
  const found: Record<string, { rows: number; digest: string }> = {};
  for (const { name } of tables) {
    const [row] = await database.query<{ rows: number; digest: string }>(
      `select count(*)::int as rows, coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0)::text as digest from ${name} t`,
    );
    if (row !== undefined) found[name] = row;
  }
  return found;
}

function rowCounts(found: Awaited<ReturnType<typeof contents>>): Record<string, number> {
  return Object.fromEntries(Object.entries(found).map(([name, { rows }]) => [name, rows]));
}

describe.each<[string, Application, readonly string[]]>([
  ["rulesdb", RULESDB, ["outbox"]],
  ["memorydb", MEMORYDB, ["embedding_queue"]],
])("the seed of %s", (_, application, empty) => {
  test("gives equal rows each time, and rows to every table but the one left empty", async () => {
    await using one = await seeded(application, 2000);
    await using two = await seeded(application, 2000);
    const found = await contents(one);
    expect(await contents(two)).toStrictEqual(found);
    expect(Object.entries(rowCounts(found)).flatMap(([name, rows]) => (rows === 0 ? [name] : []))).toStrictEqual(empty);
  });

  test("is refused by a database that has rows, which then stays as it was", async () => {
    await using database = await seeded(application, 100);
    const before = await contents(database);
    await using session = await openSession(database);
    await session.execute("begin");
    await expect(session.execute(application.seedStatements(100)[0] ?? "")).rejects.toMatchObject({ message: expect.stringMatching(/already has rows/), sqlState: "55000" });
    await session.execute("rollback");
    expect(await contents(database)).toStrictEqual(before);
  });

  test("leaves indexes valid, triggers on and sequences behind the rows", async () => {
    await using database = await seeded(application, 100);
    const trouble = await database.query(`
      select indexrelid::regclass::text as name from pg_index where not indisvalid
      union all select tgname::text from pg_trigger where tgenabled <> 'O'
      union all select conname::text from pg_constraint where not convalidated`);
    expect(trouble).toStrictEqual([]);
    const insert = application === RULESDB ? `insert into rules (project_id, slug, title, body) values (100, 'new', 'T', 'B') returning id` : `insert into memory_nodes (kind, content) values ('fact', '') returning id`;
    expect(await database.query(insert)).toStrictEqual([{ id: "101" }]);
  });
});

test("rulesdb has 200,000 rows at the default size, by the ratios of a tenth of it, and rows in all partitions", async () => {
  await using database = await seeded(RULESDB, rulesdb.DEFAULT_ROWS / 10);
  const counts = rowCounts(await contents(database));
  const total = Object.entries(counts).reduce((sum, [name, rows]) => (name === "rule_stats" ? sum : sum + rows), 0);
  expect(total * 10).toBeGreaterThanOrEqual(200_000);
  const partitions = Object.keys(counts).filter((name) => name.startsWith("audit_events"));
  expect(partitions).toStrictEqual(["audit_events_2024", "audit_events_2025_h1", "audit_events_2025_h2", "audit_events_rest"]);
});

test("memorydb has vectors of about unit length and 50,000 edges at the default size, by the ratios of a tenth of it", async () => {
  await using database = await seeded(MEMORYDB, memorydb.DEFAULT_ROWS / 10);
  const [shape] = await database.query(`
    select min(vector_dims(embedding)) as dimensions, min(vector_norm(embedding)) > 0.9 and max(vector_norm(embedding)) < 1.1 as unit,
      count(distinct embedding::text) > 1900 as varied, (select count(*) from memory_edges) * 10 >= 50000 as edges,
      bool_and(degree = (select count(*) from node_neighbours where node_id = n.id)) as degrees
    from memory_nodes n`);
  expect(shape).toStrictEqual({ dimensions: 768, unit: true, varied: true, edges: true, degrees: true });
});

test("rulesdb is seeded alike on PostgreSQL 15 and 17", async () => {
  await using old = await seeded(RULESDB, 500, "15");
  await using young = await seeded(RULESDB, 500);
  expect(await contents(old)).toStrictEqual(await contents(young));
});

test("the triggers of rulesdb work once it is seeded", async () => {
  await using database = await seeded(RULESDB, 100);
  await database.query("update rules set body = body || '!' where id = 1");
  expect(
    await database.query(`
      select v.body = r.body as body, v.reason, v.number = (select max(number) from rule_versions where rule_id = 1) as newest
      from rules r join rule_versions v on v.id = r.current_version_id where r.id = 1`),
  ).toStrictEqual([{ body: true, reason: "update", newest: true }]);
});
