/** Ranges and multiranges of the built-in types. As JavaScript values they stay texts. */
import { viewOf, wireType } from "./wire-type.ts";
import type { WireType } from "./wire-type.ts";

const EMPTY = 0x01;
const LOWER_INCLUSIVE = 0x02;
const UPPER_INCLUSIVE = 0x04;
const LOWER_INFINITE = 0x08;
const UPPER_INFINITE = 0x10;

export function rangeOf(bound: WireType): WireType {
  return wireType({ toText: (bytes) => rangeText(bytes, bound) });
}

export function multirangeOf(bound: WireType): WireType {
  return wireType({
    toText(bytes) {
      const count = viewOf(bytes).getInt32(0);
      const ranges = lengthPrefixed(bytes, 4);
      if (ranges.length !== count) throw new RangeError(`expected ${count} ranges, found ${ranges.length}`);
      return `{${ranges.map((range) => rangeText(range, bound)).join(",")}}`;
    },
  });
}

/** `range_send`: flags, then each bound that is there with its length; `range_out`. */
function rangeText(bytes: Uint8Array, bound: WireType): string {
  const flags = viewOf(bytes).getUint8(0);
  if (flags & EMPTY) return "empty";
  const bounds = lengthPrefixed(bytes, 1).map((field) => quoted(bound.toText(field)));
  const expected = (flags & LOWER_INFINITE ? 0 : 1) + (flags & UPPER_INFINITE ? 0 : 1);
  if (bounds.length !== expected) throw new RangeError(`expected ${expected} bounds, found ${bounds.length}`);
  const lower = flags & LOWER_INFINITE ? "" : bounds[0];
  const upper = flags & UPPER_INFINITE ? "" : bounds.at(-1);
  return `${flags & LOWER_INCLUSIVE ? "[" : "("}${lower},${upper}${flags & UPPER_INCLUSIVE ? "]" : ")"}`;
}

function lengthPrefixed(bytes: Uint8Array, start: number): readonly Uint8Array[] {
  const view = viewOf(bytes);
  const found: Uint8Array[] = [];
  for (let at = start; at < bytes.length; ) {
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.length) throw new RangeError(`expected ${end - at - 4} bytes, found ${bytes.length - at - 4}`);
    found.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return found;
}

/** `range_bound_escape`: quotes and backslashes are doubled. */
function quoted(text: string): string {
  return text === "" || /["\\()[\],\s]/.test(text) ? `"${text.replace(/["\\]/g, "$&$&")}"` : text;
}
