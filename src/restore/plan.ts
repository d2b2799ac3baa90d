/**
 * What a restore will do: pure, from the TOC, the manifest where there is one, and the facts of the target. What
 * is missing on the target and what is refused is known here, before the first write.
 */
import type { Manifest } from "../archive/manifest.ts";
import { isOwnTable, type Json, type Toc, type TocData, type TocEntry } from "../archive/toc.ts";
import { qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { Warning } from "../events.ts";
import type { Content, Resolved, RestoreOptions } from "../options.ts";
import type { Selection } from "../selection.ts";
import { compareColumns } from "./drift.ts";
import type { TargetFacts } from "./target.ts";

export interface RestorePlan {
  /** The database that will be written, without secrets. */
  readonly target: string;
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
}

export interface PlannedLoad {
  readonly entry: TocEntry;
  readonly data: TocData;
  /** `public.rules`, quoted where needed: what COPY names. */
  readonly table: string;
  /** What SELECT and DELETE name to mean these rows and no others: `ONLY public.rules`, or the bare name of a table with partitions that rows are loaded through. */
  readonly exactly: string;
  /** Whether this restore makes the table, so that its rows may be written frozen. */
  readonly created: boolean;
  /** Null when the archive comes through a pipe and its manifest is still to come. */
  readonly rows: number | null;
  readonly bytes: number | null;
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
}

export function makePlan(input: PlanInput): RestorePlan {
  const { toc, target, options } = input;
  const selected = input.selection.entries(toc.entries);
  const dataOnly = options.content === "data";
  const skip: { object: string; reason: string }[] = [];
  const warnings: Warning[] = [];
  const refusals: PgarkError[] = [];

  const definitions = selected.filter((entry) => isDefinition(entry) && wanted(entry, input, skip));
  const create = dataOnly ? [] : definitions;
  const finish = selected.filter((entry) => (entry.kind === "sequence-value" || entry.kind === "refresh") && presentOnTarget(entry, input, skip));
  const load = plannedLoads(selected, create, input, skip);

  const missing = dataOnly ? [] : missingOnTarget(create, input);
  refusals.push(...refusalsOf(missing, create, load, input, warnings));
  const largeObjects = selected.flatMap(({ kind, name }) => (kind === "large-object" && !options.clean ? [Number(name)] : []));
  return { target: target.place, create, load, largeObjects, finish, skip, missing, refusals, warnings };
}

/**
 * What of an archive is restored: what was asked for; an archive of rows alone when nothing was asked for, its rows.
 * Throws NOTHING_MATCHED when definitions are wanted and there are only rows.
 */
export function contentOf(toc: Toc, asked: Content): Content {
  const rowsAlone = toc.entries.length > 0 && toc.entries.every((entry) => entry.section === "data" || entry.kind === "refresh");
  if (rowsAlone && asked === "schema") throw new PgarkError("NOTHING_MATCHED", "the archive holds rows and no definitions");
  return rowsAlone ? "data" : asked;
}

const NOT_DEFINITIONS: ReadonlySet<string> = new Set(["table-data", "large-object-data", "sequence-value", "refresh"]);

function isDefinition(entry: TocEntry): boolean {
  return !NOT_DEFINITIONS.has(entry.kind);
}

function wanted(entry: TocEntry, { options, target }: PlanInput, skip: { object: string; reason: string }[]): boolean {
  if (entry.kind === "privileges" && options.noPrivileges) return false;
  if (entry.kind === "default-privileges" && options.noPrivileges) return false;
  if (entry.kind === "schema" && entry.create.length > 0 && target.schemas.has(entry.name) && !options.clean) {
    skip.push({ object: entry.address, reason: "exists on the target" });
    return false;
  }
  return true;
}

/** In a data-only restore a sequence or a materialized view can be absent: said, not failed, as no row is lost with it. */
function presentOnTarget(entry: TocEntry, { options, target }: PlanInput, skip: { object: string; reason: string }[]): boolean {
  if (options.content !== "data" || target.relations.has(qualified(entry.schema, entry.name))) return true;
  skip.push({ object: entry.address, reason: "not on the target" });
  return false;
}

function plannedLoads(selected: readonly TocEntry[], create: readonly TocEntry[], { manifest, options, target }: PlanInput, skip: { object: string; reason: string }[]): readonly PlannedLoad[] {
  const loads: PlannedLoad[] = [];
  // Not an extension's: what its script put into a configuration table must stay.
  const tables = new Set(create.filter(({ kind }) => kind === "table").map(({ id }) => id));
  for (const entry of selected) {
    if (entry.data === null) continue;
    const journal = options.migrationsTable;
    if (options.content === "data" && entry.data.schema === journal.schema && entry.data.table === journal.table) {
      skip.push({ object: entry.address, reason: "the migrations' journal says where the target stands, not the archive" });
      continue;
    }
    const chunks = manifest?.chunks.filter((chunk) => chunk.entry === entry.id);
    const table = qualified(entry.data.schema, entry.data.table);
    const spread = !isOwnTable(entry, entry.data) || target.relations.get(table)?.relkind === "p";
    loads.push({
      entry,
      data: entry.data,
      table,
      exactly: spread ? table : `ONLY ${table}`,
      created: entry.parent !== null && tables.has(entry.parent),
      rows: chunks?.reduce((total, { rows }) => total + rows, 0) ?? null,
      bytes: chunks?.reduce((total, { plainBytes }) => total + plainBytes, 0) ?? null,
    });
  }
  return loads;
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

function refusalsOf(missing: readonly Missing[], create: readonly TocEntry[], load: readonly PlannedLoad[], input: PlanInput, warnings: Warning[]): readonly PgarkError[] {
  const { target, options, toc } = input;
  const refusals: PgarkError[] = [];
  const hard = missing.filter(({ kind }) => kind === "role" || kind === "extension");
  if (hard.length > 0) {
    refusals.push(
      new PgarkError("TARGET_LACKS", `the target lacks ${hard.map(({ kind, name, neededBy }) => `${kind} ${name} (needed by ${neededBy})`).join(", ")}`, {
        object: hard[0]!.name,
        hint: hintFor(hard),
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
    for (const one of load) {
      if (one.entry.kind === "large-object-data") continue;
      refusals.push(...compareColumns(one.data, target.relations.get(one.table), warnings));
    }
    const newer = newerMigrations(toc, target);
    if (newer !== null) refusals.push(newer);
  }
  return refusals;
}

function hintFor(hard: readonly Missing[]): string {
  const hints: string[] = [];
  if (hard.some(({ kind }) => kind === "role")) hints.push("Create the roles, or restore with --no-owner and --no-privileges.");
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

const RELATION_KINDS: ReadonlySet<string> = new Set(["table", "view", "materialized-view", "sequence"]);

/** An archive from a later level may hold what the target cannot take; older ones are fine. */
function newerMigrations(toc: Toc, target: TargetFacts): PgarkError | null {
  if (toc.source.migrations === null || target.migrations === null) return null;
  const applied = new Set(target.migrations.map(({ hash }) => hash));
  const unknown = toc.source.migrations.filter(({ hash }) => !applied.has(hash));
  if (unknown.length === 0) return null;
  const named = unknown.map(({ hash, createdAt }) => `${new Date(Number(createdAt)).toISOString()} (${hash.slice(0, 12)}…)`);
  return new PgarkError("MIGRATIONS_NEWER", `the archive's database had ${unknown.length} migration${unknown.length === 1 ? "" : "s"} that the target has not: ${named.join(", ")}`, {
    hint: "Migrate the target first, then restore.",
  });
}
