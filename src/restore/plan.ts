/**
 * What a restore will do: pure, from the TOC, the manifest where there is one, and the facts of the target. What
 * is missing on the target and what is refused is known here, before the first write.
 */
import { chunksByEntry, type Manifest } from "../archive/manifest.ts";
import { isOwnTable, type Json, type Toc, type TocData, type TocEntry } from "../archive/toc.ts";
import { isGlobalKind } from "../catalog/globals.ts";
import { qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { Warning } from "../events.ts";
import { migrationsRefusal } from "../migrations/archive-level.ts";
import type { MigrationFolder } from "../migrations/folder.ts";
import type { ConflictPolicy, Content, Resolved, RestoreOptions, TableMapping } from "../options.ts";
import { createSelection, type Selection } from "../selection.ts";
import type { RowForecast } from "./dry-run.ts";
import type { MergeLoad } from "./loaders/merge-load.ts";
import { leftOutTables, mappingsByArchiveTable } from "./mapping.ts";
import { fitToMajor, majorRefusal, type Majors } from "./other-major.ts";
import type { TargetFacts } from "./target.ts";

export interface RestorePlan {
  /** The database that will be written, without secrets. */
  readonly target: string;
  /** What of the whole server will be made first. */
  readonly globals: readonly TocEntry[];
  /** Whether what is in the way is dropped bit by bit, because the server has no room for the locks of one transaction. */
  readonly dropsInParts: boolean;
  /** What will be created, in order. */
  readonly create: readonly TocEntry[];
  /** Tables whose rows will be loaded. */
  readonly load: readonly PlannedLoad[];
  /** The OIDs of the large objects that will be made. */
  readonly largeObjects: readonly number[];
  /** Sequence positions and refreshes to set afterwards. */
  readonly finish: readonly TocEntry[];
  readonly skip: readonly { readonly object: string; readonly reason: string }[];
  readonly missing: readonly Missing[];
  /** Why nothing may be written; empty when the restore can go on. */
  readonly refusals: readonly PgarkError[];
  readonly warnings: readonly Warning[];
  /** What becomes of each table's rows, where tables are there to hold them against; null otherwise, and where the restore is refused. */
  readonly forecast: readonly RowForecast[] | null;
}

/** One table of the target that takes rows of one entry of the archive. */
export interface PlannedLoad {
  /** From 1, in the plan's order. The journal and the accounts know it by this. */
  readonly load: number;
  readonly entry: TocEntry;
  readonly data: TocData;
  /** `public.rules`, quoted where needed: what COPY names. */
  readonly table: string;
  /** What SELECT and DELETE name to mean these rows and no others: `ONLY public.rules`, or the bare name of a table with partitions that rows are loaded through. */
  readonly exactly: string;
  /** Whether this restore makes the table, so that its rows may be written frozen. */
  readonly created: boolean;
  /** Null when they are not known beforehand: the archive comes through a pipe, or only some of its rows are for this table. */
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly policy: ConflictPolicy;
  /** Where its rows come from, when that is not the archive's table of the same name. */
  readonly mapping: TableMapping | null;
  /** `copy`: straight into the table. `merge`: through a staging table. */
  readonly way: "copy" | "merge";
  /** What both ways need to look at rows one by one; null for tables that this restore makes, and for large objects. */
  readonly merge: MergeLoad | null;
  /** Columns that together are unique in the archive's table, for each of its keys; null where the archive has no definitions. */
  readonly uniqueInArchive: readonly (readonly string[])[] | null;
  /** Whether all its chunks go in at once: a table without a key merges as a multiset, and of rows with the same key the first one stays. */
  readonly whole: boolean;
  /** Loads whose rows must be in before: the parents of foreign keys that stay in place. */
  readonly needs: readonly number[];
  /** Whether the table's rows make room first. */
  readonly emptied: boolean;
  /** OID of the root of its partition tree on the target, its own where it is none; null for tables that this restore makes. */
  readonly root: number | null;
}

/** Something on the target without which the restore cannot be complete. */
export interface Missing {
  readonly kind: "role" | "extension" | "tablespace" | "encoding";
  readonly name: string;
  readonly neededBy: string;
}

export interface PlanInput {
  readonly toc: Toc;
  readonly manifest: Manifest | null;
  readonly selection: Selection;
  readonly target: TargetFacts;
  readonly options: Resolved<RestoreOptions>;
  /** The drizzle folder, for the names of migrations. */
  readonly folder?: MigrationFolder | null;
  /** Entries that an interrupted restore has made; null for a restore from the beginning. */
  readonly done?: ReadonlySet<number> | null;
}

export function makePlan(input: PlanInput): RestorePlan {
  const { toc, target, options } = input;
  const selected = input.selection.entries(toc.entries);
  const dataOnly = options.content === "data";
  const skip: { object: string; reason: string }[] = [];
  const warnings: Warning[] = [...input.selection.warnings(toc.entries)];
  const refusals: PgarkError[] = [];

  const definitions = selected.filter((entry) => isDefinition(entry) && !isGlobalKind(entry.kind) && wanted(entry, input, skip));
  const all = dataOnly ? [] : definitions;
  const create = fitted(all.filter(({ id }) => input.done?.has(id) !== true), input, refusals, warnings);
  const finish = selected.filter((entry) => (entry.kind === "sequence-value" || entry.kind === "refresh") && presentOnTarget(entry, input, skip));
  const load = plannedLoads(selected, all, input, skip);

  const missing = dataOnly ? [] : missingOnTarget(create, input);
  refusals.push(...refusalsOf(missing, create, input, warnings));
  const largeObjects = selected.flatMap(({ kind, name }) => (kind === "large-object" && !options.clean ? [Number(name)] : []));
  return { target: target.place, globals: [], dropsInParts: false, create, load, largeObjects, finish, skip, missing, refusals, warnings, forecast: null };
}

/**
 * What of an archive is restored: what was asked for; where nothing was asked for and only rows are there or selected, rows.
 * Throws NOTHING_MATCHED when definitions are wanted and there are only rows, and USAGE where rows of a table are selected
 * together with definitions, but not with the table's own: it would not be known whether other rows stand there.
 */
export function contentOf(toc: Toc, options: Resolved<RestoreOptions>): Content {
  const rowsAlone = toc.entries.length > 0 && toc.entries.every((entry) => entry.section === "data" || entry.kind === "refresh");
  if (rowsAlone && options.content === "schema") throw new PgarkError("NOTHING_MATCHED", "the archive holds rows and no definitions");
  if (rowsAlone) return "data";
  return options.content === "all" ? contentSelected(toc, createSelection(options, "all").entries(toc.entries)) : options.content;
}

function contentSelected({ entries }: Toc, selected: readonly TocEntry[]): Content {
  const rows = selected.filter(({ kind }) => kind === "table-data");
  const definitions = new Set(selected.filter((entry) => isDefinition(entry) && entry.kind !== "database" && !isGlobalKind(entry.kind)).map(({ id }) => id));
  if (definitions.size === 0) return selected.some((entry) => !isDefinition(entry)) ? "data" : "all";
  const extensions = new Set(entries.filter(({ kind }) => kind === "extension").map(({ id }) => id));
  const strangers = rows.find(({ parent }) => parent !== null && !definitions.has(parent) && !extensions.has(parent));
  if (strangers === undefined) return "all";
  throw new PgarkError("USAGE", `the rows of ${strangers.address} are selected together with definitions, but not with its own`, {
    object: strangers.address,
    hint: "Restore the rows alone (--section data), and the rest before or after them.",
  });
}

const NOT_DEFINITIONS: ReadonlySet<string> = new Set(["table-data", "large-object-data", "sequence-value", "refresh"]);

function isDefinition(entry: TocEntry): boolean {
  return !NOT_DEFINITIONS.has(entry.kind);
}

function wanted(entry: TocEntry, { options, target, done }: PlanInput, skip: { object: string; reason: string }[]): boolean {
  if (entry.kind === "privileges" && options.noPrivileges) return false;
  if (entry.kind === "default-privileges" && options.noPrivileges) return false;
  if (entry.kind === "schema" && entry.create.length > 0 && target.schemas.has(entry.name) && !options.clean && done?.has(entry.id) !== true) {
    skip.push({ object: entry.address, reason: "exists on the target" });
    return false;
  }
  return true;
}

/** The definitions as the target's major can have them. With errors tolerated, what it cannot have fails when its turn comes. */
function fitted(create: readonly TocEntry[], { toc, target, options }: PlanInput, refusals: PgarkError[], warnings: Warning[]): readonly TocEntry[] {
  const majors: Majors = { source: toc.source.serverVersion, target: target.serverVersion };
  const { create: possible, refused, warnings: said } = fitToMajor(create, toc.entries, majors);
  warnings.push(...said);
  const refusal = options.continueOnError ? null : majorRefusal(refused, majors);
  if (refusal !== null) refusals.push(refusal);
  return possible;
}

/** In a data-only restore a sequence or a materialized view can be absent: said, not failed, as no row is lost with it. */
function presentOnTarget(entry: TocEntry, { options, target }: PlanInput, skip: { object: string; reason: string }[]): boolean {
  if (options.content !== "data" || target.relations.has(qualified(entry.schema, entry.name))) return true;
  skip.push({ object: entry.address, reason: "not on the target" });
  return false;
}

function plannedLoads(selected: readonly TocEntry[], create: readonly TocEntry[], { toc, manifest, options, target }: PlanInput, skip: { object: string; reason: string }[]): readonly PlannedLoad[] {
  const loads: PlannedLoad[] = [];
  // Not an extension's: what its script put into a configuration table must stay.
  const tables = new Set(create.filter(({ kind }) => kind === "table").map(({ id }) => id));
  const into = options.content === "data" ? mappingsByArchiveTable(options.mapping) : new Map<string, readonly (readonly [string, TableMapping])[]>();
  const leftOut = leftOutTables(options.leaveOut);
  const chunksOf = chunksByEntry(manifest?.chunks ?? []);
  const parentOf = parentsOfPartitions(toc.entries);
  const keysOf = toc.entries.some(({ kind }) => kind === "table") ? keysByTable(toc.entries) : null;
  for (const entry of selected) {
    if (entry.data === null) continue;
    const journal = options.migrationsTable;
    if (options.content === "data" && entry.data.schema === journal.schema && entry.data.table === journal.table) {
      skip.push({ object: entry.address, reason: "the migrations' journal says where the target stands, not the archive" });
      continue;
    }
    const own = qualified(entry.data.schema, entry.data.table);
    if (leftOut.has(own)) {
      skip.push({ object: entry.address, reason: "left out" });
      continue;
    }
    const chunks = manifest === null ? undefined : (chunksOf.get(entry.id) ?? []);
    const mapped = into.get(own) ?? [];
    // A table that was renamed is gone under its old name; one that others were split off from is still there.
    const stays = mapped.length === 0 || mapped.some(([table]) => table === own) || target.relations.has(own);
    const targets = stays && !mapped.some(([table]) => table === own) ? [[options.content === "data" ? placeOf(own, parentOf, target) : own, null] as const, ...mapped] : mapped;
    for (const [table, mapping] of targets) {
      const spread = !isOwnTable(entry, entry.data) || target.relations.get(table)?.relkind === "p";
      const sum = (of: "rows" | "plainBytes") => chunks?.reduce((total, chunk) => total + chunk[of], 0) ?? null;
      loads.push({
        load: loads.length + 1,
        entry,
        data: entry.data,
        table,
        exactly: spread ? table : `ONLY ${table}`,
        created: entry.parent !== null && tables.has(entry.parent),
        rows: mapping?.where === undefined ? sum("rows") : null,
        bytes: sum("plainBytes"),
        policy: options.onConflict,
        mapping,
        way: "copy",
        merge: null,
        uniqueInArchive: keysOf === null ? null : (keysOf.get(own) ?? []),
        whole: false,
        needs: [],
        emptied: false,
        root: null,
      });
    }
  }
  return loads;
}

/** Rows of a partition that the target does not have go to the next table above that it has: it may be cut otherwise, or whole. */
function placeOf(table: string, parentOf: ReadonlyMap<string, string>, { relations }: TargetFacts): string {
  for (let place: string | undefined = table; place !== undefined; place = parentOf.get(place)) if (relations.has(place)) return place;
  return table;
}

function parentsOfPartitions(entries: readonly TocEntry[]): ReadonlyMap<string, string> {
  const parents = new Map<string, string>();
  for (const { kind, schema, name, record } of entries) {
    if (kind !== "table" || record === null || typeof record !== "object" || !("isPartition" in record) || record.isPartition !== true || !Array.isArray(record.parents)) continue;
    const [parent] = record.parents;
    if (parent === null || typeof parent !== "object" || !("name" in parent)) continue;
    const { schema: parentSchema, name: parentName } = parent;
    if (typeof parentSchema === "string" && typeof parentName === "string") parents.set(qualified(schema, name), qualified(parentSchema, parentName));
  }
  return parents;
}

function keysByTable(entries: readonly TocEntry[]): ReadonlyMap<string, readonly (readonly string[])[]> {
  const keys = new Map<string, (readonly string[])[]>();
  for (const { kind, record } of entries) {
    if (kind !== "constraint" || record === null || typeof record !== "object" || !("columns" in record)) continue;
    const { schema, signature, columns, type, withoutOverlaps } = record;
    if ((type !== "primary key" && type !== "unique") || withoutOverlaps === true || typeof schema !== "string" || typeof signature !== "string" || !Array.isArray(columns)) continue;
    const table = qualified(schema, signature);
    keys.set(table, [...(keys.get(table) ?? []), columns.filter((column) => typeof column === "string")]);
  }
  return keys;
}

function missingOnTarget(create: readonly TocEntry[], { toc, target, options }: PlanInput): readonly Missing[] {
  const missing = new Map<string, Missing>();
  const note = (kind: Missing["kind"], name: string, neededBy: string) => {
    if (!missing.has(`${kind} ${name}`)) missing.set(`${kind} ${name}`, { kind, name, neededBy });
  };
  for (const entry of create) {
    if (!options.noOwner && entry.owner !== null && !target.roles.has(entry.owner)) note("role", entry.owner, entry.address);
    for (const role of rolesOf(entry.record)) if (!target.roles.has(role)) note("role", role, `${entry.kind} of ${entry.address}`);
    if (entry.kind === "extension" && !target.extensions.has(entry.name)) note("extension", entry.name, "the archive's objects");
    if (entry.tablespace !== null && !target.tablespaces.has(entry.tablespace)) note("tablespace", entry.tablespace, entry.address);
  }
  if (toc.source.encoding !== target.encoding && target.encoding !== "UTF8") note("encoding", toc.source.encoding, `rows written in ${toc.source.encoding}`);
  return [...missing.values()];
}

/** Roles that an entry's statements name, which its record lists. */
function rolesOf(record: Json): readonly string[] {
  if (record === null || typeof record !== "object" || !("roles" in record)) return [];
  const { roles } = record;
  return Array.isArray(roles) ? roles.filter((role) => typeof role === "string") : [];
}

function refusalsOf(missing: readonly Missing[], create: readonly TocEntry[], input: PlanInput, warnings: Warning[]): readonly PgarkError[] {
  const { target, options, toc } = input;
  const refusals: PgarkError[] = [];
  // With errors tolerated, what needs them fails when its turn comes, and the rest is made.
  const lacking = missing.filter(({ kind }) => kind === "role" || kind === "extension");
  if (options.continueOnError) for (const { kind, name, neededBy } of lacking) warnings.push({ code: "TARGET_LACKS", object: neededBy, message: `the target lacks ${kind} ${name}` });
  const hard = options.continueOnError ? [] : lacking;
  if (hard.length > 0) {
    refusals.push(
      new PgarkError("TARGET_LACKS", `the target lacks ${hard.map(({ kind, name, neededBy }) => `${kind} ${name} (needed by ${neededBy})`).join(", ")}`, {
        object: hard[0]!.name,
        hint: hintFor(hard, toc),
      }),
    );
  }
  for (const { kind, name, neededBy } of missing) {
    if (kind === "tablespace") warnings.push({ code: "TABLESPACE_MISSING", object: neededBy, message: `tablespace ${name} is not on the target; the default is used` });
    if (kind === "encoding") warnings.push({ code: "ENCODING_DIFFERS", object: target.database, message: `the source is encoded in ${name}, the target in ${target.encoding}: a character that the target lacks ends the restore` });
  }
  for (const { name, installed } of extensionDifferences(create, input)) warnings.push({ code: "EXTENSION_VERSION_DIFFERS", object: `extension ${name}`, message: installed });
  if (!options.clean) refusals.push(...alreadyThere(create, target));
  if (options.content === "data") {
    const newer = migrationsRefusal(toc.source.migrations, target.migrations, input.folder ?? null);
    if (newer !== null) refusals.push(newer);
  }
  return refusals;
}

function hintFor(hard: readonly Missing[], toc: Toc): string {
  const hints: string[] = [];
  const roles = new Set(hard.flatMap(({ kind, name }) => (kind === "role" ? [name] : [])));
  const inArchive = toc.entries.some(({ kind, name }) => kind === "role" && roles.has(name));
  if (roles.size > 0) hints.push(`${inArchive ? "Restore with --globals, which makes the archive's roles, create" : "Create"} the roles, or restore with --no-owner and --no-privileges.`);
  if (hard.some(({ kind }) => kind === "extension")) hints.push("Install the extensions' packages on the target's server.");
  return hints.join(" ");
}

function extensionDifferences(create: readonly TocEntry[], { toc, target }: PlanInput): readonly { readonly name: string; readonly installed: string }[] {
  const inArchive = new Map(toc.source.extensions.map(({ name, version }) => [name, version]));
  return create.flatMap(({ kind, name }) => {
    const versions = target.extensions.get(name);
    const was = inArchive.get(name);
    const will = versions?.installed ?? versions?.available;
    if (kind !== "extension" || was === undefined || will === undefined || will === null || will === was) return [];
    return [{ name, installed: `the source had version ${was}, the target ${versions?.installed === null ? "will have" : "has"} ${will}` }];
  });
}

function alreadyThere(create: readonly TocEntry[], target: TargetFacts): readonly PgarkError[] {
  const there = create.filter(({ kind, schema, name }) => RELATION_KINDS.has(kind) && target.relations.has(qualified(schema, name)));
  if (there.length === 0) return [];
  const names = there.slice(0, 5).map(({ address }) => address);
  const more = there.length > names.length ? ` and ${there.length - names.length} more` : "";
  return [
    new PgarkError("TARGET_NOT_EMPTY", `the target already has ${names.join(", ")}${more}`, {
      object: names[0],
      hint: "Restore into an empty database, load only rows with --data-only, or drop what is there with --clean.",
    }),
  ];
}

const RELATION_KINDS: ReadonlySet<string> = new Set(["table", "foreign-table", "view", "materialized-view", "sequence"]);
