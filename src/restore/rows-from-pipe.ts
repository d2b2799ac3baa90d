/**
 * Rows of an archive that comes through a pipe: chunks arrive interleaved, each open one has a session of its own, and
 * none can be read twice.
 */
import type { ArchiveEvent } from "../archive/stream-reader.ts";
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { type ChunkAccount, NOTHING, requireBalance } from "./accounts.ts";
import { noteLoaded } from "./journal.ts";
import { largeObjectLoader, largeObjectMode } from "./large-objects.ts";
import type { MergeCounts } from "./loaders/merge-load.ts";
import { startCopy } from "./loaders/copy.ts";
import type { PlannedLoad } from "./plan.ts";
import { noteChunk } from "./progress.ts";
import { about, chunkId, columnsOf, type LoadContext } from "./rows.ts";

/** One chunk that the pipe has begun and not ended. */
interface OpenChunk {
  readonly load: PlannedLoad;
  readonly session: Session;
  readonly worker: number;
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<MergeCounts>;
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
      if (load === undefined || context.done.has(chunkId(load.load, event.chunk))) continue;
      if (context.without.has(event.entry)) {
        rejected.set(event.chunk, load);
        continue;
      }
      const place = idle.shift();
      if (place === undefined) throw new PgarkError("ARCHIVE_DAMAGED", "the archive has more chunks open at a time than its TOC says");
      context.accounts.begin(load.load);
      open.set(event.chunk, await about(load, () => beginChunk(place, load, event.format === "large-objects", context)));
    } else if (event.type === "data") {
      const chunk = open.get(event.chunk);
      if (chunk === undefined) continue;
      await about(chunk.load, () => chunk.write(event.bytes));
      chunk.bytes += event.bytes.length;
      context.tell({ type: "progress", worker: chunk.worker, table: chunk.load.table, bytes: chunk.bytes, rows: 0 });
    } else if (event.type === "chunk-end") {
      const without = rejected.get(event.chunk);
      if (without !== undefined) context.accounts.chunk({ ...NOTHING, load: without.load, chunk: event.chunk, archived: event.rows, rejected: event.rows, bytes: 0 });
      const chunk = open.get(event.chunk);
      if (chunk === undefined) continue;
      const counts = await about(chunk.load, () => chunk.finish());
      const account: ChunkAccount = { ...counts, load: chunk.load.load, chunk: event.chunk, archived: event.rows, bytes: event.plainBytes };
      requireBalance(account, chunk.load.table);
      if (!context.singleTransaction) {
        if (context.journal !== "none") await noteChunk(chunk.session, account);
        await chunk.session.execute("COMMIT");
      }
      context.accounts.chunk(account);
      context.tell({ type: "chunk", worker: chunk.worker, table: chunk.load.table, chunk: event.chunk, rows: event.rows, bytes: event.plainBytes });
      open.delete(event.chunk);
      idle.push({ session: chunk.session, worker: chunk.worker });
    }
  }
}

async function beginChunk({ session, worker }: { session: Session; worker: number }, load: PlannedLoad, large: boolean, context: LoadContext): Promise<OpenChunk> {
  if (!context.singleTransaction) await session.execute("BEGIN");
  if (context.journal === "rows") await noteLoaded(session);
  const place = { load, session, worker, bytes: 0 };
  if (large) {
    const loader = largeObjectLoader(session, largeObjectMode(load));
    return { ...place, write: (bytes) => loader.write(bytes), finish: async () => loader.finish() };
  }
  const copy = await startCopy(session, { table: load.table, columns: columnsOf(load), format: load.data.format, freeze: false });
  return { ...place, write: (bytes) => copy.write(bytes), finish: async () => ({ ...NOTHING, inserted: await copy.finish() }) };
}
