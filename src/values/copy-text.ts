/**
 * COPY text: rows are lines, fields stand between tabs, `\N` is NULL, and whatever could be mistaken is escaped by
 * a backslash, so that no raw line break is ever inside a row.
 */
import { bytesOfText, holdsBytes } from "./raw-text.ts";
import { UnfinishedRow, damaged } from "./splitter.ts";
import type { RowSplitter } from "./splitter.ts";

const TAB = 0x09;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const CAPITAL_N = 0x4e;
const LOWER_X = 0x78;

/** What stands after a backslash for a character that must be escaped, by the character. */
const LETTERS: ReadonlyMap<number, number> = new Map(["\bb", "\tt", "\nn", "\vv", "\ff", "\rr", "\\\\"].map(([control, letter]) => [code(control), code(letter)] as const));
const CONTROLS: ReadonlyMap<number, number> = new Map([...LETTERS].map(([control, letter]) => [letter, control]));

/** Splits COPY text into its lines, without the line breaks. */
export function textSplitter(): RowSplitter {
  const unfinished = new UnfinishedRow();
  return {
    take(block) {
      const rows: Uint8Array[] = [];
      let start = 0;
      for (let end = block.indexOf(NEWLINE); end !== -1; end = block.indexOf(NEWLINE, start)) {
        const row = unfinished.complete(block.subarray(start, end));
        // Data that looks like this is escaped by the server; unescaped it would end a COPY FROM early, in silence.
        if (row.length === 2 && row[0] === BACKSLASH && row[1] === DOT) throw damaged("expected a row, found the end-of-data mark `\\.`");
        rows.push(row);
        start = end + 1;
      }
      unfinished.add(block.subarray(start));
      return rows;
    },
    end() {
      if (unfinished.bytes > 0) throw damaged(`expected a line break at the end of the rows, found ${unfinished.bytes} bytes of a row`);
    },
  };
}

/**
 * The fields of a line, unescaped, null for NULL. They are views of the line where nothing was escaped. Throws
 * `ARCHIVE_DAMAGED` when their number is not `columns`.
 */
export function textFields(row: Uint8Array, columns: number): readonly (Uint8Array | null)[] {
  const fields: (Uint8Array | null)[] = [];
  // A row of a table without columns is an empty line, as is one empty text.
  if (columns === 0 && row.length === 0) return fields;
  let start = 0;
  let escaped = false;
  for (let at = 0; at <= row.length; at++) {
    const byte = at === row.length ? TAB : row[at];
    if (byte === BACKSLASH) {
      escaped = true;
      at += 1;
      if (at === row.length) throw damaged("expected a character after the backslash, found the end of the row");
    } else if (byte === TAB) {
      const field = row.subarray(start, at);
      fields.push(escaped ? unescaped(field) : field);
      start = at + 1;
      escaped = false;
    }
  }
  if (fields.length !== columns) throw damaged(`expected ${columns} fields in the row, found ${fields.length}`);
  return fields;
}

/** The line for fields, without a line break: what the server's COPY TO would have sent. */
export function formatTextRow(fields: readonly (string | Uint8Array | null)[]): Uint8Array {
  const writer = new CopyTextWriter();
  writer.row(fields);
  return writer.take().subarray(0, -1);
}

/** Collects rows as COPY text. */
export class CopyTextWriter {
  private buffer = Buffer.allocUnsafe(64 * 1024);
  private length = 0;

  /** Adds a row and its line break. */
  row(fields: readonly (string | Uint8Array | null)[]): void {
    for (let index = 0; index < fields.length; index++) {
      if (index > 0) this.byte(TAB);
      this.field(fields[index] ?? null);
    }
    this.byte(NEWLINE);
  }

  /** Everything since the last call. */
  take(): Uint8Array {
    const taken = this.buffer.subarray(0, this.length);
    this.buffer = Buffer.allocUnsafe(64 * 1024);
    this.length = 0;
    return taken;
  }

  private field(value: string | Uint8Array | null): void {
    if (value === null) {
      this.byte(BACKSLASH);
      this.byte(CAPITAL_N);
    } else if (typeof value === "string" && holdsBytes(value)) {
      this.escapedBytes(bytesOfText(value));
    } else if (typeof value === "string") {
      const text = /[\b\t\n\v\f\r\\]/.test(value) ? value.replace(/[\b\t\n\v\f\r\\]/g, escapeOf) : value;
      this.reserve(text.length < 1024 ? text.length * 3 : Buffer.byteLength(text));
      this.length += this.buffer.write(text, this.length, "utf8");
    } else {
      this.escapedBytes(value);
    }
  }

  private escapedBytes(value: Uint8Array): void {
    this.reserve(value.length * 2);
    const buffer = this.buffer;
    let at = this.length;
    for (let index = 0; index < value.length; index++) {
      const byte = value[index] ?? 0;
      const letter = byte < 0x20 || byte === BACKSLASH ? LETTERS.get(byte) : undefined;
      if (letter === undefined) {
        buffer[at++] = byte;
      } else {
        buffer[at++] = BACKSLASH;
        buffer[at++] = letter;
      }
    }
    this.length = at;
  }

  private byte(byte: number): void {
    this.reserve(1);
    this.buffer[this.length++] = byte;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

function escapeOf(character: string): string {
  return `\\${String.fromCharCode(LETTERS.get(code(character)) ?? code(character))}`;
}

/** Undoes the escapes of one field as COPY FROM does; null when the whole field is `\N`. */
function unescaped(field: Uint8Array): Uint8Array | null {
  if (field.length === 2 && field[1] === CAPITAL_N && field[0] === BACKSLASH) return null;
  const plain = Buffer.allocUnsafe(field.length);
  let length = 0;
  for (let at = 0; at < field.length; at++) {
    const byte = field[at] ?? 0;
    if (byte !== BACKSLASH) {
      plain[length++] = byte;
      continue;
    }
    at += 1;
    const escape = field[at] ?? 0;
    const [value, digits] = numericEscape(field, at);
    plain[length++] = digits > 0 ? value : (CONTROLS.get(escape) ?? escape);
    if (digits > 1) at += digits - 1;
  }
  return plain.subarray(0, length);
}

/** `\ooo` and `\xhh`, which the server reads but never writes: the byte and how many characters say it, 0 for none. */
function numericEscape(field: Uint8Array, at: number): readonly [number, number] {
  const characters = String.fromCharCode(...field.subarray(at, at + 3));
  const octal = /^[0-7]{1,3}/.exec(characters)?.[0];
  if (octal !== undefined) return [Number.parseInt(octal, 8) & 0xff, octal.length];
  const hexadecimal = field[at] === LOWER_X ? /^x[0-9a-fA-F]{1,2}/.exec(characters)?.[0] : undefined;
  return hexadecimal === undefined ? [0, 0] : [Number.parseInt(hexadecimal.slice(1), 16), hexadecimal.length];
}

function code(character: string | undefined): number {
  return character?.charCodeAt(0) ?? 0;
}
