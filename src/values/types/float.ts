/**
 * Floating point as PostgreSQL prints it since version 12: the shortest digits that read back as the same value.
 * They differ from JavaScript's in one point: digits that lie exactly half-way to a neighbour are never chosen
 * (https://github.com/postgres/postgres/blob/REL_17_STABLE/src/common/d2s.c, `acceptBounds`).
 */
import { fixedType, jsonNumber, viewOf } from "./wire-type.ts";
import type { WireType } from "./wire-type.ts";

/** `float8out`. */
export function float8Text(value: number): string {
  const special = specialText(value);
  if (special !== null) return special;
  const size = Math.abs(value);
  const [digits, exponent] = partsOf(size);
  // Half-way points between doubles have 17 digits or fewer only between 2^53 and 1e41; `9e15` is just below.
  const text = size > 9e15 && size < 1e41 && isHalfWay8(size, digits, exponent) ? withoutHalfWay(size) : written(digits, exponent, 15);
  return value < 0 ? `-${text}` : text;
}

/** `float4out`, also for pgvector's elements. `value` is a 32-bit float held in a double. */
export function float4Text(value: number): string {
  const special = specialText(value);
  if (special !== null) return special;
  const size = Math.abs(value);
  const text = quickFloat4(size) ?? exactFloat4(size);
  return value < 0 ? `-${text}` : text;
}

/** Reads what `float8out` and `float4out` print. */
export function floatOfText(text: string): number {
  return Number(text);
}

export const FLOAT_TYPES: Readonly<Record<string, WireType>> = {
  float4: fixedType(4, {
    toText: (bytes) => float4Text(viewOf(bytes).getFloat32(0)),
    toJs: (bytes) => viewOf(bytes).getFloat32(0),
    textToJs: (text) => Math.fround(floatOfText(text)),
    textToJson: jsonNumber,
  }),
  float8: fixedType(8, {
    toText: (bytes) => float8Text(viewOf(bytes).getFloat64(0)),
    toJs: (bytes) => viewOf(bytes).getFloat64(0),
    textToJs: floatOfText,
    textToJson: jsonNumber,
  }),
};

function specialText(value: number): string | null {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  return Number.isFinite(value) ? null : String(value);
}

/** JavaScript's own shortest digits: `[d1d2…dn, e]` for d1.d2…dn × 10^e. */
function partsOf(size: number): readonly [string, number] {
  return splitExponential(size.toExponential());
}

function splitExponential(text: string): readonly [string, number] {
  const e = text.indexOf("e");
  return [text.slice(0, e).replace(".", ""), Number(text.slice(e + 1))];
}

/** The most that `toExponential` gives: enough to tell a tie from what is merely close to one. */
const MOST_DIGITS = 100;

/** The nearest digits of a given count; of two equally near ones the even, where `toExponential` would take the greater. */
function nearestDigits(size: number, count: number): readonly [string, number] {
  const [exact, exponent] = splitExponential(size.toExponential(MOST_DIGITS));
  const kept = exact.slice(0, count);
  if (/^50*$/.test(exact.slice(count)) && /[02468]$/.test(kept)) return [kept, exponent];
  return splitExponential(size.toExponential(count - 1));
}

/** Writes digits as the server does: plain from 1e-4 up to `plainBelow` digits before the point, else with an exponent of two digits or more. */
function written(digits: string, exponent: number, plainBelow: number): string {
  if (exponent < -4 || exponent >= plainBelow) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const sign = exponent < 0 ? "-" : "+";
    return `${digits[0] ?? ""}${fraction}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, "0");
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** Whether the digits lie exactly half-way between `size` and a neighbouring double. Only for integers above 9e15. */
function isHalfWay8(size: number, digits: string, exponent: number): boolean {
  const scale = exponent - digits.length + 1;
  if (scale < 0) return false;
  const decimal = BigInt(digits) * 10n ** BigInt(scale);
  const exact = BigInt(size);
  if (decimal === exact) return false;
  const neighbour = BigInt(neighbourOf(size, decimal > exact ? 1n : -1n));
  return decimal * 2n === exact + neighbour;
}

const scratch = new DataView(new ArrayBuffer(8));

function neighbourOf(size: number, step: bigint): number {
  scratch.setFloat64(0, size);
  scratch.setBigInt64(0, scratch.getBigInt64(0) + step);
  return scratch.getFloat64(0);
}

/** The shortest digits that read back as `size` and are not half-way. Seventeen digits always are. */
function withoutHalfWay(size: number): string {
  for (let count = 1; count < 17; count++) {
    const [padded, exponent] = nearestDigits(size, count);
    const digits = padded.replace(/0+$/, "");
    if (Number(`${digits}e${exponent - digits.length + 1}`) === size && !isHalfWay8(size, digits, exponent)) return written(digits, exponent, 15);
  }
  const [digits, exponent] = splitExponential(size.toExponential(16));
  return written(digits, exponent, 15);
}

/** 10^0 … 10^22 are exact doubles. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));

/**
 * The common case, without any conversion of decimals: the value and the middles to its neighbours are scaled to
 * nine digits before the point, and the largest power of ten that has a multiple strictly between the middles
 * wins. Null where the scaling could not be trusted to decide.
 */
function quickFloat4(size: number): string | null {
  if (size < 1e-12 || size >= 1e20) return null;
  let exponent = Math.floor(Math.log10(size));
  const scale = 8 - exponent;
  const factor = POWERS_OF_TEN[Math.abs(scale)];
  if (factor === undefined) return null;
  const half = halfSteps4(size);
  const scaled = scale >= 0 ? size * factor : size / factor;
  const low = scale >= 0 ? half.low * factor : half.low / factor;
  const high = scale >= 0 ? half.high * factor : half.high / factor;
  let digits = 0;
  for (let unit = 1; unit <= 1e9; unit *= 10) {
    const lower = Math.floor(scaled / unit) * unit;
    const upper = lower + unit;
    if (Math.abs(lower - low) < DOUBT || Math.abs(upper - high) < DOUBT) return null;
    if (lower < low && upper > high) break;
    const nearness = scaled - lower - (upper - scaled);
    // Of two equally near ones the server takes the even; that is left to the exact way.
    if (lower > low && upper < high && Math.abs(nearness) < DOUBT) return null;
    digits = upper > high || (lower > low && nearness < 0) ? lower : upper;
  }
  const text = String(digits);
  exponent += text.length - 9;
  return written(text.replace(/0+$/, ""), exponent, 6);
}

/** Scaled values are near 1e9 and have been rounded once: their error is below 2e-7. */
const DOUBT = 1e-6;

const single = new DataView(new ArrayBuffer(4));

/** The middles between a 32-bit float and its two neighbours; both are exact doubles. */
function halfSteps4(size: number): { readonly low: number; readonly high: number } {
  single.setFloat32(0, size);
  const bits = single.getUint32(0);
  single.setUint32(0, bits - 1);
  const below = single.getFloat32(0);
  // The largest float has infinity above it; its upper middle is as far as its lower one.
  if (bits === 0x7f7fffff) return { low: (below + size) / 2, high: size + (size - below) / 2 };
  single.setUint32(0, bits + 1);
  return { low: (below + size) / 2, high: (size + single.getFloat32(0)) / 2 };
}

/** Counts digits upwards until the value lies strictly between the middles; nine digits always do. */
function exactFloat4(size: number): string {
  const { low, high } = halfSteps4(size);
  const lies = (digits: string, scale: number): boolean => Number(`${digits}e${scale}`) > low && Number(`${digits}e${scale}`) < high;
  for (let count = 1; count < 9; count++) {
    const [nearest, exponent] = nearestDigits(size, count);
    const scale = exponent - count + 1;
    // Above a power of two the room below is half as wide: the nearest may miss it where the next one up does not.
    const next = String(Number(nearest) + 1);
    const digits = lies(nearest, scale) ? nearest : lies(next, scale) ? next : null;
    if (digits !== null) return written(digits.replace(/0+$/, ""), scale + digits.length - 1, 6);
  }
  const [digits, exponent] = splitExponential(size.toExponential(8));
  return written(digits.replace(/0+$/, ""), exponent, 6);
}
