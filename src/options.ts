/**
 * What goes in. Every options type is what a caller may write; `resolve…` turns it once into a type without `?`,
 * so that no default is decided twice.
 */
import { availableParallelism } from "node:os";
import { PgarkError } from "./errors.ts";
import type { Listener } from "./events.ts";
import { type Io, nodeIo } from "./io/io.ts";
import { type Section, SECTIONS } from "./section.ts";

export interface CommonOptions {
  /** Cancels the work: statements are cancelled on the server, half files removed, and the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Told what happens. Nothing it does changes the outcome. */
  readonly onEvent?: Listener | undefined;
  /** File system, clock and randomness. Default: the real ones. */
  readonly io?: Io | undefined;
}

/** Definitions, rows, or both. */
export type Content = "all" | "schema" | "data";

/**
 * What happens to a row of the archive that meets a row of the target with the same key. `error`: a target table that has
 * rows is refused before anything is written. `skip`: the target's row stays. `update`: the archive's row wins. `replace`:
 * the tables are emptied first.
 */
export type ConflictPolicy = "error" | "skip" | "update" | "replace";

export const CONFLICT_POLICIES: readonly ConflictPolicy[] = ["error", "skip", "update", "replace"];

/** Where a table of the target takes its rows from, when that is not the archive's table of the same name with columns of the same names. */
export interface TableMapping {
  /** The archive's table, `schema.name` as SQL writes it. Default: the one of the same name. */
  readonly from?: string | undefined;
  /** Column of the target → column of the archive. Columns that are not named here are matched by name. */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  /** A condition over the archive's columns: only rows that meet it are for this table. For tables that were split off. */
  readonly where?: string | undefined;
}

/** Which objects, by psql's patterns: `*`, `?`, character classes, `schema.table`, double quotes against folding. */
export interface SelectionOptions {
  /** Only these schemas. Default: all. */
  readonly schemas?: readonly string[] | undefined;
  readonly excludeSchemas?: readonly string[] | undefined;
  /** Only these relations (tables, views, materialized views, sequences), with what hangs on them. Default: all. */
  readonly tables?: readonly string[] | undefined;
  readonly excludeTables?: readonly string[] | undefined;
  /** The definition yes, the rows no. */
  readonly excludeTableData?: readonly string[] | undefined;
  /** As `tables`, each with what inherits from it, partitions too. Default: none. */
  readonly tablesAndChildren?: readonly string[] | undefined;
  readonly excludeTablesAndChildren?: readonly string[] | undefined;
  readonly excludeTableDataAndChildren?: readonly string[] | undefined;
  /** Only these extensions. Default: all, but none where `schemas`, `tables` or `tablesAndChildren` are given. */
  readonly extensions?: readonly string[] | undefined;
  readonly excludeExtensions?: readonly string[] | undefined;
  /** Whether each pattern of what is wanted must fit something. Default: false, one of each sort is enough. */
  readonly strictNames?: boolean | undefined;
  /** Only these sections. Default: all. */
  readonly sections?: readonly Section[] | undefined;
  /** Leaves out comments. Default of this one and the next: false. */
  readonly noComments?: boolean | undefined;
  readonly noSecurityLabels?: boolean | undefined;
  readonly noPublications?: boolean | undefined;
  readonly noSubscriptions?: boolean | undefined;
  /** Leaves out policies, and that they are in force. */
  readonly noPolicies?: boolean | undefined;
  /** Everything into the target's default tablespace. */
  readonly noTablespaces?: boolean | undefined;
  /** Every table with the target's default access method. */
  readonly noTableAccessMethod?: boolean | undefined;
}

export interface DumpOptions extends CommonOptions, SelectionOptions {
  /** Default: `all`. */
  readonly content?: Content | undefined;
  /** Sessions that read rows at the same time. Default: the machine's cores, at most 4. */
  readonly jobs?: number | undefined;
  /** `none`, `gzip`, `brotli` or `zstd`, with `:level`. Default: zstd:1 where Node.js has it, else brotli:1. */
  readonly codec?: string | undefined;
  /** How long to wait for a table's lock, in ms. Default: 30000. 0 waits for ever. */
  readonly lockTimeoutMs?: number | undefined;
  /** Reads the finished file back and checks every byte before it gets its name. Default: true. */
  readonly verify?: boolean | undefined;
  /** SET ROLE after connecting. */
  readonly role?: string | undefined;
  /** The largest plain size of a chunk before a table is split, in bytes. Default: 64 MiB. */
  readonly chunkBytes?: number | undefined;
  /** Every table in text format, for readers that want no binary. Default: false. */
  readonly textOnly?: boolean | undefined;
  /** Where the database keeps its drizzle journal. Default: drizzle.__drizzle_migrations. */
  readonly migrationsTable?: JournalTable | undefined;
  /** Also what belongs to the whole server: roles with memberships and settings, tablespaces, privileges on parameters. Default: false. */
  readonly globals?: boolean | undefined;
  /** With `globals`: the roles' passwords too, as the server keeps them, hashed: the archive is a secret then. Needs a superuser. Default: false. */
  readonly rolePasswords?: boolean | undefined;
}

export interface RestoreOptions extends CommonOptions, SelectionOptions {
  /** Default: `all` that the archive has. */
  readonly content?: Content | undefined;
  /** Sessions that load and build at the same time. Default: the machine's cores, at most 4. */
  readonly jobs?: number | undefined;
  /** Creates the archive's database first, connected to the target's server. Default: false. */
  readonly create?: boolean | undefined;
  /**
   * First makes the roles, memberships, settings, tablespaces and privileges on parameters that the archive holds and the
   * target's server lacks; what is there is left alone. Throws NOTHING_MATCHED for an archive that was made without them. Default: false.
   */
  readonly globals?: boolean | undefined;
  /** Drops the archive's objects from the target first. Default: false. */
  readonly clean?: boolean | undefined;
  /** Leaves everything owned by the restoring role. Default: false. */
  readonly noOwner?: boolean | undefined;
  /** Restores no GRANT and REVOKE. Default: false. */
  readonly noPrivileges?: boolean | undefined;
  /** SET ROLE after connecting. */
  readonly role?: string | undefined;
  /** Everything in one transaction on one session, or nothing. Default: false. */
  readonly singleTransaction?: boolean | undefined;
  /** Reads and checks the whole archive before the first write. Default: false; every block is checked as it is read in any case. */
  readonly verifyFirst?: boolean | undefined;
  /** Lets user triggers fire for restored rows. Default: false. */
  readonly fireTriggers?: boolean | undefined;
  /** Goes on after an object that could not be created, and without roles and extensions that the target lacks, and counts each. Default: false: the first error ends the run. */
  readonly continueOnError?: boolean | undefined;
  /** The journal that a data-only restore never loads as rows. Default: drizzle.__drizzle_migrations. */
  readonly migrationsTable?: JournalTable | undefined;
  /** The drizzle folder of the database: it gives the names of migrations that one side lacks. Default: none. */
  readonly migrationsFolder?: string | undefined;
  /** Default: `error`. */
  readonly onConflict?: ConflictPolicy | undefined;
  /** Table pattern → its policy. A later pattern wins. Default: none. */
  readonly onConflictTables?: Readonly<Record<string, ConflictPolicy>> | undefined;
  /** Table pattern → name of the unique constraint or index that finds its rows. Default: the primary key, else the first unique key by name. */
  readonly conflictKeys?: Readonly<Record<string, string>> | undefined;
  /** More rejected rows than this end the restore. Default: 0 while every policy is `error`, no limit otherwise. */
  readonly maxRejects?: number | undefined;
  /** Where rejected rows are written, as JSON lines. Default: nowhere; they are counted all the same. */
  readonly rejectsFile?: string | undefined;
  /** Goes on with the restore that was interrupted in this database. Refused for another archive or other options. Default: false. */
  readonly resume?: boolean | undefined;
  /** Tables (`schema.table`) and columns (`schema.table.column`), as SQL writes them, whose rows or values are not wanted. Default: none. */
  readonly leaveOut?: readonly string[] | undefined;
  /** Table of the target, `schema.name` as SQL writes it → where its rows are in the archive. Default: none. */
  readonly mapping?: Readonly<Record<string, TableMapping>> | undefined;
  /** Folder for an archive of what will change, made first. Default: none. */
  readonly safetyBackup?: string | undefined;
  /** Table pattern → SQL condition over its columns in the archive: only these rows are restored. Default: all rows. */
  readonly where?: Readonly<Record<string, string>> | undefined;
  /** With `where`: also the rows that the chosen ones reference, and what those reference. Default: false. */
  readonly withParents?: boolean | undefined;
  /** With `where`: also the rows that reference the chosen ones, and those that reference these. Default: false. */
  readonly withChildren?: boolean | undefined;
  /** Ids of the archive's TOC entries: only these, as far as everything else selects them too, in this order. Default: none. */
  readonly useList?: readonly number[] | undefined;
  /** For `planRestore`: how many rows of each sort are shown with their keys. Default: 0. */
  readonly examples?: number | undefined;
}

/** Where a database keeps the journal of its migrations. */
export interface JournalTable {
  readonly schema: string;
  readonly table: string;
}

/** Drizzle's own place for it. */
export const DRIZZLE_JOURNAL: JournalTable = { schema: "drizzle", table: "__drizzle_migrations" };

/** Options whose absence means something. */
type Absent = "signal" | "role" | "schemas" | "tables" | "tablesAndChildren" | "extensions" | "sections" | "useList" | "codec" | "migrationsFolder" | "rejectsFile" | "safetyBackup" | "where";

/** `T` without optional fields, except for those whose absence means something. */
export type Resolved<T extends CommonOptions> = {
  readonly [K in Exclude<keyof T, Absent>]-?: Exclude<T[K], undefined>;
} & { readonly [K in Extract<keyof T, Absent>]: T[K] };

export function resolveDumpOptions(options: DumpOptions): Resolved<DumpOptions> {
  return {
    ...resolveCommon(options),
    ...resolveSelection(options, options.content),
    content: options.content ?? "all",
    jobs: jobsOf(options.jobs),
    codec: options.codec,
    lockTimeoutMs: options.lockTimeoutMs ?? 30_000,
    verify: options.verify ?? true,
    role: options.role,
    chunkBytes: positive("chunkBytes", options.chunkBytes ?? 64 * 1024 * 1024),
    textOnly: options.textOnly ?? false,
    migrationsTable: options.migrationsTable ?? DRIZZLE_JOURNAL,
    globals: globalsOf(options),
    rolePasswords: options.rolePasswords ?? false,
  };
}

export function resolveRestoreOptions(options: RestoreOptions): Resolved<RestoreOptions> {
  if (options.globals === true && options.singleTransaction === true) {
    throw new PgarkError("USAGE", "globals and singleTransaction exclude each other: CREATE TABLESPACE cannot run inside a transaction");
  }
  if (options.create === true && options.singleTransaction === true) {
    throw new PgarkError("USAGE", "create and singleTransaction exclude each other: CREATE DATABASE cannot run inside a transaction");
  }
  if (options.clean === true && options.content === "data") {
    throw new PgarkError("USAGE", "clean and data-only exclude each other: clean drops definitions");
  }
  return {
    ...resolveCommon(options),
    ...resolveSelection(options, options.content),
    content: options.content ?? "all",
    jobs: options.singleTransaction === true ? 1 : jobsOf(options.jobs),
    create: options.create ?? false,
    globals: globalsOf(options),
    clean: options.clean ?? false,
    noOwner: options.noOwner ?? false,
    noPrivileges: options.noPrivileges ?? false,
    role: options.role,
    singleTransaction: options.singleTransaction ?? false,
    verifyFirst: options.verifyFirst ?? false,
    fireTriggers: options.fireTriggers ?? false,
    continueOnError: options.continueOnError ?? false,
    migrationsTable: options.migrationsTable ?? DRIZZLE_JOURNAL,
    migrationsFolder: options.migrationsFolder,
    ...resolveConflicts(options),
    rejectsFile: options.rejectsFile,
    resume: options.resume ?? false,
    leaveOut: options.leaveOut ?? [],
    mapping: options.mapping ?? {},
    safetyBackup: options.safetyBackup,
    where: options.where,
    withParents: options.withParents ?? false,
    withChildren: options.withChildren ?? false,
    useList: options.useList,
    examples: options.examples ?? 0,
  };
}

/** Throws USAGE where what is asked for leaves nothing of them. */
function globalsOf({ globals = false, rolePasswords = false, content, sections }: Pick<DumpOptions, "globals" | "rolePasswords" | "content" | "sections">): boolean {
  if (rolePasswords && !globals) throw new PgarkError("USAGE", "rolePasswords are of roles, and goes with globals");
  if (globals && content === "data") throw new PgarkError("USAGE", "globals and data-only exclude each other: globals are definitions");
  if (globals && sections?.includes("pre-data") === false) throw new PgarkError("USAGE", `globals are in section pre-data, and not in ${sections.join(", ")}`);
  return globals;
}

function resolveConflicts({ onConflict = "error", onConflictTables = {}, conflictKeys = {}, maxRejects, where, withParents, withChildren, sections }: RestoreOptions) {
  for (const policy of [onConflict, ...Object.values(onConflictTables)]) {
    if (!CONFLICT_POLICIES.includes(policy)) throw new PgarkError("USAGE", `a conflict policy is one of ${CONFLICT_POLICIES.join(", ")}, not ${policy}`);
  }
  if (where === undefined && (withParents === true || withChildren === true)) throw new PgarkError("USAGE", "withParents and withChildren need a where to begin with");
  const merges = [onConflict, ...Object.values(onConflictTables)].some((policy) => policy !== "error");
  if (merges && sections?.includes("data") === false) throw new PgarkError("USAGE", `a conflict policy is for rows, and section ${sections.join(", ")} has none`);
  if (maxRejects !== undefined && (Number.isNaN(maxRejects) || maxRejects < 0)) throw new PgarkError("USAGE", `maxRejects must be a number of rows, not ${maxRejects}`);
  return { onConflict, onConflictTables, conflictKeys, maxRejects: maxRejects ?? (merges ? Number.POSITIVE_INFINITY : 0) };
}

function resolveCommon(options: CommonOptions) {
  return { signal: options.signal, onEvent: options.onEvent ?? (() => {}), io: options.io ?? nodeIo };
}

function resolveSelection(options: SelectionOptions, content: Content = "all") {
  return {
    schemas: options.schemas,
    excludeSchemas: options.excludeSchemas ?? [],
    tables: options.tables,
    excludeTables: options.excludeTables ?? [],
    excludeTableData: options.excludeTableData ?? [],
    tablesAndChildren: options.tablesAndChildren,
    excludeTablesAndChildren: options.excludeTablesAndChildren ?? [],
    excludeTableDataAndChildren: options.excludeTableDataAndChildren ?? [],
    extensions: options.extensions,
    excludeExtensions: options.excludeExtensions ?? [],
    strictNames: options.strictNames ?? false,
    sections: sectionsOf(options.sections, content),
    noComments: options.noComments ?? false,
    noSecurityLabels: options.noSecurityLabels ?? false,
    noPublications: options.noPublications ?? false,
    noSubscriptions: options.noSubscriptions ?? false,
    noPolicies: options.noPolicies ?? false,
    noTablespaces: options.noTablespaces ?? false,
    noTableAccessMethod: options.noTableAccessMethod ?? false,
  };
}

/** What was asked for beyond schemas and tables, as the manifest keeps it: only what narrows the dump. */
export function selectionForManifest(options: SelectionOptions): Readonly<Record<string, true | readonly string[]>> {
  const { tablesAndChildren, excludeTablesAndChildren, excludeTableDataAndChildren, extensions, excludeExtensions, sections } = options;
  const lists = { tablesAndChildren, excludeTablesAndChildren, excludeTableDataAndChildren, extensions, excludeExtensions, sections };
  const { noComments, noSecurityLabels, noPublications, noSubscriptions, noPolicies, noTablespaces, noTableAccessMethod } = options;
  const flags = { noComments, noSecurityLabels, noPublications, noSubscriptions, noPolicies, noTablespaces, noTableAccessMethod };
  return {
    ...Object.fromEntries(Object.entries(lists).flatMap(([name, list]) => (list === undefined || list.length === 0 ? [] : [[name, list] as const]))),
    ...Object.fromEntries(Object.entries(flags).flatMap(([name, flag]) => (flag === true ? [[name, flag] as const] : []))),
  };
}

/** In their order. Throws USAGE for an unknown one, and where they and the content have nothing in common. */
function sectionsOf(sections: readonly Section[] | undefined, content: Content): readonly Section[] | undefined {
  if (sections === undefined) return undefined;
  const unknown = sections.find((section) => !SECTIONS.includes(section));
  if (unknown !== undefined) throw new PgarkError("USAGE", `a section is one of ${SECTIONS.join(", ")}, not ${unknown}`);
  // Refreshes of materialized views are in post-data, and fill them.
  const [only] = sections.length === 1 ? sections : [];
  if ((content === "data" && only === "pre-data") || (content === "schema" && only === "data")) throw new PgarkError("USAGE", `${content}-only leaves nothing of section ${only}`);
  return SECTIONS.filter((section) => sections.includes(section));
}

function jobsOf(jobs: number | undefined): number {
  return positive("jobs", jobs ?? Math.min(4, availableParallelism()));
}

function positive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new PgarkError("USAGE", `${name} must be a whole number of at least 1, not ${value}`);
  return value;
}
