/**
 * What a restore into tables with rows would do to each row, without writing to any of them: the archive is read once into
 * temporary tables, in one transaction that is rolled back, and held against the target by the same judgement that the
 * merge goes by. Parents that the same restore will bring count as parents.
 */
import { chunksByEntry } from "../archive/manifest.ts";
import type { ArchiveReader } from "../archive/reader.ts";
import type { Session } from "../session/session.ts";
import { createJournal } from "./journal.ts";
import { countStaged, type Example, type ExampleClass, keepKeys, type StagedCounts } from "./loaders/classify.ts";
import type { MergeLoad, Staging } from "./loaders/merge-load.ts";
import type { ParentsToCome } from "./loaders/orphans.ts";
import { openStaging } from "./loaders/staging.ts";
import type { PlannedLoad } from "./plan.ts";

/** What would become of the rows of one load. */
export interface RowForecast {
  readonly load: number;
  readonly table: string;
  readonly archived: number;
  /** Will be inserted. */
  readonly new: number;
  readonly identical: number;
  /** Will be updated, or kept as the target has them, by the table's policy. */
  readonly differing: number;
  /** Will be rejected, by the name of the constraint; rows without parents are `orphans`. */
  readonly conflicting: Readonly<Record<string, number>>;
  readonly orphans: number;
  /** Rows of the target that will make room. */
  readonly removed: number;
  readonly examples: Readonly<Record<ExampleClass, readonly Example[]>>;
}

interface Staged {
  readonly load: PlannedLoad;
  readonly merge: MergeLoad;
  readonly staging: Staging;
  readonly removed: number;
}

/** Rows lose parents that lose parents: how often that is followed round a loop of foreign keys. */
const ROUNDS = 20;

/** How the staging of a load gets its rows. */
export type Fill = (load: PlannedLoad, staging: Staging) => Promise<void>;

/** All that the archive has. */
export function fromArchive(reader: ArchiveReader): Fill {
  const chunksOf = chunksByEntry(reader.manifest.chunks);
  return async (load, staging) => {
    for (const chunk of chunksOf.get(load.entry.id) ?? []) await staging.add(() => reader.readChunk(chunk), () => {});
  };
}

/** `examples`: how many rows of each sort are shown with their keys. The session must not be in a transaction. */
export async function forecastRows(session: Session, fill: Fill, loads: readonly PlannedLoad[], examples: number): Promise<readonly RowForecast[]> {
  await session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
  try {
    // Made in this transaction, it is gone with it.
    await createJournal(session);
    const emptied = await emptyTwins(session, loads);
    const staged: Staged[] = [];
    for (const load of parentsFirst(loads)) if (load.merge !== null) staged.push(await stage(session, fill, load, load.merge, emptied));
    const counts = await countAll(session, staged, examples);
    return loads.flatMap(({ load }) => counts.get(load) ?? []);
  } finally {
    await session.execute("ROLLBACK");
  }
}

/** Tables that will be emptied are held against empty ones of the same columns. */
async function emptyTwins(session: Session, loads: readonly PlannedLoad[]): Promise<ReadonlyMap<string, string>> {
  const twins = new Map<string, string>();
  for (const { merge, emptied, load } of loads) {
    if (merge === null || !emptied || twins.has(merge.table.exactly)) continue;
    await session.execute(`CREATE TEMP TABLE pgark_emptied_${load} ON COMMIT DROP AS SELECT * FROM ${merge.table.exactly} WITH NO DATA`);
    twins.set(merge.table.exactly, `pg_temp.pgark_emptied_${load}`);
  }
  return twins;
}

async function stage(session: Session, fill: Fill, load: PlannedLoad, merge: MergeLoad, emptied: ReadonlyMap<string, string>): Promise<Staged> {
  const placeOf = (exactly: string) => emptied.get(exactly) ?? exactly;
  const { table } = merge;
  // All foreign keys, those too that the restore will set aside: rows without parents go in the end all the same.
  const foreignKeys = table.foreignKeys.map((key) => ({ ...key, parentExactly: placeOf(key.parentExactly) }));
  const judged: MergeLoad = { ...merge, table: { ...table, exactly: placeOf(table.exactly) }, foreignKeys };
  const staging = await openStaging(session, judged, 0);
  await fill(load, staging);
  const [there] = load.emptied ? await session.query<{ rows: number }>(`select count(*)::float8 as rows from ${load.exactly}`) : [];
  return { load, merge: judged, staging, removed: there?.rows ?? 0 };
}

async function countAll(session: Session, staged: readonly Staged[], examples: number): Promise<ReadonlyMap<number, RowForecast>> {
  const forecasts = new Map<number, RowForecast>();
  let onLoop = false;
  for (let round = 0, before = ""; round < ROUNDS; round++) {
    for (const one of staged) {
      const { toCome, unknown } = await parentsOf(session, one, staged, round);
      onLoop ||= unknown.size > 0;
      // On a loop, the first round knows nothing yet of the parents that come later: they all count.
      const known: MergeLoad = { ...one.merge, foreignKeys: one.merge.foreignKeys.filter(({ parentOid }) => !unknown.has(parentOid)) };
      const counts = await countStaged(session, known, one.staging, examples, toCome);
      forecasts.set(one.load.load, forecast(one, counts));
    }
    const now = JSON.stringify([...forecasts.values()].map(({ orphans, new: fresh, differing }) => [orphans, fresh, differing]));
    if (!onLoop || now === before) break;
    before = now;
  }
  return forecasts;
}

/** The keys of rows that the same restore will bring, by the table that a foreign key references. */
async function parentsOf(session: Session, one: Staged, staged: readonly Staged[], round: number): Promise<{ readonly toCome: ParentsToCome; readonly unknown: ReadonlySet<number> }> {
  const toCome = new Map<number, { readonly table: string; readonly columns: readonly string[] }>();
  const unknown = new Set<number>();
  const position = staged.indexOf(one);
  for (const parentOid of new Set(one.merge.foreignKeys.map((key) => key.parentOid))) {
    const columns = [...new Set(one.merge.foreignKeys.filter((key) => key.parentOid === parentOid).flatMap(({ parentColumns }) => parentColumns))];
    const parents = staged.filter(({ merge, load }) => merge.table.oid === parentOid || load.root === parentOid);
    if (round === 0 && parents.some((parent) => staged.indexOf(parent) >= position)) unknown.add(parentOid);
    else if (parents.length > 0) toCome.set(parentOid, { table: await keysOf(session, parentOid, parents, columns), columns });
  }
  return { toCome, unknown };
}

/** The partitions of a parent are loads of their own. */
async function keysOf(session: Session, parentOid: number, parents: readonly Staged[], columns: readonly string[]): Promise<string> {
  const tables: string[] = [];
  for (const { merge, staging } of parents) tables.push(await keepKeys(session, merge, staging, columns));
  const [only] = tables;
  if (only !== undefined && tables.length === 1) return only;
  const union = `pgark_parents_${parentOid}`;
  await session.execute(`DROP TABLE IF EXISTS pg_temp.${union}; CREATE TEMP TABLE ${union} ON COMMIT DROP AS ${tables.map((table) => `TABLE ${table}`).join(" UNION ALL ")}`);
  return `pg_temp.${union}`;
}

function forecast({ load, removed }: Staged, counts: StagedCounts): RowForecast {
  const { archived, identical, differing, conflicting, orphans, examples } = counts;
  return { load: load.load, table: load.table, archived, new: counts.new, identical, differing, conflicting: Object.fromEntries(conflicting), orphans, removed, examples };
}

/** As far as there are no loops. */
function parentsFirst(loads: readonly PlannedLoad[]): readonly PlannedLoad[] {
  const ordered: PlannedLoad[] = [];
  const seen = new Set<PlannedLoad>();
  const visit = (load: PlannedLoad) => {
    if (seen.has(load)) return;
    seen.add(load);
    for (const { parentOid } of load.merge?.table.foreignKeys ?? []) {
      for (const parent of loads) if (parent.merge !== null && (parent.merge.table.oid === parentOid || parent.root === parentOid)) visit(parent);
    }
    ordered.push(load);
  };
  loads.forEach(visit);
  return ordered;
}
