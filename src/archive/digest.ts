/** SHA-256, the statement that bytes are the ones that were dumped. */
import { createHash } from "node:crypto";

export const SHA256_BYTES = 32;

/** The digest of the pieces, joined in order. */
export function sha256(pieces: Iterable<Uint8Array>): Buffer {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}
