/** Texts, and what is written like one: bytes, uuids, JSON, bit strings, labels of enums. */
import { expectLength, fixedType, hex, utf8, viewOf, wireType } from "./wire-type.ts";
import type { WireType } from "./wire-type.ts";

const text: WireType = wireType({ bytesAreText: true, toText: utf8 });

/** JSON may be kept with its line breaks; they only ever stand between tokens, where a space says the same. */
const textToJson = (json: string): string => json.replace(/[\r\n]/g, " ");
const textToJs = (json: string): unknown => JSON.parse(json);

const bits: WireType = wireType({ toText: bitText });

export const STRING_TYPES: Readonly<Record<string, WireType>> = {
  text,
  varchar: text,
  bpchar: text,
  name: text,
  char: fixedType(1, { toText: (bytes) => oneByteText(bytes[0] ?? 0) }),
  bytea: wireType({
    toText: (bytes) => `\\x${hex(bytes)}`,
    // A copy: the field is a view of a block.
    toJs: (bytes) => new Uint8Array(bytes),
    textToJs: (shown) => new Uint8Array(Buffer.from(shown.slice(2), "hex")),
  }),
  uuid: fixedType(16, { toText: (bytes) => hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") }),
  json: wireType({ bytesAreText: true, toText: utf8, textToJs, textToJson }),
  jsonb: wireType({ toText: jsonbText, textToJs, textToJson }),
  bit: bits,
  varbit: bits,
};

/** `enum_send` gives the label. */
export const ENUM_TYPE: WireType = text;

/** `charout` of version 16 and later; older servers print a high byte as it is, which no UTF-8 text can hold. */
function oneByteText(byte: number): string {
  if (byte === 0) return "";
  return byte < 0x80 ? String.fromCharCode(byte) : `\\${byte.toString(8)}`;
}

function jsonbText(bytes: Uint8Array): string {
  if (bytes[0] !== 1) throw new RangeError(`expected version 1 of jsonb, found ${bytes[0] ?? "nothing"}`);
  return utf8(bytes.subarray(1));
}

function bitText(bytes: Uint8Array): string {
  const length = viewOf(bytes).getInt32(0);
  expectLength(bytes, 4 + Math.ceil(length / 8));
  let shown = "";
  for (const byte of bytes.subarray(4)) shown += byte.toString(2).padStart(8, "0");
  return shown.slice(0, length);
}
