/**
 * COPY BINARY: a header, rows of length-prefixed fields, a trailer. Numbers are big-endian.
 * https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
import { UnfinishedRow, damaged } from "./splitter.ts";
import type { RowSplitter } from "./splitter.ts";
import { viewOf } from "./types/wire-type.ts";

/** Signature, flags, length of the header's extension: what every server sends. */
export const BINARY_HEADER: Uint8Array = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** A field count of -1. */
export const BINARY_TRAILER: Uint8Array = Buffer.from([0xff, 0xff]);

const SIGNATURE_BYTES = 11;
/** The server's own limit for one value. */
const MAX_FIELD_BYTES = 0x3fffffff;

/** Splits COPY BINARY into its rows, each from its field count to its last field. */
export function binarySplitter(): RowSplitter {
  return new BinarySplitter();
}

/** The fields of a row, null for NULL, as views of it. Throws `ARCHIVE_DAMAGED` when their number is not `columns`. */
export function binaryFields(row: Uint8Array, columns: number): readonly (Uint8Array | null)[] {
  const view = viewOf(row);
  const count = row.length < 2 ? -1 : view.getInt16(0);
  if (count !== columns) throw damaged(`expected ${columns} fields in the row, found ${count}`);
  const fields: (Uint8Array | null)[] = [];
  let at = 2;
  for (let index = 0; index < count; index++) {
    const length = at + 4 <= row.length ? view.getInt32(at) : NaN;
    at += 4;
    if (!(length <= row.length - at)) throw damaged(`expected field ${index + 1} of ${count} within the row of ${row.length} bytes, found it beyond the end`);
    fields.push(length === -1 ? null : row.subarray(at, at + length));
    if (length > 0) at += length;
  }
  if (at !== row.length) throw damaged(`expected the row to end after ${at} bytes, found ${row.length}`);
  return fields;
}

/** What the next bytes are. */
type Expecting = "header" | "extension" | "field-count" | "field-length" | "field" | "nothing";

/**
 * A machine that may be interrupted at every byte. A number that is cut by the end of a block is kept in `cut`;
 * a field is skipped without being looked at, so a large row costs one joining of its pieces.
 */
class BinarySplitter implements RowSplitter {
  private expecting: Expecting = "header";
  /** Bytes of the header or of a number of which more is to come. */
  private cut = Buffer.alloc(BINARY_HEADER.length);
  private cutBytes = 0;
  /** Bytes still to be skipped of an extension or a field. */
  private toSkip = 0;
  private fieldsLeft = 0;
  private columns: number | null = null;
  private readonly unfinished = new UnfinishedRow();

  take(block: Uint8Array): readonly Uint8Array[] {
    const view = viewOf(block);
    const rows: Uint8Array[] = [];
    let rowStart = 0;
    let at = 0;
    while (at < block.length) {
      const inHeader = this.expecting === "header" || this.expecting === "extension";
      at += this.step(block, view, at);
      if (inHeader) {
        rowStart = at;
      } else if (this.expecting === "field-length" && this.fieldsLeft === 0) {
        rows.push(this.unfinished.complete(block.subarray(rowStart, at)));
        rowStart = at;
        this.expecting = "field-count";
      }
    }
    this.unfinished.add(block.subarray(rowStart));
    return rows;
  }

  end(): void {
    if (this.expecting === "nothing") return;
    throw damaged(`expected the trailer of the rows, found the end of the data where a ${this.expecting} should stand`);
  }

  /** Takes the next thing, or as much of it as the block holds. Gives the number of bytes taken. */
  private step(block: Uint8Array, view: DataView, at: number): number {
    const available = block.length - at;
    switch (this.expecting) {
      case "field":
      case "extension":
        return this.skip(available);
      case "nothing":
        throw damaged(`expected nothing after the trailer of the rows, found ${available} bytes`);
      case "header":
        return this.whole(BINARY_HEADER.length, block, view, at);
      case "field-count":
        return this.whole(2, block, view, at);
      case "field-length":
        return this.whole(4, block, view, at);
    }
  }

  private skip(available: number): number {
    const skipped = Math.min(this.toSkip, available);
    this.toSkip -= skipped;
    if (this.toSkip === 0) this.expecting = this.expecting === "extension" ? "field-count" : "field-length";
    return skipped;
  }

  /** Decides on something of `bytes` bytes once all of them are there. */
  private whole(bytes: number, block: Uint8Array, view: DataView, at: number): number {
    const taken = Math.min(bytes - this.cutBytes, block.length - at);
    if (taken === bytes) {
      this.decide(view, at);
      return taken;
    }
    this.cut.set(block.subarray(at, at + taken), this.cutBytes);
    this.cutBytes += taken;
    if (this.cutBytes === bytes) {
      this.cutBytes = 0;
      this.decide(viewOf(this.cut), 0);
    }
    return taken;
  }

  /** Acts on the header or the number at `at`, and settles what comes next. */
  private decide(view: DataView, at: number): void {
    if (this.expecting === "header") this.header(view, at);
    else if (this.expecting === "field-count") this.fieldCount(view.getInt16(at));
    else this.fieldLength(view.getInt32(at));
  }

  private header(view: DataView, at: number): void {
    const signature = Buffer.from(view.buffer, view.byteOffset + at, SIGNATURE_BYTES);
    if (!signature.equals(BINARY_HEADER.subarray(0, SIGNATURE_BYTES))) throw damaged(`expected the signature of COPY BINARY, found ${signature.toString("hex")}`);
    const flags = view.getUint32(at + SIGNATURE_BYTES);
    // The upper half says what a reader must understand; bit 16 was the OID column of servers before version 12.
    if (flags >>> 16 !== 0) throw damaged(`expected no critical flags in the header of COPY BINARY, found 0x${flags.toString(16)}`);
    this.toSkip = view.getUint32(at + SIGNATURE_BYTES + 4);
    this.expecting = this.toSkip > 0 ? "extension" : "field-count";
  }

  private fieldCount(count: number): void {
    if (count === -1) {
      this.expecting = "nothing";
      return;
    }
    if (count < 0 || (this.columns !== null && count !== this.columns)) throw damaged(`expected a row of ${this.columns ?? "0 or more"} fields, found ${count}`);
    this.columns = count;
    this.fieldsLeft = count;
    this.expecting = "field-length";
  }

  private fieldLength(length: number): void {
    if (length < -1 || length > MAX_FIELD_BYTES) throw damaged(`expected a field of at most ${MAX_FIELD_BYTES} bytes, found a length of ${length}`);
    this.fieldsLeft -= 1;
    if (length <= 0) return;
    this.toSkip = length;
    this.expecting = "field";
  }
}
