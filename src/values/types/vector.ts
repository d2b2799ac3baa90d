/** pgvector's types. Their binary form holds no OIDs and is the same in every release so far. */
import { float4Text } from "./float.ts";
import { expectLength, viewOf, wireType } from "./wire-type.ts";
import type { WireType } from "./wire-type.ts";

export const VECTOR_TYPES: Readonly<Record<string, WireType>> = {
  vector: wireType({
    toText: (bytes) => listText(vectorOf(bytes)),
    toJs: vectorOf,
    textToJs: vectorOfText,
    // Its text is a JSON array, and pgvector knows neither NaN nor infinity.
    textToJson: (text) => text,
  }),
  halfvec: wireType({
    toText: (bytes) => listText(halfVectorOf(bytes)),
    toJs: halfVectorOf,
    textToJs: vectorOfText,
    textToJson: (text) => text,
  }),
  sparsevec: wireType({ toText: sparseText }),
};

/** `vector_send`: the number of elements, an unused int16, the elements. */
function vectorOf(bytes: Uint8Array): Float32Array {
  const view = viewOf(bytes);
  const dimensions = view.getInt16(0);
  expectLength(bytes, 4 + 4 * dimensions);
  const vector = new Float32Array(dimensions);
  for (let index = 0; index < dimensions; index++) vector[index] = view.getFloat32(4 + 4 * index);
  return vector;
}

/** `halfvec_send`: the same with elements of 16 bits. */
function halfVectorOf(bytes: Uint8Array): Float32Array {
  const view = viewOf(bytes);
  const dimensions = view.getInt16(0);
  expectLength(bytes, 4 + 2 * dimensions);
  const vector = new Float32Array(dimensions);
  for (let index = 0; index < dimensions; index++) vector[index] = halfFloat(view.getUint16(4 + 2 * index));
  return vector;
}

/** `sparsevec_send`: dimensions, number of elements, an unused int32, indices from 0, elements. The text counts from 1. */
function sparseText(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const dimensions = view.getInt32(0);
  const count = view.getInt32(4);
  expectLength(bytes, 12 + 8 * count);
  const shown: string[] = [];
  for (let index = 0; index < count; index++) {
    shown.push(`${view.getInt32(12 + 4 * index) + 1}:${float4Text(view.getFloat32(12 + 4 * (count + index)))}`);
  }
  return `{${shown.join(",")}}/${dimensions}`;
}

function vectorOfText(text: string): Float32Array {
  return Float32Array.from(text.slice(1, -1).split(","), Number);
}

function listText(vector: Float32Array): string {
  let shown = "[";
  for (let index = 0; index < vector.length; index++) shown += (index === 0 ? "" : ",") + float4Text(vector[index] ?? 0);
  return `${shown}]`;
}

/** IEEE 754 binary16: 1 bit sign, 5 bits exponent, 10 bits fraction. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
