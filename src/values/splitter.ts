/** What splits a stream of bytes into rows, and how a row that spans several blocks is put together. */
import { PgarkError } from "../errors.ts";

/** Takes a COPY stream block by block. Rows are views of the blocks where possible, so blocks must not be reused. */
export interface RowSplitter {
  /** The rows that `block` completes, in order. Throws `ARCHIVE_DAMAGED` on bytes that no server sends. */
  take(block: Uint8Array): readonly Uint8Array[];
  /** To be called after the last block. Throws `ARCHIVE_DAMAGED` when the stream is not complete. */
  end(): void;
}

/** The beginning of a row whose end is in a later block. Pieces are kept as they are and joined once. */
export class UnfinishedRow {
  private pieces: Uint8Array[] = [];
  private length = 0;

  get bytes(): number {
    return this.length;
  }

  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.pieces.push(piece);
    this.length += piece.length;
  }

  /** The whole row, of which `piece` is the end. */
  complete(piece: Uint8Array): Uint8Array {
    if (this.length === 0) return piece;
    const row = Buffer.concat([...this.pieces, piece], this.length + piece.length);
    this.pieces = [];
    this.length = 0;
    return row;
  }
}

export function damaged(message: string, cause?: unknown): PgarkError {
  return new PgarkError("ARCHIVE_DAMAGED", message, { cause });
}
