/** Rows in by plain COPY: for tables that are empty. */
import type { DataFormat } from "../../archive/toc.ts";
import { columnList } from "../../catalog/quote.ts";
import type { CopyIn, Session } from "../../session/session.ts";

export interface CopyTarget {
  /** `public.rules`, quoted where needed. */
  readonly table: string;
  /** The columns that the fields of each row go to, in the rows' order. */
  readonly columns: readonly string[];
  readonly format: DataFormat;
  /**
   * Whether the rows may be written frozen: only where this transaction has created or truncated the table, and
   * nobody can see it half full.
   */
  readonly freeze: boolean;
}

/** Starts a COPY of one chunk. Each chunk is a whole COPY stream, header and trailer included. */
export function startCopy(session: Session, { table, columns, format, freeze }: CopyTarget): Promise<CopyIn> {
  const list = columns.length === 0 ? "" : ` ${columnList(columns)}`;
  const options = [...(format === "copy-binary" ? ["FORMAT binary"] : []), ...(freeze ? ["FREEZE"] : [])];
  return session.copyIn(`COPY ${table}${list} FROM STDIN${options.length === 0 ? "" : ` WITH (${options.join(", ")})`}`);
}

/** Loads a chunk from its verified bytes and gives the server's row count. */
export async function copyChunk(session: Session, target: CopyTarget, bytes: AsyncIterable<Uint8Array>, onBytes: (count: number) => void): Promise<number> {
  await using copy = await startCopy(session, target);
  for await (const some of bytes) {
    await copy.write(some);
    onBytes(some.length);
  }
  return await copy.finish();
}
