/**
 * What comes after the rows, as tasks: a table's indexes and keys start when its rows are in, indexes of one table
 * build side by side, foreign keys wait for the keys they reference, and everything else waits for all of those.
 * The locks keep two statements apart that could deadlock.
 */
import type { TocEntry } from "../archive/toc.ts";
import type { Session } from "../session/session.ts";
import type { PlannedLoad } from "./plan.ts";
import type { Task } from "./schedule.ts";

/** Kinds that only need their own table's rows. */
const EARLY: ReadonlySet<string> = new Set(["constraint", "index", "index-attach", "statistics"]);
const KEYS: ReadonlySet<string> = new Set([...EARLY, "foreign-key"]);
const RELATIONS: ReadonlySet<string> = new Set(["table", "foreign-table", "view", "materialized-view", "sequence"]);

/** Stands for the relations of an archive of post-data alone, which does not say which are the same, or parts of one another. No entry has this id. */
const UNKNOWN = 0;

const ROWS_IN = "all rows are in";
const KEYS_IN = "all keys and indexes are built";

export interface PostDataInput {
  /** All entries of the TOC: dependencies may lead to ones that are not restored. */
  readonly entries: readonly TocEntry[];
  readonly postData: readonly TocEntry[];
  /** Tasks that load rows, by `table-data` entry. Empty where rows are not loaded or already in. */
  readonly rowTasks: ReadonlyMap<number, readonly string[]>;
  readonly loads: readonly PlannedLoad[];
  /** Creates entries in one transaction. */
  readonly create: (session: Session, entries: readonly TocEntry[]) => Promise<void>;
}

export function postDataTasks({ entries, postData, rowTasks, loads, create }: PostDataInput): readonly Task[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const relationOf = (id: number): number | null => {
    for (let entry = byId.get(id); entry !== undefined; entry = entry.parent === null ? undefined : byId.get(entry.parent)) {
      if (RELATIONS.has(entry.kind)) return entry.id;
    }
    return null;
  };
  const { below: partitions, above: partitioned } = partitionsOf(entries, relationOf);
  const underKeys = neededByKeys(postData, byId);
  const rowsOfRelation = new Map<number, readonly string[]>();
  const bytesOfRelation = new Map<number, number>();
  for (const load of loads) {
    const relation = relationOf(load.entry.id);
    if (relation === null) continue;
    rowsOfRelation.set(relation, rowTasks.get(load.entry.id) ?? []);
    bytesOfRelation.set(relation, load.bytes ?? 0);
  }

  const afterOthers = ({ dependencies }: TocEntry) => dependencies.some((id) => byId.get(id)?.section === "post-data");
  const bytesOf = (entry: TocEntry) => bytesOfRelation.get(relationOf(entry.id) ?? 0) ?? 0;
  const bundles = bundlesOf(postData.filter((entry) => EARLY.has(entry.kind) && !afterOthers(entry)), relationOf, bytesOf);
  const bundleOf = new Map(bundles.flatMap((bundle) => bundle.map(({ id }) => [id, bundle] as const)));
  const taskIdOf = (id: number) => entryTaskId(bundleOf.get(id)?.[0]?.id ?? id);

  // What is done to a partitioned table reaches its partitions, and rows on their way into one look at it. To attach an
  // index looks upwards: the last one makes the index above valid, and that one the next. Two at once, on two levels,
  // can each miss the other, and then nobody does. Of a thousand partitions each is named once, not a thousand times.
  const touchedBy = (entry: TocEntry) => {
    const relations = [entry.id, ...entry.dependencies].flatMap((id) => relationOf(id) ?? []);
    if (relationOf(entry.id) === null) relations.push(UNKNOWN);
    return new Set(relations.flatMap((relation) => [relation, ...(entry.kind === "index-attach" ? partitioned : partitions)(relation)]));
  };

  const taskOf = (entry: TocEntry): Task => {
    const touched = touchedBy(entry);
    const needs = entry.dependencies.filter((id) => byId.get(id)?.section === "post-data").map(taskIdOf);
    if (EARLY.has(entry.kind)) needs.push(...[...touched].flatMap((relation) => rowsOfRelation.get(relation) ?? []));
    else if (!underKeys.has(entry.id)) needs.push(entry.kind === "foreign-key" ? ROWS_IN : KEYS_IN);
    return {
      id: entryTaskId(entry.id),
      needs,
      locks: new Map([...touched].map((relation) => [relation, entry.kind === "index" ? "share" : "exclusive"])),
      weight: bytesOf(entry),
      run: (session) => create(session, [entry]),
    };
  };

  const bundleTask = (bundle: readonly TocEntry[]): Task => {
    const touched = new Set(bundle.flatMap((entry) => [...touchedBy(entry)]));
    return {
      id: taskIdOf(bundle[0]!.id),
      needs: [...touched].flatMap((relation) => rowsOfRelation.get(relation) ?? []),
      locks: new Map([...touched].map((relation) => [relation, "exclusive"])),
      weight: bundle.reduce((sum, entry) => sum + bytesOf(entry), 0),
      run: (session) => create(session, bundle),
    };
  };

  return [
    ...bundles.map(bundleTask),
    ...postData.filter(({ id }) => !bundleOf.has(id)).map(taskOf),
    barrier(ROWS_IN, [...rowTasks.values()].flat()),
    barrier(KEYS_IN, [ROWS_IN, ...postData.filter(({ kind }) => KEYS.has(kind)).map(({ id }) => taskIdOf(id))]),
  ];
}

/** Below this many, each has a transaction of its own: the last one matters to nobody's waiting. */
const WORTH_BUNDLING = 500;
const SMALL_TABLE_BYTES = 256 * 1024;
const BUNDLE_ENTRIES = 100;

/**
 * Indexes and keys of small tables that go in one transaction, table by table: where there are thousands of them, each
 * is built faster than its transaction begins and ends. None of `entries` waits for another.
 */
function bundlesOf(entries: readonly TocEntry[], relationOf: (id: number) => number | null, bytesOf: (entry: TocEntry) => number): readonly (readonly TocEntry[])[] {
  const small = entries.filter((entry) => bytesOf(entry) <= SMALL_TABLE_BYTES);
  if (small.length < WORTH_BUNDLING) return [];
  const byRelation = new Map<number | null, TocEntry[]>();
  for (const entry of small) {
    const relation = relationOf(entry.id);
    const known = byRelation.get(relation);
    if (known === undefined) byRelation.set(relation, [entry]);
    else known.push(entry);
  }
  const bundles: TocEntry[][] = [];
  for (const some of byRelation.values()) {
    const last = bundles.at(-1);
    if (last !== undefined && last.length + some.length <= BUNDLE_ENTRIES) last.push(...some);
    else bundles.push(some);
  }
  return bundles;
}

/**
 * What cannot wait for all keys and indexes, because one of them waits for it: a materialized view that had to be
 * postponed behind a primary key, and has an index itself.
 */
function neededByKeys(postData: readonly TocEntry[], byId: ReadonlyMap<number, TocEntry>): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (id: number) => {
    const entry = byId.get(id);
    if (entry === undefined || entry.section !== "post-data" || found.has(id)) return;
    if (!KEYS.has(entry.kind)) found.add(id);
    entry.dependencies.forEach(visit);
  };
  for (const { kind, dependencies } of postData) if (KEYS.has(kind)) dependencies.forEach(visit);
  return found;
}

interface Partitions {
  /** All partitions of a relation, at any level. */
  below(relation: number): readonly number[];
  /** The tables that a partition is part of, at any level. */
  above(relation: number): readonly number[];
}

function partitionsOf(entries: readonly TocEntry[], relationOf: (id: number) => number | null): Partitions {
  const children = new Map<number, number[]>();
  const parents = new Map<number, number>();
  for (const { kind, id, dependencies } of entries) {
    const child = kind === "table-attach" ? relationOf(id) : null;
    if (child === null) continue;
    for (const parent of dependencies) {
      if (parent === child || relationOf(parent) !== parent) continue;
      parents.set(child, parent);
      const known = children.get(parent);
      if (known === undefined) children.set(parent, [child]);
      else known.push(child);
    }
  }
  const below = (relation: number): readonly number[] => (children.get(relation) ?? []).flatMap((child) => [child, ...below(child)]);
  const above = (relation: number): readonly number[] => {
    const parent = parents.get(relation);
    return parent === undefined ? [] : [parent, ...above(parent)];
  };
  return { below, above };
}

function entryTaskId(id: number): string {
  return `entry ${id}`;
}

function barrier(id: string, needs: readonly string[]): Task {
  return { id, needs, locks: new Map(), weight: 0, run: async () => {} };
}
