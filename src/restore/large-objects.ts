/**
 * The bytes of large objects: the pieces that dump/large-objects.ts wrote, `oid u32, length u32, bytes`, put back
 * one by one. An object that is not there (data-only) is created. One that was there before the restore is held against
 * the archive's, byte by byte, and is counted as rows are: identical, kept, or updated from the first byte that differs.
 */
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { NOTHING } from "./accounts.ts";
import type { MergeCounts } from "./loaders/merge-load.ts";
import type { PlannedLoad } from "./plan.ts";

const CREATE = /* sql */ `
  select pg_catalog.lo_create($1::oid) where not exists (select from pg_catalog.pg_largeobject_metadata where oid = $1::oid)`;
const PUT = /* sql */ `select pg_catalog.lo_put($1::oid, $2::bigint, $3::bytea)`;
const SAME = /* sql */ `select pg_catalog.lo_get($1::oid, $2::bigint, $3::int4) = $4::bytea as same`;
const ENDS = /* sql */ `select pg_catalog.length(pg_catalog.lo_get($1::oid, $2::bigint, 1)) = 0 as ends`;
const HEADER_BYTES = 8;
/** INV_WRITE of libpq/libpq-fs.h. */
const FOR_WRITING = 0x20000;

/** `fill`: whatever is there was made by this restore. `keep`, `overwrite`: what becomes of an object that differs. */
export type LargeObjectMode = "fill" | "keep" | "overwrite";

/** What a plan says of its large objects. */
export function largeObjectMode({ way, policy }: Pick<PlannedLoad, "way" | "policy">): LargeObjectMode {
  if (way === "copy") return "fill";
  return policy === "skip" ? "keep" : "overwrite";
}

/** Writes all large objects of a chunk, inside the caller's transaction, and says what became of each. */
export async function loadLargeObjects(session: Session, bytes: AsyncIterable<Uint8Array>, mode: LargeObjectMode): Promise<MergeCounts> {
  const loader = largeObjectLoader(session, mode);
  for await (const some of bytes) await loader.write(some);
  return loader.finish();
}

export interface LargeObjectLoader {
  write(bytes: Uint8Array): Promise<void>;
  finish(): MergeCounts;
}

type Outcome = "inserted" | "updated" | "identical" | "kept";

/** The object whose pieces are coming. */
interface Current {
  readonly oid: number;
  at: number;
  /** `identical`: the same so far. */
  outcome: Outcome;
}

export function largeObjectLoader(session: Session, mode: LargeObjectMode): LargeObjectLoader {
  const counts = { ...NOTHING } as { -readonly [K in keyof MergeCounts]: number };
  let pending: Uint8Array = new Uint8Array(0);
  let current: Current | null = null;

  const begin = async (oid: number): Promise<Current> => {
    const made = await session.query(CREATE, [oid]);
    return { oid, at: 0, outcome: mode === "fill" || made.length > 0 ? "inserted" : "identical" };
  };

  const piece = async (oid: number, bytes: Uint8Array): Promise<void> => {
    if (current?.oid !== oid) current = await begin(oid);
    if (bytes.length > 0) {
      await bring(session, current, bytes, mode);
      return;
    }
    await end(session, current, mode);
    counts.archived += 1;
    counts[current.outcome] += 1;
    current = null;
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
      return counts;
    },
  };
}

async function bring(session: Session, current: Current, bytes: Uint8Array, mode: LargeObjectMode): Promise<void> {
  const { oid, at } = current;
  if (current.outcome === "identical") {
    const [found] = await session.query<{ same: boolean }>(SAME, [oid, at, bytes.length, bytes]);
    if (found?.same !== true) current.outcome = mode === "keep" ? "kept" : "updated";
  }
  // What comes before the first difference is there already.
  if (current.outcome === "inserted" || current.outcome === "updated") await session.query(PUT, [oid, at, bytes]);
  current.at += bytes.length;
}

/** The archive's object is at its end; the target's may go on. */
async function end(session: Session, current: Current, mode: LargeObjectMode): Promise<void> {
  const { oid, at, outcome } = current;
  if (outcome === "inserted" || outcome === "kept") return;
  const [found] = await session.query<{ ends: boolean }>(ENDS, [oid, at]);
  if (found?.ends === true) return;
  current.outcome = mode === "keep" ? "kept" : "updated";
  if (mode === "overwrite") await cut(session, oid, at);
}

/** A descriptor lives as long as its transaction at most. */
async function cut(session: Session, oid: number, bytes: number): Promise<void> {
  const [opened] = await session.query<{ descriptor: number }>("select pg_catalog.lo_open($1::oid, $2::int4) as descriptor", [oid, FOR_WRITING]);
  await session.query("select pg_catalog.lo_truncate64($1::int4, $2::bigint), pg_catalog.lo_close($1::int4)", [opened?.descriptor, bytes]);
}
