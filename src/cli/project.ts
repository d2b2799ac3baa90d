/** The project a verb works in: its configuration, its databases by name, its backups folder. */
import { resolve } from "node:path";
import { PgarkError } from "../errors.ts";
import type { JournalTable, MigrationsFolder, NamedDatabase, PgarkConfig } from "../index.ts";
import type { Io } from "../io/io.ts";

/** A database of the configuration. */
export interface ProjectDatabase {
  readonly name: string;
  readonly urlFrom: NamedDatabase["urlFrom"];
  readonly urlVariable: string;
  readonly protected: boolean;
  readonly extensions: readonly string[];
  readonly migrations: MigrationsFolder | null;
  /** Where drizzle's journal is; undefined where the configuration says nothing. */
  readonly migrationsTable: JournalTable | undefined;
  /** How archives are restored into it, where nothing else is said. */
  readonly restore: NamedDatabase["restore"];
  /** Its connection text, not for printing. Throws `CANNOT_CONNECT`, saying how to get one, when there is none. */
  url(): string;
}

export interface Project {
  readonly config: PgarkConfig;
  readonly backupsFolder: string;
  readonly databases: readonly ProjectDatabase[];
  /** Throws `UNKNOWN_DATABASE` with the known names. */
  database(name: string): ProjectDatabase;
  /** The named ones in the given order, or with `all` every one. Throws `USAGE` when nothing is named and there are several. */
  choose(names: readonly string[], all: boolean): readonly ProjectDatabase[];
}

/** Loads the configuration of `--project`, else of the working directory. Not of a folder above: it is code, and would be run. */
export async function openProject(flags: { readonly project?: string }, io: Io): Promise<Project> {
  const engine = await import("../index.ts");
  const config = await engine.loadConfig(resolve(flags.project ?? "."), io);
  const databases = (await engine.resolveDatabases(config)).map((database) => projectDatabase(database, engine.requireUrl));
  const database = (name: string): ProjectDatabase => databases.find((known) => known.name === name) ?? unknown(config, name);
  return { config, backupsFolder: config.backupsFolder, databases, database, choose: (names, all) => choose(databases, database, names, all) };
}

function projectDatabase(database: NamedDatabase, requireUrl: (database: NamedDatabase) => string): ProjectDatabase {
  const { url: _, migrations, ...facts } = database;
  const migrationsTable = migrations === null ? undefined : { schema: migrations.schema, table: migrations.table };
  return { ...facts, migrations, migrationsTable, url: () => requireUrl(database) };
}

function choose(databases: readonly ProjectDatabase[], byName: (name: string) => ProjectDatabase, names: readonly string[], all: boolean): readonly ProjectDatabase[] {
  if (all && names.length > 0) throw new PgarkError("USAGE", "name databases or say --all, not both");
  if (!all && names.length === 0 && databases.length !== 1) {
    const known = databases.map(({ name }) => name).join(", ");
    throw new PgarkError("USAGE", known === "" ? "no database was named, and there is no pgark.config.ts here that names one" : `say which database (${known}), or --all`);
  }
  return names.length === 0 ? databases : [...new Set(names)].map(byName);
}

function unknown(config: PgarkConfig, name: string): never {
  const known = config.databases.map((database) => database.name).join(", ") || "none";
  const from = config.file === null ? `There is no pgark.config.ts in ${config.folder}` : `${config.file} names ${known}`;
  throw new PgarkError("UNKNOWN_DATABASE", `there is no database named ${name}; known: ${known}`, { object: `database ${name}`, hint: `${from}; any other database is named by --url.` });
}
