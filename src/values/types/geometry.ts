/** Points and figures: `float8` coordinates in the brackets of each type. As JavaScript values they stay texts. */
import { float8Text } from "./float.ts";
import { expectLength, fixedType, viewOf, wireType } from "./wire-type.ts";
import type { WireType } from "./wire-type.ts";

export const GEOMETRY_TYPES: Readonly<Record<string, WireType>> = {
  point: fixedType(16, { toText: (bytes) => pointsText(viewOf(bytes), 0, 1) }),
  line: fixedType(24, { toText: (bytes) => `{${floats(viewOf(bytes), 0, 3).join(",")}}` }),
  lseg: fixedType(32, { toText: (bytes) => `[${pointsText(viewOf(bytes), 0, 2)}]` }),
  // The one built-in type whose arrays are not separated by commas: its own text holds one outside of brackets.
  box: fixedType(32, { delimiter: ";", toText: (bytes) => pointsText(viewOf(bytes), 0, 2) }),
  circle: fixedType(24, { toText: (bytes) => `<${pointsText(viewOf(bytes), 0, 1)},${float8Text(viewOf(bytes).getFloat64(16))}>` }),
  path: wireType({ toText: (bytes) => figureText(bytes, 1, bytes[0] === 0 ? ["[", "]"] : ["(", ")"]) }),
  polygon: wireType({ toText: (bytes) => figureText(bytes, 0, ["(", ")"]) }),
};

/** A count of points at `offset`, then the points. */
function figureText(bytes: Uint8Array, offset: number, [open, close]: readonly [string, string]): string {
  const view = viewOf(bytes);
  const count = view.getInt32(offset);
  expectLength(bytes, offset + 4 + 16 * count);
  return open + pointsText(view, offset + 4, count) + close;
}

function pointsText(view: DataView, offset: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `(${floats(view, offset + 16 * index, 2).join(",")})`).join(",");
}

function floats(view: DataView, offset: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => float8Text(view.getFloat64(offset + 8 * index)));
}
