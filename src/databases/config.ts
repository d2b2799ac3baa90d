/**
 * Named databases: what pgark.config.ts may say, and what is made of it. This room promises that a name means one
 * connection text and one migrations folder everywhere. It connects to nothing on its own account, and it knows rulesdb
 * and memorydb only from that file.
 */
import { resolve } from "node:path";
import * as v from "valibot";
import { PgarkError } from "../errors.ts";
import { CONFLICT_POLICIES, type RestoreOptions } from "../options.ts";

/** What may be written about one database. */
export interface DatabaseInput {
  /** The environment variable that holds its URL. Default: the name in capitals and `_URL`. */
  readonly urlVariable?: string;
  /** Its drizzle folder, relative to the configuration file. Default: none; `migrate` then has nothing to do. */
  readonly migrations?: string | { readonly folder: string; readonly schema?: string; readonly table?: string };
  /** Refuses `nuke` and everything else that destroys. Default: false. */
  readonly protected?: boolean;
  /** Extensions the server must have available, for example `vector`. Default: none. */
  readonly extensions?: readonly string[];
  /** How archives are restored into it, where the caller says nothing else. Default: nothing special. */
  readonly restore?: RestoreSettings;
}

/** Options of `restore` that belong to a database and not to one run. */
export type RestoreSettings = Pick<RestoreOptions, "onConflict" | "onConflictTables" | "conflictKeys" | "leaveOut" | "mapping">;

/** A column whose values name rows of another *database*, where no foreign key can reach. */
export interface SoftReferenceInput {
  /** `database.schema.table.column` */
  readonly from: string;
  readonly to: string;
}

/** What pgark.config.ts exports as its default. */
export interface ConfigInput {
  readonly databases?: Readonly<Record<string, DatabaseInput>>;
  readonly softReferences?: readonly SoftReferenceInput[];
  /** Where backups go, relative to the configuration file. Default: `backups`. */
  readonly backups?: string;
}

export interface MigrationsFolder {
  /** Absolute. */
  readonly folder: string;
  /** Of drizzle's journal table. Default: `drizzle`. */
  readonly schema: string;
  /** Default: `__drizzle_migrations`. */
  readonly table: string;
}

export interface ConfiguredDatabase {
  readonly name: string;
  readonly urlVariable: string;
  readonly migrations: MigrationsFolder | null;
  readonly protected: boolean;
  readonly extensions: readonly string[];
  readonly restore: RestoreSettings;
}

export interface ColumnAddress {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

export interface SoftReference {
  readonly from: ColumnAddress;
  readonly to: ColumnAddress;
}

/** The configuration with every default filled in. */
export interface PgarkConfig {
  /** The project's folder, absolute. */
  readonly folder: string;
  /** The file it came from, null when there is none. */
  readonly file: string | null;
  /** In the order they were written. */
  readonly databases: readonly ConfiguredDatabase[];
  readonly softReferences: readonly SoftReference[];
  /** Absolute. */
  readonly backupsFolder: string;
}

/** Gives its argument back: it is there for the editor, which then knows what may be written. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** Checks what a file exported and fills in the defaults. Throws `USAGE` naming the place in it that is wrong. */
export function resolveConfig(written: unknown, folder: string, file: string | null): PgarkConfig {
  const parsed = v.safeParse(configSchema, written);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const place = v.getDotPath(issue);
    throw new PgarkError("USAGE", `${file ?? "configuration"}: ${place === null ? "" : `${place}: `}${issue.message}`, { object: file ?? undefined });
  }
  const { databases, softReferences, backups } = parsed.output;
  return {
    folder: resolve(folder),
    file,
    databases: Object.entries(databases).map(([name, database]) => ({
      name,
      urlVariable: database.urlVariable ?? `${name.toUpperCase().replaceAll("-", "_")}_URL`,
      migrations: database.migrations === undefined ? null : { ...database.migrations, folder: resolve(folder, database.migrations.folder) },
      protected: database.protected,
      extensions: database.extensions,
      restore: database.restore,
    })),
    softReferences,
    backupsFolder: resolve(folder, backups),
  };
}

/** Names become file names (`backups/<name>-….ark`) and database names. */
const nameSchema = v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, "a database's name begins with a letter and goes on with letters, digits, _ and -"));

const migrationsSchema = v.pipe(
  v.union([
    v.pipe(v.string(), v.transform((folder) => ({ folder }))),
    v.strictObject({ folder: v.string(), schema: v.optional(v.pipe(v.string(), v.nonEmpty())), table: v.optional(v.pipe(v.string(), v.nonEmpty())) }),
  ]),
  v.transform(({ folder, schema = "drizzle", table = "__drizzle_migrations" }: { folder: string; schema?: string | undefined; table?: string | undefined }) => ({ folder, schema, table })),
);

const restoreSchema = v.strictObject({
  onConflict: v.optional(v.picklist(CONFLICT_POLICIES)),
  onConflictTables: v.optional(v.record(v.string(), v.picklist(CONFLICT_POLICIES))),
  conflictKeys: v.optional(v.record(v.string(), v.string())),
  leaveOut: v.optional(v.array(v.string())),
  mapping: v.optional(
    v.record(v.string(), v.strictObject({ from: v.optional(v.string()), columns: v.optional(v.record(v.string(), v.string())), where: v.optional(v.string()) })),
  ),
});

const databaseSchema = v.strictObject({
  urlVariable: v.optional(v.pipe(v.string(), v.nonEmpty())),
  migrations: v.optional(migrationsSchema),
  protected: v.optional(v.boolean(), false),
  extensions: v.optional(v.array(v.string()), []),
  restore: v.optional(restoreSchema, {}),
});

const columnSchema = v.pipe(
  v.string(),
  v.regex(/^[^.]+(?:\.[^.]+){3}$/, "expected database.schema.table.column"),
  v.transform((address): ColumnAddress => {
    const [database = "", schema = "", table = "", column = ""] = address.split(".");
    return { database, schema, table, column };
  }),
);

const configSchema = v.pipe(
  v.strictObject({
    databases: v.optional(v.record(nameSchema, databaseSchema), {}),
    softReferences: v.optional(v.array(v.strictObject({ from: columnSchema, to: columnSchema })), []),
    backups: v.optional(v.pipe(v.string(), v.nonEmpty()), "backups"),
  }),
  v.check(
    ({ databases, softReferences }) => softReferences.every(({ from, to }) => Object.hasOwn(databases, from.database) && Object.hasOwn(databases, to.database)),
    "softReferences names a database that is not in databases",
  ),
);
