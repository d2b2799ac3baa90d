/**
 * The servers all tests share: PostgreSQL 17 with pgvector and 15, found or fetched, started without fsync in a temporary
 * folder outside the repository, stopped and removed at the end. `PGARK_TEST_MATRIX=1` adds 18 and 13, and 14 and 16
 * where npm aliases `pgbin14`, `pgbin16` are installed. A preset `PGARK_TEST_SERVERS` is kept as it is and nothing is started.
 *
 * Tests read `PGARK_TEST_SERVERS` (major → admin URL) and `PGARK_TEST_BIN` (major → folder with psql and pg_dump).
 */
import { readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../src/errors.ts";
import type { PgarkEvent } from "../src/events.ts";
import { makeTemporaryFolder, removeTree, setMode } from "../src/io/tree.ts";
import type { ServerBinaries } from "../src/server/binaries.ts";
import { findServer } from "../src/server/locate.ts";
import { findRunning, startServer, THROW_AWAY_SETTINGS, type RunningServer } from "../src/server/local-server.ts";
import { isAlive } from "../src/server/pid-file.ts";

/** What a major is needed for: without the first kind there is no point in testing, the others are told and left out. */
const REQUIRED = [17];
const WANTED = [15];
const MATRIX = [18, 16, 14, 13];
/** Debian has pgvector for these; elsewhere it is neither needed nor looked for. */
const WITH_VECTOR = [17, 18];

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const majors = [...REQUIRED, ...WANTED, ...(process.env["PGARK_TEST_MATRIX"] === "1" ? MATRIX : [])];
  if (process.env["PGARK_TEST_SERVERS"] !== undefined) {
    const preset = Object.keys(JSON.parse(process.env["PGARK_TEST_SERVERS"])).map(Number);
    process.env["PGARK_TEST_BIN"] ??= JSON.stringify(binFolders(await findAll(preset, false)));
    return undefined;
  }

  const binaries = await findAll(majors, true);
  const lacking = REQUIRED.filter((major) => !binaries.has(major));
  if (lacking.length > 0) throw new Error(`the tests need PostgreSQL ${lacking.join(", ")}`);
  await sweep();
  const folder = await makeTemporaryFolder(join(tmpdir(), `pgark-test-${process.pid}-`));
  // The user lent to the servers must come through.
  await setMode(folder, 0o711);
  const servers = new Map<number, RunningServer>();
  const forget = onSuddenEnd(servers, folder);
  const teardown = async (): Promise<void> => {
    forget();
    await Promise.all([...servers.values()].map((server) => server.stop()));
    await removeTree(folder);
  };
  try {
    await Promise.all(
      [...binaries].map(async ([major, found]) => {
        servers.set(major, await startServer({ binaries: found, dataFolder: join(folder, String(major), "data"), settings: TEST_SETTINGS, authentication: "trust" }));
      }),
    );
  } catch (error) {
    await teardown();
    throw error;
  }
  process.env["PGARK_TEST_SERVERS"] = JSON.stringify(Object.fromEntries([...servers].map(([major, server]) => [major, server.url("postgres")])));
  process.env["PGARK_TEST_BIN"] = JSON.stringify(binFolders(binaries));
  return teardown;
}

const TEST_SETTINGS = { ...THROW_AWAY_SETTINGS, shared_buffers: "128MB", max_connections: "200", max_prepared_transactions: "10", wal_level: "logical" };

/** The binaries of each major, as far as they can be had; what cannot is told. One after the other: they share the network and the disk. */
async function findAll(majors: readonly number[], fetch: boolean): Promise<Map<number, ServerBinaries>> {
  const found = new Map<number, ServerBinaries>();
  for (const major of majors) {
    const needVector = WITH_VECTOR.includes(major);
    try {
      const binaries = await findServer({ needVector, major, fetch, onEvent: tell });
      if (fetch && binaries.vectorMissing !== null) console.warn(`PostgreSQL ${major}: ${binaries.vectorMissing}`);
      found.set(major, binaries);
    } catch (error) {
      if (fetch) console.warn(`PostgreSQL ${major} is left out of the tests: ${messageOf(error)}`);
    }
  }
  return found;
}

/** The servers outlive this process, so that Ctrl-C has to end them too: at once, their data is going away. Gives how to forget it. */
function onSuddenEnd(servers: ReadonlyMap<number, RunningServer>, folder: string): () => void {
  const end = (): void => {
    for (const { pid } of servers.values()) if (isAlive(pid)) process.kill(pid, "SIGQUIT");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const interrupted = (): void => process.exit(130);
  process.once("exit", end);
  for (const signal of SIGNALS) process.once(signal, interrupted);
  return () => {
    process.off("exit", end);
    for (const signal of SIGNALS) process.off(signal, interrupted);
  };
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const AN_HOUR_MS = 3_600_000;

/** Ends what earlier runs left behind that were killed: their folders bear the number of a process that is no more. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const owner = Number(/^pgark-test-(\d+)-/.exec(name)?.[1]);
    const folder = join(tmpdir(), name);
    if (Number.isNaN(owner) || isAlive(owner) || Date.now() - statSync(folder).mtimeMs < AN_HOUR_MS) continue;
    for (const major of readdirSync(folder)) await (await findRunning(join(folder, major, "data")).catch(() => null))?.stop();
    await removeTree(folder);
  }
}

/** Major → bin folder, for those that have psql: the npm binaries hold servers only. */
function binFolders(binaries: ReadonlyMap<number, ServerBinaries>): Record<string, string> {
  return Object.fromEntries([...binaries].filter(([, found]) => found.from !== "npm").map(([major, found]) => [String(major), found.binFolder]));
}

function tell(event: PgarkEvent): void {
  if (event.type === "step") console.log(`${event.step}: ${event.detail ?? ""}`);
  if (event.type === "warning") console.warn(event.warning.message);
}
