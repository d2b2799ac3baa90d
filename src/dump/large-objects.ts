/**
 * The bytes of large objects, all in one chunk. Each object is a run of pieces, `oid u32, length u32, bytes`,
 * both numbers big-endian, and ends with a piece of length 0; its definition, owner and privileges are TOC entries.
 */
import type { ChunkRecord } from "../archive/manifest.ts";
import type { TocEntry } from "../archive/toc.ts";
import type { ArchiveWriter } from "../archive/writer.ts";
import type { Session } from "../session/session.ts";

const PIECE_BYTES = 256 * 1024;
/** How many objects one statement reads the first piece of: at most 8 MiB in memory. */
const OBJECTS_PER_STATEMENT = 32;

const FIRST_PIECES = /* sql */ `
  select o.oid, pg_catalog.lo_get(o.oid, 0, ${PIECE_BYTES}) as bytes
  from unnest($1::oid[]) with ordinality as o(oid, position) order by o.position`;
const NEXT_PIECE = /* sql */ `select pg_catalog.lo_get($1::oid, $2::bigint, ${PIECE_BYTES}) as bytes`;

/** Writes the large objects that `entries` define as the chunk of `entry`. `rows` of the chunk is the number of objects. */
export async function dumpLargeObjects(session: Session, entry: TocEntry, entries: readonly TocEntry[], archive: ArchiveWriter): Promise<ChunkRecord> {
  const oids = entries.filter(({ kind }) => kind === "large-object").map(({ name }) => Number(name));
  const writer = await archive.beginChunk({ entry: entry.id, format: "large-objects", pages: null });
  for (let from = 0; from < oids.length; from += OBJECTS_PER_STATEMENT) {
    const first = await session.query<{ oid: number; bytes: Uint8Array }>(FIRST_PIECES, [oids.slice(from, from + OBJECTS_PER_STATEMENT)]);
    for (const { oid, bytes } of first) {
      let piece = bytes;
      for (let at = 0; piece.length > 0; piece = await nextPiece(session, oid, at)) {
        await writer.write(pieceHeader(oid, piece.length));
        await writer.write(piece);
        at += piece.length;
        if (piece.length < PIECE_BYTES) break;
      }
      await writer.write(pieceHeader(oid, 0));
    }
  }
  return writer.finish(oids.length);
}

async function nextPiece(session: Session, oid: number, at: number): Promise<Uint8Array> {
  const [row] = await session.query<{ bytes: Uint8Array }>(NEXT_PIECE, [oid, at]);
  return row?.bytes ?? new Uint8Array(0);
}

function pieceHeader(oid: number, length: number): Uint8Array {
  const header = Buffer.allocUnsafe(8);
  header.writeUInt32BE(oid, 0);
  header.writeUInt32BE(length, 4);
  return header;
}
