/**
 * Which foreign keys stay in place while rows come in, which are set aside, and which tables wait for which: from the
 * tables of the plan and the foreign keys around them. A partition counts as the root of its tree.
 */
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { readTargetTables, type TableForeignKey } from "./target-table.ts";
import { tablesWithRows } from "./target.ts";

export interface ForeignKeyOf extends TableForeignKey {
  /** The referencing table. */
  readonly childOid: number;
}

export interface LoadedTable {
  readonly oid: number;
  /** Its rows come by plain COPY, in any order: it was empty, or is emptied. */
  readonly straight: boolean;
  /** Columns whose values no update changes: those of the key that finds its rows. Default: none is changed. */
  readonly settled?: readonly string[];
}

export interface ArrangeOptions {
  /** Tables whose rows go first, by `replace`. Default: none. */
  readonly emptied?: ReadonlySet<number>;
  /** Tables that have rows, among those with a foreign key onto an emptied one. Default: none. */
  readonly hasRows?: ReadonlySet<number>;
  /** Whether everything is one transaction: then foreign keys of a loop can wait for its end. Default: false. */
  readonly singleTransaction?: boolean;
}

export interface Arrangement {
  /** Loaded table → the loaded tables whose rows must be in before. Without loops. */
  readonly needs: ReadonlyMap<number, readonly number[]>;
  /** `rootOid` of the foreign keys that are dropped and come back when the rows are in. */
  readonly aside: ReadonlySet<number>;
  /** `rootOid` of those that the caller defers by SET CONSTRAINTS. Neither in `aside` nor in `inPlace`. */
  readonly deferred: ReadonlySet<number>;
  /** Referencing table → its foreign keys that stay, NOT ENFORCED ones too, which refuse nothing. */
  readonly inPlace: ReadonlyMap<number, readonly ForeignKeyOf[]>;
  /** Foreign keys onto a table that would be emptied, from a table that keeps its rows. */
  readonly refused: readonly ForeignKeyOf[];
}

export interface ArrangeInput {
  readonly tables: readonly LoadedTable[];
  /** Those of the loaded tables. */
  readonly foreignKeys: readonly ForeignKeyOf[];
  /** Root of the partition tree; a table outside of the plan may be given as its own. */
  readonly rootOf: (oid: number) => number;
  readonly emptied: ReadonlySet<number>;
  readonly singleTransaction?: boolean;
}

/** `arrange`, with what speaks against it: reads which tables reference the emptied ones, those outside of the plan too. */
export async function arrangeForeignKeys(session: Session, input: ArrangeInput): Promise<Arrangement & { readonly refusals: readonly PgarkError[] }> {
  const { tables, emptied, singleTransaction } = input;
  const referencing = await readReferencing(session, [...emptied], new Set(tables.map(({ oid }) => oid)));
  const filled = await tablesWithRows(session, [...referencing.exactly.values()]);
  const hasRows = new Set([...referencing.exactly].filter(([, exactly]) => filled.includes(exactly)).map(([oid]) => oid));
  const rootOf = (oid: number) => referencing.roots.get(oid) ?? input.rootOf(oid);
  const arranged = arrange(tables, [...input.foreignKeys, ...referencing.foreignKeys], rootOf, { emptied, hasRows, singleTransaction: singleTransaction ?? false });
  const children = await readTargetTables(session, arranged.refused.map(({ childOid }) => childOid));
  return { ...arranged, refusals: arranged.refused.map((key) => refusal(key, children.get(key.childOid)?.name ?? "a table")) };
}

function refusal({ name, parent }: ForeignKeyOf, child: string): PgarkError {
  return new PgarkError("TARGET_NOT_EMPTY", `${parent} cannot be emptied: rows of ${child} reference it by foreign key ${name}, and would lose their parents; nothing was written`, {
    object: `table ${parent}`,
    hint: `Empty ${child} first, replace its rows too, or restore ${parent} with skip or update.`,
  });
}

/**
 * Set aside are the foreign keys of tables that are loaded straight, those on a loop of what is left (a reference to
 * the own table is one), those onto columns that updates may change, so that parent and child can change together, and
 * those onto an emptied table from one that is not. All others stay in place, and the
 * referencing table waits for the rows of the referenced one. What a foreign key's clones on partitions say is
 * decided for all of them together.
 */
export function arrange(tables: readonly LoadedTable[], foreignKeys: readonly ForeignKeyOf[], rootOf: (oid: number) => number, options: ArrangeOptions = {}): Arrangement {
  const { emptied = NONE, hasRows = NONE, singleTransaction = false } = options;
  const straight = new Set(tables.filter((table) => table.straight).map(({ oid }) => oid));
  const loaded = new Set(tables.map(({ oid }) => rootOf(oid)));
  const aside = new Set(foreignKeys.filter(({ childOid, enforced }) => enforced && straight.has(childOid)).map(({ rootOid }) => rootOid));

  const moving = groupBy(tables.filter(({ settled }) => settled !== undefined), ({ oid }) => rootOf(oid));
  for (const { parentOid, parentColumns, childOid, rootOid, enforced } of foreignKeys) {
    const moves = moving.get(rootOf(parentOid))?.some(({ settled = [] }) => !parentColumns.every((column) => settled.includes(column))) ?? false;
    if (moves && enforced && loaded.has(rootOf(childOid))) aside.add(rootOid);
  }

  const [emptiedRoots, filledRoots] = [rootsOf(emptied, rootOf), rootsOf(hasRows, rootOf)];
  const refused: ForeignKeyOf[] = [];
  for (const key of foreignKeys) {
    if (!emptiedRoots.has(rootOf(key.parentOid)) || emptiedRoots.has(rootOf(key.childOid))) continue;
    if (filledRoots.has(rootOf(key.childOid))) refused.push(key);
    else aside.add(key.rootOid);
  }

  const edges = foreignKeys
    .filter(({ rootOid, enforced }) => enforced && !aside.has(rootOid))
    .map((key) => ({ key, child: rootOf(key.childOid), parent: rootOf(key.parentOid) }))
    .filter(({ child, parent }) => loaded.has(child) && loaded.has(parent));
  const componentOf = components([...loaded], edges);
  const onLoop = edges.filter(({ child, parent }) => componentOf.get(child) === componentOf.get(parent));
  const strict = new Set(onLoop.filter(({ key }) => !singleTransaction || !key.deferrable).map(({ child }) => componentOf.get(child)));
  const deferred = new Set<number>();
  for (const { key, child } of onLoop) (strict.has(componentOf.get(child)) ? aside : deferred).add(key.rootOid);

  const waits = edges.filter(({ key }) => !aside.has(key.rootOid) && !deferred.has(key.rootOid));
  return { needs: needsOf(tables, waits, rootOf), aside, deferred, inPlace: groupByChild(foreignKeys.filter(({ rootOid }) => !aside.has(rootOid) && !deferred.has(rootOid))), refused };
}

/**
 * The columns of a loaded table that foreign keys which are checked only at the end speak of, on either side: an
 * update that changes one must be able to be taken back.
 */
export function columnsToRemember(table: number, foreignKeys: readonly ForeignKeyOf[], { aside, deferred }: Pick<Arrangement, "aside" | "deferred">, rootOf: (oid: number) => number): readonly string[] {
  const late = foreignKeys.filter(({ rootOid }) => aside.has(rootOid) || deferred.has(rootOid));
  // A row that goes because its parent never came takes away the parent of others, whose own foreign keys were in place.
  const leaving = new Set(late.map(({ childOid }) => rootOf(childOid)));
  for (let before = -1; before !== leaving.size; ) {
    before = leaving.size;
    for (const { childOid, parentOid } of foreignKeys) if (leaving.has(rootOf(parentOid))) leaving.add(rootOf(childOid));
  }
  const unsure = foreignKeys.filter((key) => late.includes(key) || leaving.has(rootOf(key.parentOid)));
  const referencing = unsure.filter(({ childOid }) => childOid === table).flatMap(({ columns }) => columns);
  const referenced = late.filter(({ parentOid }) => rootOf(parentOid) === rootOf(table)).flatMap(({ parentColumns }) => parentColumns);
  return [...new Set([...referencing, ...referenced])];
}

const NONE: ReadonlySet<number> = new Set();

/** `$1`: tables that are emptied. */
const REFERENCING = /* sql */ `
  select k.conrelid as oid, coalesce(pg_catalog.pg_partition_root(k.conrelid)::oid, k.conrelid) as root
  from pg_catalog.pg_constraint k
  where k.contype = 'f' and k.confrelid in (
    select t.oid from unnest($1::oid[]) t(oid)
    union select a.relid from unnest($1::oid[]) t(oid), pg_catalog.pg_partition_ancestors(t.oid) a
    union select p.relid from unnest($1::oid[]) t(oid), pg_catalog.pg_partition_tree(t.oid) p)
  group by 1, 2`;

interface Referencing {
  /** Of tables that are not planned. */
  readonly foreignKeys: readonly ForeignKeyOf[];
  readonly roots: ReadonlyMap<number, number>;
  readonly exactly: ReadonlyMap<number, string>;
}

async function readReferencing(session: Session, emptied: readonly number[], planned: ReadonlySet<number>): Promise<Referencing> {
  if (emptied.length === 0) return { foreignKeys: [], roots: new Map(), exactly: new Map() };
  const rows = await session.query<{ oid: number; root: number }>(REFERENCING, [emptied]);
  const tables = [...(await readTargetTables(session, rows.map(({ oid }) => oid))).values()];
  return {
    foreignKeys: tables.flatMap(({ oid, foreignKeys }) => (planned.has(oid) ? [] : foreignKeys).map((key) => ({ ...key, childOid: oid }))),
    roots: new Map(rows.map(({ oid, root }) => [oid, root])),
    exactly: new Map(tables.map(({ oid, exactly }) => [oid, exactly])),
  };
}

interface Edge {
  readonly child: number;
  readonly parent: number;
}

function rootsOf(oids: ReadonlySet<number>, rootOf: (oid: number) => number): ReadonlySet<number> {
  return new Set([...oids].map(rootOf));
}

function needsOf(tables: readonly LoadedTable[], edges: readonly Edge[], rootOf: (oid: number) => number): ReadonlyMap<number, readonly number[]> {
  const ofRoot = groupBy(tables, ({ oid }) => rootOf(oid));
  const parents = new Map<number, Set<number>>();
  for (const { child, parent } of edges) parents.set(child, (parents.get(child) ?? new Set()).add(parent));
  const entries = tables.map(({ oid }) => [oid, [...(parents.get(rootOf(oid)) ?? [])].flatMap((parent) => ofRoot.get(parent)?.map((table) => table.oid) ?? [])] as const);
  return new Map(entries.filter(([, needs]) => needs.length > 0));
}

function groupByChild(foreignKeys: readonly ForeignKeyOf[]): ReadonlyMap<number, readonly ForeignKeyOf[]> {
  return groupBy(foreignKeys, ({ childOid }) => childOid);
}

// Map.groupBy came with Node 21.
function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => number): ReadonlyMap<number, readonly Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Node → the number of its strongly connected component: Tarjan's algorithm, without recursion. */
function components(nodes: readonly number[], edges: readonly Edge[]): ReadonlyMap<number, number> {
  const parents = groupBy(edges, ({ child }) => child);
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const component = new Map<number, number>();
  const open: number[] = [];
  const calls: { readonly node: number; readonly rest: Iterator<Edge> }[] = [];
  const lower = (node: number, to: number) => low.set(node, Math.min(low.get(node)!, to));
  const enter = (node: number) => {
    low.set(node, index.size);
    index.set(node, index.size);
    open.push(node);
    calls.push({ node, rest: (parents.get(node) ?? []).values() });
  };
  for (const start of nodes) {
    if (!index.has(start)) enter(start);
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const step = call.rest.next();
      if (step.done !== true) {
        const { parent } = step.value;
        if (!index.has(parent)) enter(parent);
        else if (!component.has(parent)) lower(call.node, index.get(parent)!);
        continue;
      }
      calls.pop();
      const caller = calls.at(-1);
      if (caller !== undefined) lower(caller.node, low.get(call.node)!);
      if (low.get(call.node) !== index.get(call.node)) continue;
      for (const node of open.splice(open.indexOf(call.node))) component.set(node, index.get(call.node)!);
    }
  }
  return component;
}
