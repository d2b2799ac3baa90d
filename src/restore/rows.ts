/**
 * Rows of an archive's file into the target: each chunk is a task that any session can take, one transaction, and
 * accounted for before its commit. A chunk goes straight into its table, or is merged through a staging table; one
 * whose rows the table refuses is looked at row by row, where rows may be rejected. What was refused is tried once
 * more when all rows of its table are in.
 */
import { type ChunkRecord, chunksByEntry } from "../archive/manifest.ts";
import type { ArchiveReader } from "../archive/reader.ts";
import { isOwnTable } from "../archive/toc.ts";
import { namingObject, PgarkError } from "../errors.ts";
import type { Listener } from "../events.ts";
import type { Session } from "../session/session.ts";
import { type Accounts, type ChunkAccount, NOTHING, requireBalance, WHOLE } from "./accounts.ts";
import { noteLoaded } from "./journal.ts";
import { largeObjectMode, loadLargeObjects } from "./large-objects.ts";
import { copyChunk } from "./loaders/copy.ts";
import type { MergeCounts, MergeLoad, Staging } from "./loaders/merge-load.ts";
import { mergeStaged } from "./loaders/merge.ts";
import { isRowError } from "./loaders/row-error.ts";
import { openStaging } from "./loaders/staging.ts";
import type { PlannedLoad } from "./plan.ts";
import { noteChunk } from "./progress.ts";
import type { Task } from "./schedule.ts";
import { inTransaction } from "./transaction.ts";

export interface LoadContext {
  readonly loads: readonly PlannedLoad[];
  readonly accounts: Accounts;
  readonly tell: Listener;
  /** Entries whose table could not be created: their rows are counted as rejected. */
  readonly without: ReadonlySet<number>;
  /** `chunks`: the journal is told of each chunk. `rows`: and of the transactions that bring rows. */
  readonly journal: "none" | "chunks" | "rows";
  /** Whether everything already runs in one transaction. */
  readonly singleTransaction: boolean;
  /** `chunkId` of each chunk that an interrupted restore has brought. */
  readonly done: ReadonlySet<string>;
  /** How many rows may be refused before the restore ends. 0: the first one ends it. */
  readonly maxRejects: number;
}

/** Stands for the second try; less than `WHOLE`. */
const SECOND_TRY = -2;

/** What the journal knows a chunk by. */
export function chunkId(load: number, chunk: number): string {
  return `${load}/${chunk}`;
}

/** The id of the task after which all rows of a load are in. */
export function rowsTaskId(load: number): string {
  return `rows of load ${load}`;
}

/** One task for each chunk of the file, and one for each load that ends when all its rows are in. */
export function chunkTasks(reader: ArchiveReader, context: LoadContext): readonly Task[] {
  const chunksOf = chunksByEntry(reader.manifest.chunks);
  const chunksTo = new Map<string, number>();
  for (const { entry, table } of context.loads) chunksTo.set(table, (chunksTo.get(table) ?? 0) + (chunksOf.get(entry.id)?.length ?? 0));
  return context.loads.flatMap((load) => {
    const chunks = chunksOf.get(load.entry.id) ?? [];
    if (context.without.has(load.entry.id)) {
      for (const { chunk, rows } of chunks) context.accounts.chunk({ ...NOTHING, load: load.load, chunk, archived: rows, rejected: rows, bytes: 0 });
      return [];
    }
    // Written frozen only where no other chunk goes to the same table. A small one is not worth the TRUNCATE that this asks for.
    const alone = chunksTo.get(load.table) === 1 && isOwnTable(load.entry, load.data);
    const tasks = load.whole ? [wholeTask(load, chunks, reader, context)] : chunks.map((chunk) => chunkTask(load, chunk, reader, alone, context));
    return [...tasks, afterwards(load, tasks.map(({ id }) => id), context)];
  });
}

function chunkTask(load: PlannedLoad, chunk: ChunkRecord, reader: ArchiveReader, alone: boolean, context: LoadContext): Task {
  const id = chunkId(load.load, chunk.chunk);
  const run = async (session: Session, worker: number): Promise<void> => {
    if (context.done.has(id)) return;
    context.accounts.begin(load.load);
    const onBytes = progress(load, [chunk], worker, context);
    const account = await about(load, () => bringChunk(session, load, chunk, reader, alone, onBytes, context));
    context.accounts.chunk(account);
    context.tell({ type: "chunk", worker, table: load.table, chunk: chunk.chunk, rows: chunk.rows, bytes: chunk.plainBytes });
  };
  return { id, needs: load.needs.map(rowsTaskId), locks: new Map(), weight: chunk.plainBytes, run };
}

async function bringChunk(session: Session, load: PlannedLoad, chunk: ChunkRecord, reader: ArchiveReader, alone: boolean, onBytes: (count: number) => void, context: LoadContext): Promise<ChunkAccount> {
  const { merge } = load;
  const merging = (one: MergeLoad) => mergeChunks(session, load, one, chunk.chunk, [chunk], reader, onBytes, context);
  if (load.way === "merge" && merge !== null) return merging(merge);
  try {
    return await bring(session, load, chunk, context, async () => {
      if (chunk.format === "large-objects") return { ...(await loadLargeObjects(session, reader.readChunk(chunk), largeObjectMode(load))), archived: chunk.rows };
      return { ...NOTHING, archived: chunk.rows, inserted: await copyIn(session, reader, chunk, load, load.created && alone && chunk.plainBytes >= WORTH_FREEZING, onBytes) };
    });
  } catch (error) {
    if (merge === null || context.maxRejects === 0 || context.singleTransaction || !isRowError(error)) throw error;
    return merging(merge);
  }
}

const WORTH_FREEZING = 64 * 1024;

async function copyIn(session: Session, reader: ArchiveReader, chunk: ChunkRecord, load: PlannedLoad, freeze: boolean, onBytes: (count: number) => void): Promise<number> {
  // FREEZE asks that this very transaction emptied the table.
  if (freeze) await session.execute(`TRUNCATE ONLY ${load.table}`);
  return copyChunk(session, { table: load.table, columns: columnsOf(load), format: load.data.format, freeze }, reader.readChunk(chunk), onBytes);
}

/** The target's columns that the fields of a row go to, in the rows' order. */
export function columnsOf({ merge, data }: PlannedLoad): readonly string[] {
  if (merge === null) return data.columns.map(({ name }) => name);
  const columns = new Map(merge.map.columns.map(({ field, name }) => [field, name]));
  return merge.map.fields.map(({ name }) => columns.get(name) ?? name);
}

/** All chunks of a table without a key, because how often a row may come in again depends on all of them. */
function wholeTask(load: PlannedLoad, chunks: readonly ChunkRecord[], reader: ArchiveReader, context: LoadContext): Task {
  const { merge } = load;
  if (merge === null) throw new Error(`load ${load.load} has nothing to merge with`);
  const run = async (session: Session, worker: number): Promise<void> => {
    if (context.done.has(chunkId(load.load, WHOLE))) return;
    context.accounts.begin(load.load);
    context.accounts.chunk(await about(load, () => mergeChunks(session, load, merge, WHOLE, chunks, reader, progress(load, chunks, worker, context), context)));
    for (const { chunk, rows, plainBytes } of chunks) context.tell({ type: "chunk", worker, table: load.table, chunk, rows, bytes: plainBytes });
  };
  return { id: chunkId(load.load, WHOLE), needs: load.needs.map(rowsTaskId), locks: new Map(), weight: load.bytes ?? 0, run };
}

/** The tasks of loads that `fill` brings the rows of, as many as `rows` says: one for each load, and one that ends when they are in. */
export function selectTasks(fill: (load: PlannedLoad, staging: Staging) => Promise<void>, context: LoadContext): readonly Task[] {
  return context.loads.flatMap((load) => {
    const { merge } = load;
    if (merge === null) return [];
    const id = chunkId(load.load, WHOLE);
    const run = async (session: Session, worker: number): Promise<void> => {
      context.accounts.begin(load.load);
      const work = () => bring(session, load, { chunk: WHOLE, plainBytes: 0 }, context, () => staged(session, merge, WHOLE, (staging) => fill(load, staging)));
      const account = await about(load, work);
      context.accounts.chunk(account);
      context.tell({ type: "chunk", worker, table: load.table, chunk: 0, rows: account.archived, bytes: 0 });
    };
    return [{ id, needs: load.needs.map(rowsTaskId), locks: new Map(), weight: load.rows ?? 0, run }, afterwards(load, [id], context)];
  });
}

async function mergeChunks(session: Session, load: PlannedLoad, merge: MergeLoad, number: number, chunks: readonly ChunkRecord[], reader: ArchiveReader, onBytes: (count: number) => void, context: LoadContext): Promise<ChunkAccount> {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const plainBytes = chunks.reduce((sum, chunk) => sum + chunk.plainBytes, 0);
  return patiently(context, () =>
    bring(session, load, { chunk: number, plainBytes }, context, async () => {
      const counts = await staged(session, merge, number, async (staging) => {
        for (const chunk of chunks) await staging.add(() => reader.readChunk(chunk), onBytes);
      });
      if (merge.map.where === null && counts.archived !== rows) throw new PgarkError("UNBALANCED", `${rows} rows of ${merge.table.name} are in the archive, ${counts.archived} were staged`, { object: `table ${merge.table.name}` });
      return counts;
    }),
  );
}

/** When all rows of a load are in: what was refused may fit now. */
function afterwards(load: PlannedLoad, needs: readonly string[], context: LoadContext): Task {
  const run = async (session: Session): Promise<void> => {
    const { merge } = load;
    if (merge === null || context.accounts.rejected(load.load) === 0) return;
    // What lands may make room, or be a parent, for what has not.
    for (let landed = true; landed && context.accounts.rejected(load.load) > 0; ) {
      const account = await about(load, () => tryAgain(session, load, merge, context));
      context.accounts.chunk(account);
      landed = account.rejected < 0;
    }
    const rejected = context.accounts.rejected(load.load);
    if (rejected > context.maxRejects) throw await tooMany(session, load, rejected, context);
  };
  // Light: what is heavier goes first.
  return { id: rowsTaskId(load.load), needs: [...needs, ...load.needs.map(rowsTaskId)], locks: new Map(), weight: 0, run };
}

async function tryAgain(session: Session, load: PlannedLoad, merge: MergeLoad, context: LoadContext): Promise<ChunkAccount> {
  return patiently(context, () =>
    bring(session, load, { chunk: SECOND_TRY, plainBytes: 0 }, context, async () => {
      let tried = 0;
      const counts = await staged(session, merge, SECOND_TRY, async (staging) => {
        tried = await staging.addRejects();
      });
      return { ...counts, archived: counts.archived - tried, rejected: counts.rejected - tried };
    }),
  );
}

async function tooMany(session: Session, load: PlannedLoad, rejected: number, { maxRejects }: LoadContext): Promise<PgarkError> {
  const [first] = await session.query<{ message: string }>("select message from pgark.rejects where load = $1 limit 1", [load.load]);
  const says = first === undefined ? "" : `: ${first.message}`;
  const limit = maxRejects === 0 ? "none may be" : `more than the ${maxRejects} that may be`;
  return new PgarkError("TOO_MANY_REJECTS", `${rejected} row${rejected === 1 ? "" : "s"} of ${load.table} ${rejected === 1 ? "was" : "were"} rejected, ${limit}${says}`, { object: `table ${load.table}`, hint: "Allow them with --max-rejects, and see them with --rejects-file." });
}

/** A staging's life: filled, merged, gone. */
async function staged(session: Session, merge: MergeLoad, chunk: number, fill: (staging: Staging) => Promise<void>): Promise<MergeCounts> {
  const staging = await openStaging(session, merge, chunk);
  await fill(staging);
  const counts = await mergeStaged(session, merge, staging, chunk);
  await staging.drop();
  return counts;
}

/** One transaction that brings rows, with what the journal is told. */
async function bring(session: Session, load: PlannedLoad, chunk: Pick<ChunkRecord, "chunk" | "plainBytes">, context: LoadContext, work: () => Promise<MergeCounts>): Promise<ChunkAccount> {
  return inTransaction(session, context.singleTransaction, async () => {
    if (context.journal === "rows") await noteLoaded(session);
    const account: ChunkAccount = { ...(await work()), load: load.load, chunk: chunk.chunk, bytes: chunk.plainBytes };
    requireBalance(account, load.table);
    if (context.journal !== "none" && !context.singleTransaction) await noteChunk(session, account);
    return account;
  });
}

/** Deadlocks with other users of the tables, and conflicts of serializable ones, pass. */
const PASSING: ReadonlySet<string> = new Set(["40P01", "40001"]);
const TRIES = 5;

async function patiently<T>({ singleTransaction }: LoadContext, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const passes = error instanceof PgarkError && error.sqlState !== undefined && PASSING.has(error.sqlState);
      if (!passes || singleTransaction || attempt === TRIES) throw error;
    }
  }
}

function progress(load: PlannedLoad, chunks: readonly ChunkRecord[], worker: number, { tell }: LoadContext): (count: number) => void {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const plainBytes = chunks.reduce((sum, chunk) => sum + chunk.plainBytes, 0);
  let bytes = 0;
  return (count) => {
    bytes += count;
    tell({ type: "progress", worker, table: load.table, bytes, rows: Math.round((rows * bytes) / Math.max(1, plainBytes)) });
  };
}

/** An error in it names the table. */
export async function about<T>(load: PlannedLoad, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw namingObject(error, load.entry.kind === "large-object-data" ? "large objects" : `table ${load.table}`);
  }
}
