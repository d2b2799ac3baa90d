/** For the tests of the server room: binaries that are there anyway, folders that go away, and a query. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { nodeIo } from "../../src/io/io.ts";
import { inspectBinaries, type ServerBinaries } from "../../src/server/binaries.ts";

/** The binaries that the test servers were started from. */
export async function testBinaries(major = "17"): Promise<ServerBinaries> {
  const folders: unknown = JSON.parse(process.env["PGARK_TEST_BIN"] ?? "{}");
  // The variable is written by global-setup.ts as an object of strings.
  const folder = (folders as Record<string, string>)[major];
  const found = folder === undefined ? null : await inspectBinaries(folder, "local", nodeIo);
  if (found === null) throw new Error(`no binaries of PostgreSQL ${major} for the tests`);
  return found;
}

export interface TestFolder extends Disposable {
  readonly path: string;
}

/** A temporary folder that the server's user may pass through. */
export function testFolder(mode = 0o711): TestFolder {
  const path = mkdtempSync(join(tmpdir(), "pgark-room-"));
  chmodSync(path, mode);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The rows of one query on a session of its own. */
export async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}
