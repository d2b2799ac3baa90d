/**
 * The benchmark's own PostgreSQL, kept outside the repository together with the sets, which later runs find again. It is
 * durable as PostgreSQL comes (fsync, full_page_writes, synchronous_commit); only what follows the machine's size differs.
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { totalmem } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { defaultDataFolder, findServer, startServer } from "../src/index.ts";

export interface BenchServer extends AsyncDisposable {
  readonly version: string;
  readonly binFolder: string;
  /** The PG* variables that lead to it. The password is among them: not for printing. */
  readonly environment: Readonly<Record<string, string>>;
  /** An empty folder on the same disk, gone when the server is. */
  readonly archives: string;
  query<Row extends object>(database: string, sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** As they are in force, those that matter here. */
  settings(): Promise<Readonly<Record<string, string>>>;
  /** Processor seconds of all sessions so far; waits until the last has ended. Null where the system does not tell. */
  sessionSeconds(): Promise<number | null>;
  /** Stops the server and removes the archives. Twice is fine. */
  [Symbol.asyncDispose](): Promise<void>;
}

const GIGABYTE = 1024 ** 3;
const ENDING_MS = 60_000;

/** A quarter of the memory, as the manual advises for a machine that PostgreSQL has for itself, but no more than the set needs. */
function machineSettings(): Readonly<Record<string, string>> {
  const sharedBytes = Math.min(4 * GIGABYTE, totalmem() / 4);
  return {
    shared_buffers: `${Math.floor(sharedBytes / 1024 ** 2)}MB`,
    maintenance_work_mem: "512MB",
    max_wal_size: "8GB",
    checkpoint_timeout: "15min",
    // It would hit one contender's tables and not the other's, by chance.
    autovacuum: "off",
  };
}

const STATED = [...Object.keys(machineSettings()), "fsync", "synchronous_commit", "full_page_writes", "wal_level", "data_checksums", "jit"];

/** `home` null: below the folder that `pgark up` uses for this clone. */
export async function startBenchServer(home: string | null, onStep: (text: string) => void): Promise<BenchServer> {
  const dataFolder = home === null ? defaultDataFolder(fileURLToPath(new URL(".", import.meta.url))) : join(home, "data");
  const binaries = await findServer({ needVector: true, fetch: true, onEvent: (event) => (event.type === "step" ? onStep(`${event.step}: ${event.detail ?? ""}`) : undefined) });
  if (binaries.vectorMissing !== null) throw new Error(binaries.vectorMissing);
  const server = await startServer({ binaries, dataFolder, settings: machineSettings() });
  const archives = join(dirname(dataFolder), "archives");
  await rm(archives, { recursive: true, force: true });
  await mkdir(archives, { mode: 0o700 });

  async function query<Row extends object>(database: string, sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    const client = new pg.Client({ connectionString: server.url(database) });
    await client.connect();
    try {
      // A script of several statements takes no parameters; its last result is of no interest.
      const result = parameters.length === 0 ? await client.query<Row>(sql) : await client.query<Row>(sql, [...parameters]);
      return result.rows ?? [];
    } finally {
      await client.end();
    }
  }

  /** Whether the server has no children but those that do its housekeeping. */
  async function isQuiet(): Promise<boolean> {
    const keepers = await query<{ pid: number }>("postgres", HOUSEKEEPERS);
    const children = await childrenOf(server.pid);
    return children.every((child) => keepers.some(({ pid }) => pid === child));
  }

  return {
    version: server.version,
    binFolder: binaries.binFolder,
    environment: environmentOf(server.url("postgres")),
    archives,
    query,
    async settings() {
      const rows = await query<{ name: string; value: string }>("postgres", "select name, pg_catalog.current_setting(name) as value from pg_catalog.pg_settings where name = any($1)", [STATED]);
      const values = new Map(rows.map(({ name, value }) => [name, value]));
      return Object.fromEntries(STATED.map((name) => [name, values.get(name) ?? ""]));
    },
    async sessionSeconds() {
      const stat = await readFile(`/proc/${server.pid}/stat`, "utf8").catch(() => null);
      if (stat === null) return null;
      // A session that is no longer listed may still be ending, and only then does the system count its time.
      const deadline = performance.now() + ENDING_MS;
      while (!(await isQuiet())) {
        if (performance.now() > deadline) throw new Error(`sessions of the benchmark's server did not end within ${ENDING_MS / 1000} s`);
        await sleep(20);
      }
      return childSeconds(await readFile(`/proc/${server.pid}/stat`, "utf8"));
    },
    async [Symbol.asyncDispose]() {
      await rm(archives, { recursive: true, force: true });
      await server.stop();
    },
  };
}

const HOUSEKEEPERS = /* sql */ `
  select pid from pg_catalog.pg_stat_activity where backend_type not in ('client backend', 'parallel worker')`;

/** The processes whose parent is this one, by the fourth field of each `/proc/<pid>/stat`. */
async function childrenOf(parent: number): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(async (pid) => parentOf(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""))));
  return pids.filter((_, index) => parents[index] === parent);
}

function parentOf(stat: string): number {
  return Number(fieldsBehindName(stat)[1]);
}

/** Linux reports in hundredths of a second to every program, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/** User and system time of the children a process has waited for, out of `/proc/<pid>/stat`: its 16th and 17th field. */
export function childSeconds(stat: string): number {
  const fields = fieldsBehindName(stat);
  const ticks = Number(fields[13]) + Number(fields[14]);
  if (!Number.isFinite(ticks)) throw new Error(`not a /proc/<pid>/stat: ${stat}`);
  return ticks / TICKS_PER_SECOND;
}

/** From the third field on: the second is the program's name in brackets, which may hold spaces and brackets. */
function fieldsBehindName(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function environmentOf(url: string): Readonly<Record<string, string>> {
  const { hostname, port, username, password } = new URL(url);
  const secret = password === "" ? {} : { PGPASSWORD: decodeURIComponent(password) };
  return { PGHOST: hostname, PGPORT: port, PGUSER: decodeURIComponent(username), ...secret };
}
