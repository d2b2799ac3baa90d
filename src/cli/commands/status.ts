/** `pgark status`: the local server, and of each database where it is, how large, at which migration, how old its last backup. */
import { basename, join } from "node:path";
import type { Command } from "commander";
import { messageOf } from "../../errors.ts";
import type { Io } from "../../io/io.ts";
import { newestName } from "../archive-names.ts";
import { addVerb, type CommonFlags, type Context, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { openProject, type Project, type ProjectDatabase } from "../project.ts";
import { table } from "../table.ts";
import { bytesText, countText, secondsText } from "../units.ts";

interface DatabaseStatus {
  readonly name: string;
  /** Null when it cannot be reached; `problem` says why. */
  readonly place: string | null;
  readonly problem: string | null;
  readonly sizeBytes: number | null;
  readonly tables: number | null;
  readonly migrations: { readonly state: string; readonly applied: number; readonly pending: readonly string[] } | null;
  /** The newest archive with rows in the backups folder. */
  readonly lastBackup: { readonly file: string; readonly ageSeconds: number } | null;
}

export function status(program: Command): void {
  addVerb(program, "status", "Show the local server and the state of each database.").action((flags: CommonFlags) =>
    run(flags, async (context) => {
      const { defaultDataFolder, findRunning } = await import("../../index.ts");
      const project = await openProject(flags, context.io);
      const dataFolder = defaultDataFolder(project.config.folder);
      const found = await findRunning(dataFolder, context.io);
      const server = found === null ? null : { version: found.version, port: found.port, pid: found.pid, dataFolder };
      const databases = await Promise.all(project.databases.map((database) => statusOf(context, project, database)));
      const serverText = server === null ? "no local server is running" : `PostgreSQL ${server.version} on 127.0.0.1:${server.port}, process ${server.pid}, data in ${dataFolder}`;
      context.printer.answer("status", { server, databases }, `${serverText}\n\n${statusTable(databases)}`, EXIT.done);
    }),
  );
}

async function statusOf({ io, signal }: Context, project: Project, database: ProjectDatabase): Promise<DatabaseStatus> {
  const { inspectDatabase, migrationLevel } = await import("../../index.ts");
  const lastBackup = await newestBackup(io, project.backupsFolder, database.name);
  const unknown = { name: database.name, place: null, sizeBytes: null, tables: null, migrations: null, lastBackup };
  try {
    const url = database.url();
    const facts = await inspectDatabase(url, { signal, io });
    if (facts === null) return { ...unknown, problem: "does not exist; pgark up creates it" };
    const level = database.migrations === null ? null : await migrationLevel(url, database.migrations, { signal, io });
    const migrations = level === null ? null : { state: level.state, applied: level.applied.length, pending: level.pending };
    return { ...unknown, place: facts.place, problem: null, sizeBytes: facts.sizeBytes, tables: facts.tables, migrations };
  } catch (error) {
    signal.throwIfAborted();
    return { ...unknown, problem: messageOf(error) };
  }
}

/** The newest archive of the database that holds rows, by name. */
async function newestBackup(io: Io, folder: string, database: string): Promise<DatabaseStatus["lastBackup"]> {
  if ((await io.stat(folder)) === null) return null;
  const names = await io.list(folder);
  const found: { file: string; modifiedMs: number }[] = [];
  for (const content of ["all", "data"] as const) {
    const name = newestName(names, database, content);
    const stat = name === null ? null : await io.stat(join(folder, name));
    if (name !== null && stat !== null) found.push({ file: name, modifiedMs: stat.modifiedMs });
  }
  const [newest] = found.toSorted((a, b) => b.modifiedMs - a.modifiedMs);
  return newest === undefined ? null : { file: basename(newest.file), ageSeconds: Math.max(0, (io.nowMs() - newest.modifiedMs) / 1000) };
}

function statusTable(databases: readonly DatabaseStatus[]): string {
  if (databases.length === 0) return "no databases: there is no pgark.config.ts here";
  const right = "right" as const;
  return table(
    [{ title: "database" }, { title: "at" }, { title: "tables", align: right }, { title: "size", align: right }, { title: "migrations" }, { title: "last backup" }],
    databases.map(({ name, place, problem, tables, sizeBytes, migrations, lastBackup }) => [
      name,
      place ?? problem ?? "",
      tables === null ? "" : countText(tables),
      sizeBytes === null ? "" : bytesText(sizeBytes),
      migrations === null ? "" : migrations.pending.length > 0 ? `${migrations.applied} applied, ${migrations.pending.length} pending` : `${migrations.applied} applied`,
      lastBackup === null ? "none" : `${secondsText(lastBackup.ageSeconds)} ago`,
    ]),
  );
}
