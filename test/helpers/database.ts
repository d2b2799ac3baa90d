/** Databases for tests: made on a server that test/global-setup.ts started, dropped when the test is done. */
import { randomBytes } from "node:crypto";
import pg from "pg";

/** Major versions of servers that are running for the tests, with an admin URL each: `{"17": "postgres://…"}`. */
export function testServers(): Readonly<Record<string, string>> {
  const servers: unknown = JSON.parse(process.env["PGARK_TEST_SERVERS"] ?? "{}");
  // The variable is written by global-setup.ts as an object of strings.
  return servers as Record<string, string>;
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]>;
}

/** Creates an empty database, runs `sql` in it, and drops it at the end of the scope. */
export async function createDatabase(sql = "", options: { major?: string; template?: string; name?: string; encoding?: string } = {}): Promise<TestDatabase> {
  const major = options.major ?? "17";
  const admin = testServers()[major];
  if (admin === undefined) throw new Error(`no PostgreSQL ${major} was started for the tests`);
  const name = options.name ?? `pgark_test_${randomBytes(6).toString("hex")}`;
  await once(admin, `create database "${name.replaceAll('"', '""')}" template ${options.template ?? "template0"}${options.encoding === undefined ? "" : ` encoding '${options.encoding}' lc_collate 'C' lc_ctype 'C'`}`);
  const address = new URL(admin);
  address.pathname = `/${encodeURIComponent(name)}`;
  const url = address.href;
  const client = new pg.Client({ connectionString: url });
  // A test may drop its own database by force, which ends this session too.
  client.on("error", () => {});
  await client.connect();
  try {
    if (sql !== "") await client.query(sql);
  } catch (error) {
    await client.end();
    await once(admin, `drop database "${name.replaceAll('"', '""')}" with (force)`);
    throw error;
  }
  return {
    url,
    name,
    async query<Row extends object>(text: string, parameters: unknown[] = []) {
      const result = parameters.length === 0 ? await client.query<Row>(text) : await client.query<Row>(text, parameters);
      return result.rows;
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await dropDatabase(admin, url, name);
    },
  };
}

/** A database with subscriptions cannot be dropped. Theirs is a slot of another server, or of none: it is let go, not dropped. */
async function dropDatabase(admin: string, url: string, name: string): Promise<void> {
  const drop = `drop database if exists "${name.replaceAll('"', '""')}" with (force)`;
  try {
    await once(admin, drop);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== OBJECT_IN_USE) throw error;
    await dropSubscriptions(url);
    await once(admin, drop);
  }
}

const OBJECT_IN_USE = "55006";

async function dropSubscriptions(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>("select quote_ident(subname) as name from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())");
    for (const { name } of rows) {
      await client.query(`alter subscription ${name} disable`);
      await client.query(`alter subscription ${name} set (slot_name = none)`);
      await client.query(`drop subscription ${name}`);
    }
  } finally {
    await client.end();
  }
}

async function once(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
