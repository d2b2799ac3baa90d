/** From the bytes of a COPY stream to its rows, in batches: one wait per block, not one per row. */
import { binarySplitter } from "./copy-binary.ts";
import { textSplitter } from "./copy-text.ts";
import type { RowSplitter } from "./splitter.ts";

/** How the rows of a table stand in a COPY stream. */
export type RowFormat = "copy-text" | "copy-binary";

/** The splitter of a format, for callers that feed it themselves. */
export function rowSplitter(format: RowFormat): RowSplitter {
  return format === "copy-text" ? textSplitter() : binarySplitter();
}

/**
 * The rows of one COPY stream, those completed by a block together. A row is its bytes as they were sent: a line
 * without its break, or a binary tuple from its field count on; it may be a view of a block. Throws
 * `ARCHIVE_DAMAGED` when the stream is malformed, cut, or followed by something.
 */
export async function* splitRows(format: RowFormat, blocks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  const splitter = rowSplitter(format);
  for await (const block of blocks) {
    const rows = splitter.take(block);
    if (rows.length > 0) yield rows;
  }
  splitter.end();
}
