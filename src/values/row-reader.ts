/** From a row's bytes to what its fields say: texts as the server prints them, JavaScript values, COPY text. */
import { PgarkError } from "../errors.ts";
import { binaryFields } from "./copy-binary.ts";
import { CopyTextWriter, textFields } from "./copy-text.ts";
import type { RowFormat } from "./rows.ts";
import { damaged } from "./splitter.ts";
import { wireTypeOf } from "./types/registry.ts";
import { utf8 } from "./types/wire-type.ts";
import type { WireType } from "./types/wire-type.ts";

/** A column as far as its fields are concerned. */
export interface RowColumn {
  readonly name: string;
  /** From `wireOf`; null when only text is safe. */
  readonly wire: string | null;
}

export interface RowReader {
  /** The fields as the server's text output, null for NULL. */
  texts(row: Uint8Array): readonly (string | null)[];
  /**
   * The fields as JavaScript values: `bigint` for int8, texts for numeric and for everything to do with time,
   * `Uint8Array` for bytea, `Float32Array` for vectors, parsed JSON, nested arrays; the text where the wire is null.
   */
  values(row: Uint8Array): readonly unknown[];
  /** The rows as COPY text, each with its line break, ready for COPY FROM. */
  copyText(rows: readonly Uint8Array[]): Uint8Array;
}

/**
 * A reader for rows of `columns`. Throws `UNSUPPORTED` when binary rows hold a wire that this version does not
 * know; its methods throw `ARCHIVE_DAMAGED` on rows that do not fit the columns, and `UNSUPPORTED` on values of
 * 256 MiB and more that JavaScript cannot hold as text.
 */
export function rowReader(format: RowFormat, columns: readonly RowColumn[]): RowReader {
  return format === "copy-text" ? textReader(columns) : binaryReader(columns);
}

/** Rows of COPY BINARY as COPY text. `rowReader` is the better way where it is called more than once. */
export function binaryRowsToText(columns: readonly RowColumn[], rows: readonly Uint8Array[]): Uint8Array {
  return binaryReader(columns).copyText(rows);
}

function textReader(columns: readonly RowColumn[]): RowReader {
  // What is no registered wire stays the text it is.
  const toJs = columns.map((column) => (column.wire === null ? null : wireTypeOf(column.wire))?.textToJs ?? ((text: string): unknown => text));
  const read = <T>(row: Uint8Array, decode: (text: string, index: number) => T): readonly (T | null)[] =>
    textFields(row, columns.length).map((field, index) => (field === null ? null : decoded(columns[index], field, () => decode(utf8(field), index))));
  return {
    texts: (row) => read(row, (text) => text),
    values: (row) => read(row, (text, index) => toJs[index]?.(text)),
    copyText: (rows) => Buffer.concat(rows.flatMap((row) => [row, NEWLINE])),
  };
}

function binaryReader(columns: readonly RowColumn[]): RowReader {
  const types = columns.map(knownType);
  const read = <T>(row: Uint8Array, decode: (type: WireType, field: Uint8Array) => T): readonly (T | null)[] => {
    const fields = binaryFields(row, columns.length);
    return types.map((type, index) => {
      const field = fields[index] ?? null;
      return field === null ? null : decoded(columns[index], field, () => decode(type, field));
    });
  };
  return {
    texts: (row) => read(row, (type, field) => type.toText(field)),
    values: (row) => read(row, (type, field) => type.toJs(field)),
    copyText(rows) {
      const writer = new CopyTextWriter();
      for (const row of rows) writer.row(read(row, (type, field) => (type.bytesAreText ? field : type.toText(field))));
      return writer.take();
    },
  };
}

const NEWLINE = Buffer.from("\n");

function knownType(column: RowColumn): WireType {
  const type = column.wire === null ? null : wireTypeOf(column.wire);
  if (type !== null) return type;
  throw new PgarkError("UNSUPPORTED", `expected a binary type that this version knows, found ${column.wire ?? "none"}`, {
    object: `column ${column.name}`,
    hint: "A newer pgark wrote this archive; use that version to read it.",
  });
}

/** Half of what a string of Node.js can hold: bytea doubles in length as text. */
const MAX_TEXT_BYTES = 2 ** 28 - 16;

/** Runs a decoder; whatever it throws means that the bytes are not such a field, unless they are just too many. */
function decoded<T>(column: RowColumn | undefined, field: Uint8Array, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (field.length > MAX_TEXT_BYTES) {
      throw new PgarkError("UNSUPPORTED", `expected a value of at most ${MAX_TEXT_BYTES} bytes to show, found ${field.length}`, { object: `column ${column?.name ?? "?"}`, cause: error });
    }
    throw damaged(`expected a field of type ${column?.wire ?? "text"} in column ${column?.name ?? "?"}, found other bytes`, error);
  }
}
