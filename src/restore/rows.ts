/**
 * Rows into the target: from a file, each chunk is a task that any session can take; from a pipe, chunks arrive
 * interleaved and each open one has a session of its own. Either way a chunk is one transaction, and its count is
 * checked before the commit.
 */
import type { ChunkRecord } from "../archive/manifest.ts";
import type { ArchiveReader } from "../archive/reader.ts";
import type { ArchiveEvent } from "../archive/stream-reader.ts";
import { isOwnTable } from "../archive/toc.ts";
import { namingObject, PgarkError } from "../errors.ts";
import type { Listener } from "../events.ts";
import type { Session } from "../session/session.ts";
import type { Accounts } from "./accounts.ts";
import { noteLoaded } from "./journal.ts";
import { largeObjectLoader, loadLargeObjects } from "./large-objects.ts";
import { copyChunk, startCopy } from "./loaders/copy.ts";
import type { PlannedLoad } from "./plan.ts";
import type { Task } from "./schedule.ts";
import { inTransaction } from "./transaction.ts";

export interface LoadContext {
  readonly loads: readonly PlannedLoad[];
  readonly accounts: Accounts;
  readonly tell: Listener;
  /** Entries whose table could not be created: their rows are counted as rejected. */
  readonly without: ReadonlySet<number>;
  /** Whether the journal is told of each transaction that brings rows. */
  readonly journal: boolean;
  /** Whether everything already runs in one transaction. */
  readonly singleTransaction: boolean;
}

/** The task id that means: all rows of this table-data entry are in. */
export function rowsTaskId(entry: number, chunk: number): string {
  return `rows of entry ${entry}, chunk ${chunk}`;
}

/** One task for each chunk of the file, the largest first. */
export function chunkTasks(reader: ArchiveReader, context: LoadContext): readonly Task[] {
  const byEntry = new Map(context.loads.map((load) => [load.entry.id, load]));
  const chunksTo = new Map<string, number>();
  for (const { entry } of reader.manifest.chunks) {
    const table = byEntry.get(entry)?.table;
    if (table !== undefined) chunksTo.set(table, (chunksTo.get(table) ?? 0) + 1);
  }
  return reader.manifest.chunks.flatMap((chunk) => {
    const load = byEntry.get(chunk.entry);
    if (load === undefined) return [];
    if (context.without.has(chunk.entry)) {
      context.accounts.reject(load, chunk.rows);
      return [];
    }
    // Written frozen only where no other chunk goes to the same table.
    const alone = chunksTo.get(load.table) === 1 && isOwnTable(load.entry, load.data);
    return [
      {
        id: rowsTaskId(chunk.entry, chunk.chunk),
        needs: [],
        locks: new Map(),
        weight: chunk.plainBytes,
        run: (session: Session, worker: number) => about(load, loadChunk(session, worker, reader, chunk, load, alone, context)),
      },
    ];
  });
}

async function loadChunk(session: Session, worker: number, reader: ArchiveReader, chunk: ChunkRecord, load: PlannedLoad, alone: boolean, context: LoadContext): Promise<void> {
  const { accounts, tell, singleTransaction } = context;
  accounts.begin(load.entry.id);
  let bytes = 0;
  const onBytes = (count: number) => {
    bytes += count;
    tell({ type: "progress", worker, table: load.table, bytes, rows: Math.round((chunk.rows * bytes) / Math.max(1, chunk.plainBytes)) });
  };
  await inTransaction(session, singleTransaction, async () => {
    if (context.journal) await noteLoaded(session);
    const rows = chunk.format === "large-objects" ? loadLargeObjects(session, reader.readChunk(chunk)) : copyIn(session, reader, chunk, load, load.created && alone, onBytes);
    accounts.chunk(load, { archived: chunk.rows, inserted: await rows, bytes: chunk.plainBytes });
  });
  tell({ type: "chunk", worker, table: load.table, chunk: chunk.chunk, rows: chunk.rows, bytes: chunk.plainBytes });
}

async function copyIn(session: Session, reader: ArchiveReader, chunk: ChunkRecord, load: PlannedLoad, freeze: boolean, onBytes: (count: number) => void): Promise<number> {
  // FREEZE asks that this very transaction emptied the table.
  if (freeze) await session.execute(`TRUNCATE ONLY ${load.table}`);
  return copyChunk(session, { data: load.data, freeze }, reader.readChunk(chunk), onBytes);
}

/** One chunk that a pipe has begun and not ended. */
interface OpenChunk {
  readonly load: PlannedLoad;
  readonly session: Session;
  readonly worker: number;
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<number>;
  bytes: number;
}

/** Loads what a pipe brings, to its end. `sessions` must be as many as the TOC's `interleave`, or one where everything is one transaction. */
export async function loadFromStream(events: AsyncIterable<ArchiveEvent>, sessions: readonly Session[], context: LoadContext): Promise<void> {
  const byEntry = new Map(context.loads.map((load) => [load.entry.id, load]));
  const idle = sessions.map((session, worker) => ({ session, worker }));
  const open = new Map<number, OpenChunk>();
  const rejected = new Map<number, PlannedLoad>();
  for await (const event of events) {
    if (event.type === "chunk-begin") {
      const load = byEntry.get(event.entry);
      if (load === undefined) continue;
      if (context.without.has(event.entry)) {
        rejected.set(event.chunk, load);
        continue;
      }
      const place = idle.shift();
      if (place === undefined) throw new PgarkError("ARCHIVE_DAMAGED", "the archive has more chunks open at a time than its TOC says");
      context.accounts.begin(event.entry);
      open.set(event.chunk, await about(load, beginChunk(place, load, event.format === "large-objects", context)));
    } else if (event.type === "data") {
      const chunk = open.get(event.chunk);
      if (chunk === undefined) continue;
      await about(chunk.load, chunk.write(event.bytes));
      chunk.bytes += event.bytes.length;
      context.tell({ type: "progress", worker: chunk.worker, table: chunk.load.table, bytes: chunk.bytes, rows: 0 });
    } else if (event.type === "chunk-end") {
      const chunk = open.get(event.chunk);
      const without = rejected.get(event.chunk);
      if (without !== undefined) context.accounts.reject(without, event.rows);
      if (chunk === undefined) continue;
      const inserted = await about(chunk.load, chunk.finish());
      context.accounts.chunk(chunk.load, { archived: event.rows, inserted, bytes: event.plainBytes });
      if (!context.singleTransaction) await chunk.session.execute("COMMIT");
      context.tell({ type: "chunk", worker: chunk.worker, table: chunk.load.table, chunk: event.chunk, rows: event.rows, bytes: event.plainBytes });
      open.delete(event.chunk);
      idle.push({ session: chunk.session, worker: chunk.worker });
    }
  }
}

async function beginChunk({ session, worker }: { session: Session; worker: number }, load: PlannedLoad, large: boolean, context: LoadContext): Promise<OpenChunk> {
  if (!context.singleTransaction) await session.execute("BEGIN");
  if (context.journal) await noteLoaded(session);
  const loader = large ? largeObjectLoader(session) : await startCopy(session, { data: load.data, freeze: false });
  return { load, session, worker, bytes: 0, write: (bytes) => loader.write(bytes), finish: async () => loader.finish() };
}

/** An error in it names the table. */
async function about<T>(load: PlannedLoad, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw namingObject(error, load.entry.kind === "large-object-data" ? "large objects" : `table ${load.table}`);
  }
}
