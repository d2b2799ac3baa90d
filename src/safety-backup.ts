/**
 * The story of a safety backup: before a restore changes what is there, an archive of it is made, together with the command
 * line that brings it back. It changes nothing in the database.
 */
import { join, resolve } from "node:path";
import { dump } from "./dump.ts";
import { teller } from "./events.ts";
import { type Io, nodeIo } from "./io/io.ts";
import type { CommonOptions, Content } from "./options.ts";
import { resolveConnection } from "./session/conninfo.ts";
import { connect } from "./session/connect.ts";
import { withoutSecrets } from "./session/without-secrets.ts";

export interface SafetyBackupRequest extends CommonOptions {
  /** As `dump` takes its source: what will be changed. */
  readonly target: string | undefined;
  /** The tables whose rows will be changed, as they are called in the target; partitions go with theirs. Null: everything. */
  readonly tables: readonly TableName[] | null;
  /** Where the archive goes. It is made when it is not there. */
  readonly folder: string;
  /** `data` before rows are merged or replaced, `all` before definitions are dropped. */
  readonly content: Exclude<Content, "schema">;
  /** SET ROLE after connecting. */
  readonly role?: string | undefined;
}

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

export interface SafetyBackup {
  /** Absolute. */
  readonly path: string;
  readonly rows: number;
  /** A command line for a POSIX shell, without a password. */
  readonly undo: string;
}

/**
 * Makes `<folder>/<database>-before-restore-YYYYMMDD-HHMMSS.ark` (the time is UTC). It must be called before the restore holds
 * locks that keep others from reading. Throws what `dump` throws: NOTHING_MATCHED when one of the tables does not exist.
 */
export async function safetyBackup(request: SafetyBackupRequest): Promise<SafetyBackup> {
  const { target, tables, content, role, signal, onEvent, io = nodeIo } = request;
  const settings = await resolveConnection(target);
  const folder = resolve(request.folder);
  await io.makeDirectory(folder);
  const path = await freeName(io, folder, settings.database);
  teller(onEvent)({ type: "step", step: "safety-backup", detail: path });
  const patterns = tables === null ? undefined : (await withPartitions(request, tables)).map(patternOf);
  const report = await dump(target, path, { content, tables: patterns, strictNames: true, role, signal, onEvent, io });
  const command = ["pgark", "restore", path, "--url", withoutSecrets(target, settings), ...(content === "data" ? ["--data-only", "--on-conflict", "replace"] : ["--clean"])];
  return {
    path,
    rows: report.tables.reduce((total, table) => total + table.rows, 0),
    undo: [...command, ...(role === undefined ? [] : ["--role", role])].map(shellWord).join(" "),
  };
}

/** A second backup within one second is not the first one's. */
async function freeName(io: Io, folder: string, database: string): Promise<string> {
  const [date, time] = new Date(io.nowMs()).toISOString().replaceAll(/[-:]/g, "").split(/[T.]/);
  // A database may be called anything; a file of it stays in its folder and is easy to type.
  const stem = `${database.replaceAll(/[^\p{L}\p{N}._-]/gu, "_").replace(/^[.-]/, "_")}-before-restore-${date}-${time}`;
  for (let n = 1; ; n++) {
    const path = join(folder, n === 1 ? `${stem}.ark` : `${stem}-${n}.ark`);
    if ((await io.stat(path)) === null) return path;
  }
}

// A table that is no part of a partition tree has none.
const PARTITIONS = /* sql */ `
  select pn.nspname::text as schema, pc.relname::text as name
  from unnest($1::text[], $2::text[]) as wanted (schema, name)
  join pg_catalog.pg_namespace n on n.nspname = wanted.schema
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
  cross join lateral pg_catalog.pg_partition_tree(c.oid) as tree
  join pg_catalog.pg_class pc on pc.oid = tree.relid
  join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
  where tree.level > 0
  order by 1, 2`;

/** Rows of a partitioned table are its partitions', and a dump selects those by their own names. */
async function withPartitions({ target, signal }: SafetyBackupRequest, tables: readonly TableName[]): Promise<readonly TableName[]> {
  await using session = await connect(await resolveConnection(target), { signal });
  const partitions = await session.query<TableName>(PARTITIONS, [tables.map(({ schema }) => schema), tables.map(({ name }) => name)]);
  return [...tables, ...partitions];
}

/** The pattern that fits this one table: between double quotes nothing is special (pattern.ts). */
function patternOf({ schema, name }: TableName): string {
  return [schema, name].map((one) => `"${one.replaceAll('"', '""')}"`).join(".");
}

/** A word as a POSIX shell reads it back. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
