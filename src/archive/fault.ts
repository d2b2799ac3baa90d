/** What can be wrong with an archive, where, and how it is told. */
import { PgarkError } from "../errors.ts";
import type { Toc } from "./toc.ts";

/** One thing that is wrong. */
export interface Fault {
  /** A sentence without its full stop: `the block's checksum does not match`. */
  readonly problem: string;
  /** Where in the file. */
  readonly offset: number;
  /** The chunk it belongs to, where that can be told. */
  readonly chunk: number | null;
  /** The data block of the chunk, from 0, where it is one. */
  readonly block: number | null;
  /** The address of the TOC entry whose rows are concerned: `TABLE DATA public.rules`. */
  readonly entry: string | null;
}

/** ARCHIVE_DAMAGED, naming offset, block, chunk and entry as far as they are known. */
export function damaged(name: string, fault: Fault): PgarkError {
  return new PgarkError("ARCHIVE_DAMAGED", `${name} is damaged at offset ${fault.offset}: ${place(fault)}${fault.problem}`, {
    object: fault.entry ?? name,
    hint: "pgark verify lists everything that is wrong with it.",
  });
}

/** What was whole before an archive broke off. */
export interface Salvage {
  readonly blocks: number;
  readonly chunks: number;
  readonly rows: number;
}

export function incomplete(name: string, offset: number, salvage: Salvage): PgarkError {
  const { blocks, chunks, rows } = salvage;
  return new PgarkError(
    "ARCHIVE_INCOMPLETE",
    `${name} is incomplete: it is cut at offset ${offset} and has no footer; before that stand ${blocks} whole blocks, with ${chunks} whole chunks of ${rows} rows that could be salvaged`,
    { object: name, hint: "The dump or the transfer that made it did not finish; make it again." },
  );
}

/** The address of an entry, or null when the TOC has none by that number. */
export function addressOf(toc: Toc | null, entry: number | undefined): string | null {
  return toc?.entries.find((one) => one.id === entry)?.address ?? null;
}

function place({ chunk, block, entry }: Fault): string {
  if (chunk === null) return "";
  return `${block === null ? "" : `block ${block} of `}chunk ${chunk}${entry === null ? "" : ` (${entry})`}: `;
}
