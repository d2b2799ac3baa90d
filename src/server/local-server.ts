/**
 * A PostgreSQL server of this machine, started, found again and stopped. It promises to listen on the loopback address
 * only, to keep the data where it was told, to survive the command that started it, and to leave no process behind when
 * the start fails. It does not choose the binaries (locate.ts) and creates no databases.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PgarkError } from "../errors.ts";
import { errnoOf, ioError, nodeIo, type Io } from "../io/io.ts";
import { makeFolder, makePath, openLog } from "../io/tree.ts";
import type { ServerBinaries } from "./binaries.ts";
import { checkCluster, lastLines, makeCluster, resetPassword, SUPERUSER } from "./cluster.ts";
import { withLock } from "./lock.ts";
import { isAlive, isServerProcess, readPidFile } from "./pid-file.ts";
import { cannotRun, chooseRunAs, identity, serverEnvironment, type RunAs } from "./run-as.ts";
import { readServerState, serverUrl, writeServerState, type ServerState } from "./state.ts";

export interface RunningServer extends AsyncDisposable {
  /** With the password in it, if there is one: not for printing. */
  url(database: string): string;
  readonly port: number;
  readonly dataFolder: string;
  readonly pid: number;
  /** `17.11` */
  readonly version: string;
  /** Ends open sessions and waits until the server is gone. Stopping twice is fine. */
  stop(): Promise<void>;
}

export interface StartServerOptions {
  readonly binaries: ServerBinaries;
  /** Made by initdb when it holds no cluster. The folder above it belongs to the server too: log, socket and state file stand there. */
  readonly dataFolder: string;
  /** Default: the port of the last time if it is free, else a free one. */
  readonly port?: number | undefined;
  /** Server settings on top of `DEVELOPER_SETTINGS`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /**
   * How a *new* cluster lets people in. Default `scram` with a generated password: whoever is superuser may run programs as the
   * server's user, and on a shared machine everybody reaches the loopback address. `trust` is for throw-away servers of tests.
   */
  readonly authentication?: "scram" | "trust" | undefined;
  readonly io?: Io | undefined;
}

/** Durable, and sized for a developer's machine rather than for PostgreSQL's cautious defaults. */
export const DEVELOPER_SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: "256MB",
  maintenance_work_mem: "256MB",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  max_connections: "100",
  // Fetched binaries come without LLVM, and loads of rows gain nothing from it.
  jit: "off",
};

/** For throw-away servers: what a power cut would destroy is not worth waiting for. */
export const THROW_AWAY_SETTINGS: Readonly<Record<string, string>> = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
};

const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;
const POLL_MS = 25;
/** `sun_path` holds 107 bytes; the file name needs 20 of them. */
const LONGEST_SOCKET_FOLDER = 85;

/** Starts a server on the data folder, or gives the one that already runs there. Throws `SERVER_NOT_FOUND` with the end of the log when it does not come up. */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const io = options.io ?? nodeIo;
  const home = dirname(options.dataFolder);
  const runAs = await chooseRunAs(io);
  // Searchable by the user lent to the server, readable by nobody else.
  await makePath(home, 0o711).catch((error: unknown) => Promise.reject(ioError(error, home)));
  return withLock(join(home, ".lock"), io, async () => {
    const running = await findRunning(options.dataFolder, io);
    if (running !== null) return running;
    const password = await prepareCluster(options, runAs, io);
    for (let attempt = 1; ; attempt++) {
      const port = options.port ?? (await choosePort(options.dataFolder, io));
      try {
        return await start(options, runAs, password, port, io);
      } catch (error) {
        // Somebody else may take a free port between our look and the server's.
        if (options.port !== undefined || attempt === 3 || !(error instanceof PortTakenError)) throw error;
      }
    }
  });
}

/** The server that runs on this data folder now, by its pid file and the state file beside the folder; null when none does. */
export async function findRunning(dataFolder: string, io: Io = nodeIo): Promise<RunningServer | null> {
  const state = await readServerState(dataFolder, io);
  const found = await readPidFile(dataFolder, io);
  if (state === null || found === null || found.status !== "ready" || found.port === null) return null;
  if (!(await isServerProcess(found.pid, dataFolder))) return null;
  return runningServer(dataFolder, { ...state, port: found.port }, found.pid, io);
}

/** Sees to it that there is a cluster these binaries can start, and gives its superuser's password (null: trust). */
async function prepareCluster(options: StartServerOptions, runAs: RunAs | null, io: Io): Promise<string | null> {
  const cluster = await checkCluster(options.dataFolder, options.binaries, io);
  if (cluster === "none") {
    const password = options.authentication === "trust" ? null : newPassword(io);
    await makeCluster(options.dataFolder, options.binaries, { runAs, password });
    await remember(options, 5432, password);
    return password;
  }
  const state = await readServerState(options.dataFolder, io);
  if (state !== null) return state.password;
  const password = newPassword(io);
  await resetPassword(options.dataFolder, options.binaries, runAs, password);
  return password;
}

async function start(options: StartServerOptions, runAs: RunAs | null, password: string | null, port: number, io: Io): Promise<RunningServer> {
  const { binaries, dataFolder } = options;
  const logFile = join(dirname(dataFolder), "postgres.log");
  const child = await spawnServer(options, runAs, port, logFile);
  try {
    await untilReady(child, dataFolder, logFile, io);
    await remember(options, port, password);
  } catch (error) {
    child.kill("SIGINT");
    throw error;
  }
  // From here on the server lives on its own: this process may end without it.
  child.unref();
  const state = { port, user: SUPERUSER, password, serverVersion: binaries.version };
  return runningServer(dataFolder, state, child.pid ?? 0, io);
}

/** Starts the postmaster itself rather than pg_ctl: its arguments then pass through no shell, and its exit is seen. */
async function spawnServer(options: StartServerOptions, runAs: RunAs | null, port: number, logFile: string): Promise<ChildProcess> {
  const socketFolder = join(dirname(options.dataFolder), "socket");
  const withSocket = Buffer.byteLength(socketFolder) <= LONGEST_SOCKET_FOLDER;
  if (withSocket) await makeFolder(socketFolder, 0o700, runAs);
  const settings: Record<string, string> = {
    ...DEVELOPER_SETTINGS,
    ...options.settings,
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: withSocket ? socketFolder : "",
  };
  const programArguments = ["-D", options.dataFolder, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const program = join(options.binaries.binFolder, "postgres");
  const log = await openLog(logFile);
  try {
    const child = spawn(program, programArguments, {
      cwd: "/",
      env: serverEnvironment(),
      stdio: ["ignore", log.fd, log.fd],
      detached: true,
      ...identity(runAs),
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => reject(cannotRun(program, runAs, error)));
    });
    return child;
  } finally {
    await log.close();
  }
}

class PortTakenError extends PgarkError {}

async function untilReady(child: ChildProcess, dataFolder: string, logFile: string, io: Io): Promise<void> {
  const deadline = io.tickMs() + START_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const log = lastLines(await io.readText(logFile));
      const message = `PostgreSQL did not start: ${log}`;
      throw new (log.includes("could not create any TCP/IP sockets") ? PortTakenError : PgarkError)("SERVER_NOT_FOUND", message, { object: dataFolder });
    }
    const found = await readPidFile(dataFolder, io);
    if (found?.pid === child.pid && found?.status === "ready") return;
    if (io.tickMs() > deadline) {
      throw new PgarkError("SERVER_NOT_FOUND", `PostgreSQL did not accept connections within ${START_TIMEOUT_MS / 1000} s; its log is ${logFile}`, {
        object: dataFolder,
      });
    }
    await sleep(POLL_MS);
  }
}

function runningServer(
  dataFolder: string,
  state: Pick<ServerState, "port" | "user" | "password" | "serverVersion">,
  pid: number,
  io: Io,
): RunningServer {
  const stop = (): Promise<void> => stopServer(dataFolder, pid, io);
  return {
    url: (database) => serverUrl(state, database),
    port: state.port,
    dataFolder,
    pid,
    version: state.serverVersion,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** SIGINT is PostgreSQL's fast shutdown: transactions are rolled back, sessions ended, a checkpoint written. */
async function stopServer(dataFolder: string, pid: number, io: Io): Promise<void> {
  const deadline = io.tickMs() + STOP_TIMEOUT_MS;
  if (!(await isServerProcess(pid, dataFolder))) return;
  try {
    process.kill(pid, "SIGINT");
  } catch (error) {
    if (errnoOf(error) === "ESRCH") return;
    throw new PgarkError("PERMISSION_DENIED", `the server on ${dataFolder} (process ${pid}) belongs to another user and cannot be stopped`, { object: dataFolder, cause: error });
  }
  // A zombie still counts as alive until its parent has noticed; the pid file is gone a moment before.
  while (isAlive(pid) && (await readPidFile(dataFolder, io))?.pid === pid) {
    if (io.tickMs() > deadline) {
      throw new PgarkError("SERVER_NOT_FOUND", `the server on ${dataFolder} (process ${pid}) did not stop within ${STOP_TIMEOUT_MS / 1000} s`, { object: dataFolder });
    }
    await sleep(POLL_MS);
  }
}

async function remember(options: StartServerOptions, port: number, password: string | null): Promise<void> {
  await writeServerState(options.dataFolder, {
    version: 1,
    port,
    user: SUPERUSER,
    password,
    binFolder: options.binaries.binFolder,
    serverVersion: options.binaries.version,
  });
}

/** URL-safe, and free of anything SQL or a URL would want quoted. */
function newPassword(io: Io): string {
  return Buffer.from(io.random(24)).toString("base64url");
}

async function choosePort(dataFolder: string, io: Io): Promise<number> {
  const last = (await readServerState(dataFolder, io))?.port;
  // 5432 is what a new cluster is remembered with: nobody expects it, and a system server may want it later.
  if (last !== undefined && last !== 5432 && (await listenOnce(last)) !== null) return last;
  const free = await listenOnce(0);
  if (free === null) throw new PgarkError("SERVER_NOT_FOUND", "no port is free on 127.0.0.1");
  return free;
}

/** The port if it could be listened on just now (0: one that the system chooses), else null. */
async function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const listener = createServer();
    listener.once("error", () => resolve(null));
    listener.listen(port, "127.0.0.1", () => {
      const address = listener.address();
      listener.close(() => resolve(address !== null && typeof address === "object" ? address.port : null));
    });
  });
}
