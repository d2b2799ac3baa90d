/** The flags that say what happens to rows that meet others, which rows are meant, and what is kept safe first. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { PgarkError } from "../errors.ts";
import { CONFLICT_POLICIES, type ConflictPolicy, type RestoreOptions } from "../options.ts";
import { repeated } from "./flags.ts";

export interface MergeFlags {
  readonly onConflict?: ConflictPolicy;
  readonly onConflictTable?: readonly string[];
  readonly onConflictKey?: readonly string[];
  readonly maxRejects?: number;
  readonly rejectsFile?: string;
  readonly resume?: true;
  readonly leaveOut?: readonly string[];
  /** A folder, or true for the default one; false with `--no-safety-backup`. */
  readonly safetyBackup?: string | boolean;
  readonly where?: readonly string[];
  readonly withParents?: true;
  readonly withChildren?: true;
  readonly yes?: readonly string[];
}

/** What the configuration says about restores of a database; flags are stronger. */
export type ConfiguredMerge = Pick<RestoreOptions, "onConflict" | "onConflictTables" | "conflictKeys" | "leaveOut" | "mapping">;

export function addMergeFlags(verb: Command): Command {
  return verb
    .option("--on-conflict <policy>", `rows that meet a row with the same key: ${CONFLICT_POLICIES.join(", ")} (default: error)`, policyOf)
    .option("--on-conflict-table <table=policy>", "the same for some tables, by pattern (repeatable)", repeated)
    .option("--on-conflict-key <table=key>", "the unique constraint or index that finds a table's rows (repeatable; default: the primary key)", repeated)
    .option("--max-rejects <n>", "end when more rows than this are rejected (default: 0 with error, no limit otherwise)", rejectsLimit)
    .option("--rejects-file <file>", "where rejected rows are written (default: beside the archive, .rejects.jsonl)")
    .option("--resume", "go on with the restore that was interrupted in this database")
    .option("--leave-out <name>", "do without a table (schema.table) or a column (schema.table.column) of the archive (repeatable)", repeated)
    .option("--safety-backup [folder]", "back up what will change first (default with replace and --clean: the backups folder)")
    .option("--no-safety-backup", "do not")
    .option("--where <table: condition>", "only the rows of a table that meet an SQL condition (repeatable)", repeated)
    .option("--with-parents", "with --where: and the rows that those reference")
    .option("--with-children", "with --where: and the rows that reference those")
    .option("--yes <name>", "confirm that tables of this database are emptied by replace", repeated);
}

/** What of a restore decides whether rows can meet others at all. */
export interface MergeSetting {
  /** A path, or `-`. */
  readonly archive: string;
  /** Where safety backups go by default. */
  readonly backupsFolder: string;
  readonly clean: boolean;
  /** Whether rows go into tables that may have some: not where this restore makes all tables, and not without rows. */
  readonly merges: boolean;
}

/** The engine's options. */
export function mergeOptions(flags: MergeFlags, configured: ConfiguredMerge, { archive, backupsFolder, clean, merges }: MergeSetting): RestoreOptions {
  const policies = {
    onConflict: flags.onConflict ?? configured.onConflict,
    onConflictTables: { ...configured.onConflictTables, ...pairs("--on-conflict-table", flags.onConflictTable, policyOf) },
    conflictKeys: { ...configured.conflictKeys, ...pairs("--on-conflict-key", flags.onConflictKey, (name) => name) },
  };
  const options = merges ? policies : {};
  return {
    ...options,
    maxRejects: flags.maxRejects,
    rejectsFile: resolve(flags.rejectsFile ?? (archive === "-" ? "pgark.rejects.jsonl" : `${archive}.rejects.jsonl`)),
    resume: flags.resume,
    leaveOut: [...(configured.leaveOut ?? []), ...(flags.leaveOut ?? [])],
    mapping: configured.mapping,
    safetyBackup: safetyFolder(flags.safetyBackup, clean || replaces(options), backupsFolder),
    where: flags.where === undefined ? undefined : conditions(flags.where),
    withParents: flags.withParents,
    withChildren: flags.withChildren,
  };
}

/** Whether tables may be emptied. */
export function replaces({ onConflict, onConflictTables = {} }: Pick<RestoreOptions, "onConflict" | "onConflictTables">): boolean {
  return [onConflict, ...Object.values(onConflictTables)].includes("replace");
}

/** Undefined: none is made. */
function safetyFolder(asked: MergeFlags["safetyBackup"], destroys: boolean, usual: string): string | undefined {
  if (asked === false || (asked === undefined && !destroys)) return undefined;
  return typeof asked === "string" ? resolve(asked) : usual;
}

function policyOf(text: string): ConflictPolicy {
  const policy = CONFLICT_POLICIES.find((known) => known === text);
  if (policy === undefined) throw new PgarkError("USAGE", `a conflict policy is one of ${CONFLICT_POLICIES.join(", ")}, not ${text}`);
  return policy;
}

function rejectsLimit(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new PgarkError("USAGE", `--max-rejects must be a number of rows, not ${text}`);
  return Number(text);
}

/** `T=V`: the last equals sign parts them, as a table's quoted name may hold one. */
function pairs<T>(flag: string, texts: readonly string[] = [], valueOf: (text: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.lastIndexOf("=");
      if (at < 1) throw new PgarkError("USAGE", `${flag} takes TABLE=VALUE, not ${text}`);
      return [text.slice(0, at), valueOf(text.slice(at + 1))];
    }),
  );
}

/** What is said of the same tables twice, either may be true of a row. */
function conditions(texts: readonly string[]): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const [table, says] of texts.map(condition)) found.set(table, found.has(table) ? `(${found.get(table)}\n) or (${says}\n)` : says);
  return Object.fromEntries(found);
}

/** `rules: id = 42`: the first colon outside of double quotes parts the table from the condition. */
function condition(text: string): readonly [string, string] {
  const [, table, says] = /^((?:[^":]|"[^"]*")+):([\s\S]+)$/.exec(text) ?? [];
  if (table === undefined || says === undefined) throw new PgarkError("USAGE", `--where takes TABLE: CONDITION, such as "rules: id = 42", not ${text}`);
  return [table.trim(), says.trim()];
}
