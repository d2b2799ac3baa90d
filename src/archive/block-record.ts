/** What is remembered of blocks that went by: where they stand, how long they are, what they hold. */
import type { BlockRecord } from "./manifest.ts";

/** A block record with its digest as bytes, as it stands in the index. */
export interface IndexedBlock extends Omit<BlockRecord, "sha256"> {
  readonly sha256: Uint8Array;
}

/** As it stands in JSON. */
export function blockRecord({ offset, storedBytes, plainBytes, sha256 }: IndexedBlock): BlockRecord {
  return { offset, storedBytes, plainBytes, sha256: Buffer.from(sha256).toString("hex") };
}

/** The blocks of one value as one record. `digest` is that of the whole value. */
export function valueRecord(blocks: readonly IndexedBlock[], digest: Uint8Array): BlockRecord {
  const sum = (field: "storedBytes" | "plainBytes") => blocks.reduce((total, block) => total + block[field], 0);
  return blockRecord({ offset: blocks[0]?.offset ?? 0, storedBytes: sum("storedBytes"), plainBytes: sum("plainBytes"), sha256: digest });
}
