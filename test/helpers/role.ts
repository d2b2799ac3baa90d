/** Roles for tests: they belong to the server, so each has a name of its own and is dropped at the end of the scope. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { testServers } from "./database.ts";

export interface TestRole extends AsyncDisposable {
  readonly name: string;
}

/** Creates a role that may log in. Declare it before the databases in which it owns things: they must go first. */
export async function createRole(options: { major?: string; attributes?: string } = {}): Promise<TestRole> {
  const url = testServers()[options.major ?? "17"];
  const name = `pgark_test_${randomBytes(6).toString("hex")}`;
  await once(url, `create role ${name} login ${options.attributes ?? ""}`);
  return { name, [Symbol.asyncDispose]: () => once(url, `drop role ${name}`) };
}

/** The database's URL for a role that is trusted. */
export function as(role: TestRole, url: string): string {
  const address = new URL(url);
  address.username = role.name;
  return address.href;
}

/** Makes the role the database's owner: then it may create schemas there, and is no superuser yet. */
export async function giveDatabase(url: string, role: TestRole): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  await once(url, `alter database "${name.replaceAll('"', '""')}" owner to ${role.name}`);
}

async function once(url: string | undefined, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
