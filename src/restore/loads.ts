/**
 * How rows get into tables that were there before this restore: for each load its policy, its key, its way in, the
 * foreign keys that stay in place meanwhile, and everything that speaks against it. Reads the target; writes nothing.
 */
import { qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { Warning } from "../events.ts";
import type { ConflictPolicy, Resolved, RestoreOptions } from "../options.ts";
import { matchesRelation, parsePattern } from "../pattern.ts";
import type { Session } from "../session/session.ts";
import type { ColumnMap } from "./column-map.ts";
import { mapTables } from "./drift.ts";
import { arrangeForeignKeys, columnsToRemember, type ForeignKeyOf } from "./foreign-keys.ts";
import { leftOutColumns } from "./mapping.ts";
import { choosePrimaryWay } from "./merge-key.ts";
import type { PlannedLoad, RestorePlan } from "./plan.ts";
import { privilegesLacking } from "./privileges-needed.ts";
import { readTargetTables, type TableForeignKey, type TargetTable, type UniqueKey } from "./target-table.ts";
import { type TargetFacts, tablesWithRows } from "./target.ts";

/** What was found out before the first write and cannot be found out again once rows are in. Kept in the journal, so plain JSON. */
export interface Decisions {
  readonly loads: readonly DecidedLoad[];
  /** Foreign keys that are set aside while rows come in. */
  readonly aside: readonly ForeignKeyOf[];
  /** Those that are checked when the one transaction ends. */
  readonly deferred: readonly ForeignKeyOf[];
  /** What SET CONSTRAINTS calls these. */
  readonly deferredNames: readonly string[];
  /** Root OIDs of all that are set aside, those of tables outside the plan too. */
  readonly dropped: readonly number[];
}

/** Of a restore that makes its tables. */
export const NO_DECISIONS: Decisions = { loads: [], aside: [], deferred: [], deferredNames: [], dropped: [] };

export interface DecidedLoad {
  readonly load: number;
  /** Qualified, with the columns that its rows fill: an undo after a crash has nothing else to go by. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly way: "copy" | "merge";
  readonly emptied: boolean;
  /** No row was there, or none is left. */
  readonly fresh: boolean;
  readonly key: string | null;
  readonly foreignKeys: readonly TableForeignKey[];
  readonly remember: readonly string[];
  readonly needs: readonly number[];
}

export interface PreparedPlan extends RestorePlan {
  readonly decisions: Decisions;
}

export interface PrepareInput {
  readonly facts: TargetFacts;
  readonly plan: RestorePlan;
  readonly options: Resolved<RestoreOptions>;
  /** A pipe brings its rows once and in its own order. */
  readonly pipe: boolean;
  /** Of the interrupted restore that goes on. */
  readonly decided: Decisions | null;
}

export async function prepareLoads(session: Session, input: PrepareInput): Promise<PreparedPlan> {
  const { plan } = input;
  if (plan.refusals.length > 0) return { ...plan, decisions: NO_DECISIONS };

  const found = await findTables(session, input);
  const refusals = found.flatMap(({ refusals }) => refusals);
  const warnings = [...plan.warnings, ...found.flatMap(({ warnings }) => warnings)];
  if (refusals.length > 0) return { ...plan, warnings, refusals, decisions: NO_DECISIONS };

  const tables = found.filter((one): one is FoundTable => one.table !== null);
  const decided = input.decided === null ? await decide(session, tables, input) : { decisions: input.decided, refusals: [] };
  if (decided.refusals.length > 0) return { ...plan, warnings, refusals: decided.refusals, decisions: NO_DECISIONS };
  const merging = tables.filter(({ load }) => decided.decisions.loads.some((one) => one.load === load.load && one.way === "merge"));
  if (input.pipe && merging.length > 0) return { ...plan, warnings, refusals: [onlyFromFile(merging)], decisions: NO_DECISIONS };
  const load = found.map((one) => (one.table === null ? one.load : withDecision(one, decided.decisions)));
  return { ...plan, warnings, load, decisions: decided.decisions };
}

/** A load with its table on the target; large objects have none. */
type Found = FoundTable | { readonly load: PlannedLoad; readonly table: null; readonly refusals: readonly PgarkError[]; readonly warnings: readonly Warning[] };

interface FoundTable {
  readonly load: PlannedLoad;
  readonly table: TargetTable;
  readonly map: ColumnMap;
  readonly key: UniqueKey | null;
  readonly policy: ConflictPolicy;
  readonly roots: Roots;
  readonly refusals: readonly PgarkError[];
  readonly warnings: readonly Warning[];
}

async function findTables(session: Session, { plan, facts, options }: PrepareInput): Promise<readonly Found[]> {
  const loads = plan.load.filter(({ entry }) => entry.kind !== "large-object-data");
  const oids = loads.flatMap(({ table }) => facts.relations.get(table)?.oid ?? []);
  const tables = await readTargetTables(session, [...new Set(oids)]);
  const roots = await rootsOf(session, oids);
  const tableOf = ({ table }: PlannedLoad) => tables.get(facts.relations.get(table)?.oid ?? 0);
  const mapped = await mapTables(session, loads.map((load) => ({ data: load.data, table: tableOf(load), target: load.table, mapping: load.mapping, leaveOut: leftOutColumns(options.leaveOut, qualified(load.data.schema, load.data.table)) })));
  const byLoad = new Map(loads.map((load, index) => [load.load, mapped[index]!]));

  return plan.load.map((load): Found => {
    const drift = byLoad.get(load.load);
    if (drift === undefined) return { load, table: null, refusals: [], warnings: [] };
    const table = tableOf(load);
    const { map, refusals, warnings } = drift;
    if (table === undefined || map === null || refusals.length > 0) return { load, table: null, refusals, warnings };
    const tree = roots.get(table.oid);
    if (tree === undefined) throw new Error(`${table.name} is not among the tables whose partition trees were read`);
    // What a pattern may name it by: a partition by its root as well.
    const names = [tree.own, tree.root];
    // Generated columns are made again in the staging.
    const valued = new Set([...map.columns, ...table.columns.filter(({ generated }) => generated !== null)].map(({ name }) => name));
    const key = choosePrimaryWay(table, matching(options.conflictKeys, names), valued);
    if (key instanceof PgarkError) return { load, table: null, refusals: [key], warnings };
    return { load: { ...load, root: tree.rootOid }, table, map, key: key.key, policy: matching(options.onConflictTables, names) ?? options.onConflict, roots: tree, refusals, warnings };
  });
}

interface Name {
  readonly schema: string;
  readonly name: string;
}

const ROOTS = /* sql */ `
  select t.oid, n.nspname::text as schema, c.relname::text as name, r.oid as root, rn.nspname::text as "rootSchema", r.relname::text as "rootName"
  from unnest($1::oid[]) t(oid)
  join pg_catalog.pg_class c on c.oid = t.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_class r on r.oid = coalesce(pg_catalog.pg_partition_root(t.oid), t.oid) join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace`;

interface Roots {
  readonly own: Name;
  readonly root: Name;
  readonly rootOid: number;
}

async function rootsOf(session: Session, oids: readonly number[]): Promise<ReadonlyMap<number, Roots>> {
  const rows = await session.query<{ oid: number; schema: string; name: string; root: number; rootSchema: string; rootName: string }>(ROOTS, [oids]);
  return new Map(rows.map(({ oid, schema, name, root, rootSchema, rootName }) => [oid, { own: { schema, name }, root: { schema: rootSchema, name: rootName }, rootOid: root }]));
}

/** The value of the last pattern that fits. */
function matching<T>(patterns: Readonly<Record<string, T>>, names: readonly Name[]): T | undefined {
  const fitting = Object.entries(patterns).filter(([text]) => {
    const pattern = parsePattern(text);
    return names.some(({ schema, name }) => matchesRelation(pattern, schema, name));
  });
  return fitting.at(-1)?.[1];
}

async function decide(session: Session, tables: readonly FoundTable[], { facts, options }: PrepareInput): Promise<{ readonly decisions: Decisions; readonly refusals: readonly PgarkError[] }> {
  const roots = new Map(tables.map((one) => [one.table.oid, one.roots]));
  const rootOf = (oid: number) => roots.get(oid)?.rootOid ?? oid;
  const filled = new Set(await tablesWithRows(session, [...new Set(tables.map(({ load }) => load.exactly))]));
  const isFilled = ({ load }: FoundTable) => filled.has(load.exactly);
  const merges = options.maxRejects > 0;
  const inTheWay = tables.filter((one) => one.policy === "error" && isFilled(one) && facts.relations.get(one.load.table)?.ofExtension === false);
  if (inTheWay.length > 0) return { decisions: NO_DECISIONS, refusals: [rowsInTheWay(inTheWay)] };

  const emptied = new Set(tables.filter((one) => one.policy === "replace" && isFilled(one)).map(({ table }) => table.oid));
  const wayOf = (one: FoundTable): "copy" | "merge" => {
    const fresh = !isFilled(one) || one.policy === "replace" || (one.policy === "error" && one.map.direct);
    // Inside one transaction a failed COPY could not be taken again another way.
    return fresh && one.map.direct && options.where === undefined && !(merges && options.singleTransaction) ? "copy" : "merge";
  };
  const byTable = new Map(tables.filter((one) => one.policy === "update" && isFilled(one)).map((one) => [one.table.oid, one]));
  const straight = new Set(tables.filter((one) => wayOf(one) === "copy").map(({ table }) => table.oid));
  const foreignKeys = [...new Map(tables.flatMap(({ table }) => table.foreignKeys.map((key) => [`${table.oid} ${key.oid}`, { ...key, childOid: table.oid }] as const))).values()];
  const arranged = await arrangeForeignKeys(session, {
    tables: [...new Map(tables.map(({ table }) => [table.oid, { oid: table.oid, straight: straight.has(table.oid), ...settledBy(byTable.get(table.oid)) }])).values()],
    foreignKeys,
    rootOf,
    emptied,
    // A merge asks all deferrable constraints after each of its statements: one that waits for other tables is set aside.
    singleTransaction: options.singleTransaction && tables.every((one) => wayOf(one) === "copy"),
  });
  const refusals = [...arranged.refusals, ...twiceTheSame(tables.filter((one) => wayOf(one) === "merge" && isLoose(one)))];
  const loadsOf = (oid: number) => tables.filter(({ table }) => rootOf(table.oid) === rootOf(oid)).map(({ load }) => load.load);
  const loads = tables.map((one): DecidedLoad => ({
    load: one.load.load,
    table: one.table.name,
    columns: one.map.columns.map(({ name }) => name),
    way: wayOf(one),
    emptied: emptied.has(one.table.oid),
    fresh: !isFilled(one) || one.policy === "replace",
    key: one.key?.name ?? null,
    foreignKeys: arranged.inPlace.get(one.table.oid) ?? [],
    remember: columnsToRemember(one.table.oid, foreignKeys, arranged, rootOf),
    needs: (arranged.needs.get(one.table.oid) ?? []).flatMap(loadsOf).filter((load) => load !== one.load.load),
  }));
  const lacking = await privilegesLacking(session, {
    tables: tables.map((one) => ({ oid: one.table.oid, name: one.table.name, policy: one.policy, straight: straight.has(one.table.oid), emptied: emptied.has(one.table.oid) })),
    aside: [...arranged.aside],
    setsTriggersAside: !options.fireTriggers,
    journal: !options.singleTransaction,
  });
  const deferred = foreignKeys.filter(({ rootOid }) => arranged.deferred.has(rootOid));
  const decisions: Decisions = {
    loads,
    aside: foreignKeys.filter(({ rootOid }) => arranged.aside.has(rootOid)),
    deferred,
    // A constraint is in the schema of its table.
    deferredNames: [...new Set(deferred.map(({ name, childOid }) => qualified(roots.get(childOid)?.own.schema ?? null, name)))],
    dropped: [...arranged.aside],
  };
  return { decisions, refusals: [...refusals, ...lacking] };
}

/** Rows without a key are never updated. */
function settledBy(updated: FoundTable | undefined): { readonly settled?: readonly string[] } {
  return updated === undefined || updated.key === null ? {} : { settled: updated.key.columns ?? [] };
}

function withDecision({ load, table, map, key, policy }: FoundTable, { loads }: Decisions): PlannedLoad {
  const decided = loads.find((one) => one.load === load.load);
  if (decided === undefined) throw new Error(`nothing was decided about load ${load.load}`);
  const { way, emptied, fresh, foreignKeys, remember, needs } = decided;
  if (load.data.format === "large-objects") throw new Error(`load ${load.load} has rows of large objects`);
  const merge = { load: load.load, table, map, format: load.data.format, policy: policy === "update" ? policy : ("skip" as const), key, foreignKeys, fresh, remember };
  return { ...load, policy, way, emptied, needs, whole: way === "merge" && (isLoose({ key }) || (!fresh && mayHaveTwins(load, map, key))), merge };
}

/** Rows that no key finds count as often as they occur in the whole table. */
function isLoose({ key }: { readonly key: UniqueKey | null }): boolean {
  return key === null || key.predicate !== null || (key.nullable && !key.nullsNotDistinct);
}

/** Whether two rows of the archive can have the same key: it was none there, or its values are cast. Without definitions nobody knows, and a key is taken for one. */
function mayHaveTwins({ uniqueInArchive }: PlannedLoad, { columns }: ColumnMap, key: UniqueKey | null): boolean {
  const parts = (key?.columns ?? []).map((name) => columns.find((column) => column.name === name));
  if (key?.columns == null || parts.some((part) => part?.sameType !== true)) return true;
  const fields = new Set(parts.map((part) => part?.field));
  return uniqueInArchive !== null && !uniqueInArchive.some((unique) => unique.every((column) => fields.has(column)));
}

function rowsInTheWay(tables: readonly FoundTable[]): PgarkError {
  const names = [...new Set(tables.map(({ load }) => load.table))];
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return new PgarkError("TARGET_NOT_EMPTY", `the target already has rows in ${names.slice(0, 5).join(", ")}${more}; nothing was written`, {
    object: `table ${names[0]}`,
    hint: "Say what happens to rows that meet others, with --on-conflict skip, update or replace; or leave tables out with --exclude-table, or restore into another database.",
  });
}

function onlyFromFile(tables: readonly FoundTable[]): PgarkError {
  return new PgarkError("USAGE", `rows of ${tables[0]!.load.table} have to be merged, and what comes through a pipe can be read only once`, { object: `table ${tables[0]!.load.table}`, hint: "Save the archive to a file and restore from that." });
}

/** Rows of several entries, for instance of partitions that are no more, in a table without a key. */
function twiceTheSame(tables: readonly FoundTable[]): readonly PgarkError[] {
  const seen = new Set<string>();
  return tables.flatMap(({ load }) => {
    if (!seen.has(load.table)) return seen.add(load.table) && [];
    return [new PgarkError("UNSUPPORTED", `rows of several tables of the archive go into ${load.table}, which has rows and no key to find them by`, { object: `table ${load.table}`, hint: "Give it a primary key, or empty it first with --on-conflict-table." })];
  });
}
