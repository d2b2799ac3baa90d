/**
 * The bytes of large objects: the pieces that dump/large-objects.ts wrote, `oid u32, length u32, bytes`, put back
 * one by one. An object that has no definition in the restore (data-only) is created.
 */
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";

const CREATE = /* sql */ `
  select pg_catalog.lo_create($1::oid) where not exists (select from pg_catalog.pg_largeobject_metadata where oid = $1::oid)`;
const PUT = /* sql */ `select pg_catalog.lo_put($1::oid, $2::bigint, $3::bytea)`;
const HEADER_BYTES = 8;

/** Writes all large objects of a chunk and gives their number. */
export async function loadLargeObjects(session: Session, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const loader = largeObjectLoader(session);
  for await (const some of bytes) await loader.write(some);
  return loader.finish();
}

export interface LargeObjectLoader {
  write(bytes: Uint8Array): Promise<void>;
  finish(): number;
}

export function largeObjectLoader(session: Session): LargeObjectLoader {
  let pending: Uint8Array = new Uint8Array(0);
  let current: { oid: number; at: number } | null = null;
  let objects = 0;

  const piece = async (oid: number, bytes: Uint8Array): Promise<void> => {
    if (current?.oid !== oid) {
      await session.query(CREATE, [oid]);
      current = { oid, at: 0 };
    }
    if (bytes.length === 0) {
      objects += 1;
      current = null;
      return;
    }
    await session.query(PUT, [oid, current.at, bytes]);
    current.at += bytes.length;
  };

  return {
    async write(bytes) {
      const all = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      const view = new DataView(all.buffer, all.byteOffset, all.length);
      let at = 0;
      while (all.length - at >= HEADER_BYTES) {
        const length = view.getUint32(at + 4);
        if (all.length - at - HEADER_BYTES < length) break;
        await piece(view.getUint32(at), all.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
        at += HEADER_BYTES + length;
      }
      pending = all.subarray(at);
    },
    finish() {
      if (pending.length > 0 || current !== null) throw new PgarkError("ARCHIVE_DAMAGED", "the large objects end in the middle of one");
      return objects;
    },
  };
}
