/** `pgark up`: a local server with the databases of the configuration. Doing it twice changes nothing. */
import type { Command } from "commander";
import { addVerb, type CommonFlags, type Context, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { wholeNumber } from "../flags.ts";
import { withoutSecrets } from "../plain.ts";
import { openProject, type Project, type ProjectDatabase } from "../project.ts";
import { table } from "../table.ts";

interface Flags extends CommonFlags {
  /** commander turns `--no-fetch` into a positive that is true by default. */
  readonly fetch: boolean;
  readonly bin?: string;
  readonly major?: number;
  readonly port?: number;
}

/** One database after `up`. */
interface UpDatabase {
  readonly name: string;
  /** Without its password. */
  readonly url: string;
  readonly created: boolean;
  /** Extensions that it needs and the server does not have. */
  readonly lacking: readonly string[];
}

export function up(program: Command): void {
  addVerb(program, "up", "Start a local PostgreSQL server and create the databases of the configuration.")
    .option("--no-fetch", "download no server when none is found here")
    .option("--bin <folder>", "the server's programs (default: PGARK_PG_BIN, else what is found)")
    .option("--major <n>", "only a server of this major version", wholeNumber("--major"))
    .option("--port <n>", "listen on this port (default: the last one, else a free one)", wholeNumber("--port"))
    .action((flags: Flags) => run(flags, (context) => work(context, flags)));
}

async function work(context: Context, flags: Flags): Promise<void> {
  const { defaultDataFolder, stateFile, waysToGetVector } = await import("../../index.ts");
  const project = await openProject(flags, context.io);
  const dataFolder = defaultDataFolder(project.config.folder);
  const server = await findOrStart(context, project, dataFolder, flags);
  // Only now does the configuration lead to the server that was just started.
  const { databases: found } = await openProject(flags, context.io);
  const databases: UpDatabase[] = [];
  for (const database of found) databases.push(await lookAfter(database, server.url(database.name), context));
  const rows = databases.map(({ name, url, created, lacking }) => [name, url, lacking.length > 0 ? `lacks ${lacking.join(", ")}` : created ? "created" : "there"]);
  const lines = [`PostgreSQL ${server.version} on 127.0.0.1:${server.port}, data in ${server.dataFolder}`];
  if (rows.length > 0) lines.push("", table([{ title: "database" }, { title: "url" }, { title: "" }], rows));
  if (databases.some(({ url }) => url.includes("***"))) lines.push("", `pgark finds the password itself; it stands in ${stateFile(dataFolder)}`);
  if (databases.some(({ lacking }) => lacking.includes("vector"))) lines.push("", `The server has no pgvector. ${waysToGetVector(Number.parseInt(server.version, 10))}`);
  context.printer.report("up", { version: server.version, port: server.port, dataFolder: server.dataFolder, pid: server.pid, databases }, lines.join("\n"), EXIT.done);
}

async function findOrStart({ io, printer }: Context, project: Project, dataFolder: string, flags: Flags) {
  const { findRunning, findServer, startServer } = await import("../../index.ts");
  const running = await findRunning(dataFolder, io);
  if (running !== null) return running;
  const binaries = await findServer({
    needVector: project.databases.some(({ extensions }) => extensions.includes("vector")),
    fetch: flags.fetch,
    binFolder: flags.bin,
    major: flags.major,
    projectFolder: project.config.folder,
    onEvent: printer.onEvent,
    io,
  });
  printer.say(`starting PostgreSQL ${binaries.version} of ${binaries.binFolder}`);
  return startServer({ binaries, dataFolder, port: flags.port, io });
}

/** A database that a variable points elsewhere is looked at and not made. */
async function lookAfter(database: ProjectDatabase, localUrl: string, { signal, io }: Context): Promise<UpDatabase> {
  const { ensureDatabase, lackingExtensions } = await import("../../index.ts");
  const url = database.urlFrom === "variable" ? database.url() : localUrl;
  const created = database.urlFrom === "variable" ? false : await ensureDatabase(url, database.name, { signal, io });
  return { name: database.name, url: withoutSecrets(url), created, lacking: await lackingExtensions(url, database.extensions, { signal, io }) };
}
