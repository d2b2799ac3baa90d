/** Truth values, whole numbers and `numeric`. */
import { expectLength, fixedType, jsonExactNumber, jsonNumber, viewOf, wireType } from "./wire-type.ts";
import type { WireType } from "./wire-type.ts";

export const NUMBER_TYPES: Readonly<Record<string, WireType>> = {
  bool: fixedType(1, {
    toText: (bytes) => (bytes[0] === 0 ? "f" : "t"),
    textToJs: (text) => text === "t",
    textToJson: (text) => (text === "t" ? "true" : "false"),
  }),
  int2: wholeNumber(2, (view) => view.getInt16(0)),
  int4: wholeNumber(4, (view) => view.getInt32(0)),
  oid: wholeNumber(4, (view) => view.getUint32(0)),
  int8: fixedType(8, {
    toText: (bytes) => viewOf(bytes).getBigInt64(0).toString(),
    toJs: (bytes) => viewOf(bytes).getBigInt64(0),
    textToJs: (text) => BigInt(text),
    textToJson: jsonExactNumber,
  }),
  numeric: wireType({ toText: numericText, textToJson: jsonExactNumber }),
};

function wholeNumber(length: number, read: (view: DataView) => number): WireType {
  return fixedType(length, {
    toText: (bytes) => String(read(viewOf(bytes))),
    toJs: (bytes) => read(viewOf(bytes)),
    textToJs: Number,
    textToJson: jsonNumber,
  });
}

/** The sign field of `numeric_send`; the last two came with version 14. */
const NUMERIC_SPECIALS: Readonly<Record<number, string>> = { 0xc000: "NaN", 0xd000: "Infinity", 0xf000: "-Infinity" };
const NUMERIC_NEGATIVE = 0x4000;

/** `numeric_out`: digits are groups of four, `weight` is the exponent of the first group in base 10,000. */
function numericText(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const groups = view.getUint16(0);
  const weight = view.getInt16(2);
  const sign = view.getUint16(4);
  const scale = view.getUint16(6);
  expectLength(bytes, 8 + 2 * groups);
  const special = NUMERIC_SPECIALS[sign];
  if (special !== undefined) return special;

  const group = (place: number): string => {
    const index = weight - place;
    return index >= 0 && index < groups ? String(view.getUint16(8 + 2 * index)).padStart(4, "0") : "0000";
  };
  let whole = "";
  for (let place = weight; place >= 0; place--) whole += group(place);
  let fraction = "";
  for (let place = -1; fraction.length < scale; place--) fraction += group(place);
  whole = whole.replace(/^0+/, "") || "0";
  return `${sign === NUMERIC_NEGATIVE ? "-" : ""}${whole}${scale > 0 ? `.${fraction.slice(0, scale)}` : ""}`;
}
