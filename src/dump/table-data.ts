/** One chunk of one table: COPY out of the server, into the archive. The server's own count is the chunk's. */
import type { ChunkRecord } from "../archive/manifest.ts";
import type { ArchiveWriter } from "../archive/writer.ts";
import { qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { Listener } from "../events.ts";
import type { Session } from "../session/session.ts";
import type { PlannedChunk } from "./chunks.ts";

const PROGRESS_BYTES = 1024 * 1024;

export async function dumpChunk(session: Session, chunk: PlannedChunk, archive: ArchiveWriter, worker: number, tell: Listener): Promise<ChunkRecord> {
  const table = qualified(chunk.entry.schema, chunk.entry.name);
  const writer = await archive.beginChunk({ entry: chunk.entry.id, format: chunk.data.format, pages: chunk.pages });
  const rows = session.copyOut(chunk.sql);
  let bytes = 0;
  let told = 0;
  for await (const some of rows) {
    await writer.write(some);
    bytes += some.length;
    if (bytes - told < PROGRESS_BYTES) continue;
    told = bytes;
    tell({ type: "progress", worker, table, bytes, rows: Math.round(chunk.rows * Math.min(1, bytes / Math.max(1, chunk.bytes))) });
  }
  if (rows.rows === null) throw new PgarkError("CONNECTION_LOST", `the server never said how many rows ${table} has`, { object: `table ${table}` });
  const record = await writer.finish(rows.rows);
  tell({ type: "chunk", worker, table, chunk: record.chunk, rows: record.rows, bytes: record.plainBytes });
  return record;
}
