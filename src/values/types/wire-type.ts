/**
 * What every type that may be dumped in binary can do: say its field as the server's text output would, as a
 * JavaScript value and as JSON. The text is the meeting point: what is known only as text (a chunk in COPY text)
 * gives the same values as what is known as bytes.
 */
import { textOfBytes } from "../raw-text.ts";

export interface WireType {
  /** Whether the field's bytes are the text itself, in UTF-8, so that nothing has to be decoded to copy them. */
  readonly bytesAreText: boolean;
  /** What separates the elements of its arrays: a comma for all built-in types but `box`. */
  readonly delimiter: string;
  /**
   * The server's text output under DateStyle ISO, IntervalStyle postgres, bytea_output hex, extra_float_digits 1
   * and TimeZone UTC. Bytes that cannot be such a field throw, a `RangeError` where they are too short.
   */
  toText(bytes: Uint8Array): string;
  /** The value as `rows(table)` of the library gives it. */
  toJs(bytes: Uint8Array): unknown;
  /** The same value from its text output. */
  textToJs(text: string): unknown;
  /** The value as one line of JSON, from its text output. Digits are never rounded. */
  textToJson(text: string): string;
}

type Parts = Pick<WireType, "toText"> & Partial<WireType>;

/** A wire type from its parts. What is left out: the text serves as the value, and as a JSON string. */
export function wireType(parts: Parts): WireType {
  const textToJs = parts.textToJs ?? ((text: string): unknown => text);
  return {
    bytesAreText: false,
    delimiter: ",",
    textToJs,
    toJs: (bytes) => textToJs(parts.toText(bytes)),
    textToJson: (text) => JSON.stringify(text),
    ...parts,
  };
}

/** A wire type whose field always has the same length; any other length throws. */
export function fixedType(length: number, parts: Parts): WireType {
  const type = wireType(parts);
  const check = (bytes: Uint8Array): Uint8Array => {
    expectLength(bytes, length);
    return bytes;
  };
  return { ...type, toText: (bytes) => type.toText(check(bytes)), toJs: (bytes) => type.toJs(check(bytes)) };
}

/** Throws unless `bytes` has exactly `length` bytes. */
export function expectLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new RangeError(`expected ${length} bytes, found ${bytes.length}`);
}

/** A view for reading big-endian numbers; it throws a `RangeError` beyond the field's end. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Decodes UTF-8, and what a database in SQL_ASCII may hold instead. */
export const utf8 = textOfBytes;

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** JSON for a text that is a JSON number already, unless it is `NaN` or an infinity. */
export function jsonNumber(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0x30 && last <= 0x39 ? text : JSON.stringify(text);
}

/** JSON for exact numbers of any size: a number where every reader keeps its digits, a string elsewhere. */
export function jsonExactNumber(text: string): string {
  return /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? text : JSON.stringify(text);
}
