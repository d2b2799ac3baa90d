/** Every type that may be dumped in binary, by its name in pg_type. What is not here is dumped as text. */
import { arrayOf } from "./array.ts";
import { DATETIME_TYPES } from "./datetime.ts";
import { FLOAT_TYPES } from "./float.ts";
import { GEOMETRY_TYPES } from "./geometry.ts";
import { NETWORK_TYPES } from "./network.ts";
import { NUMBER_TYPES } from "./number.ts";
import { multirangeOf, rangeOf } from "./range.ts";
import { ENUM_TYPE, STRING_TYPES } from "./string.ts";
import { VECTOR_TYPES } from "./vector.ts";
import type { WireType } from "./wire-type.ts";

const PLAIN: ReadonlyMap<string, WireType> = new Map(
  [NUMBER_TYPES, FLOAT_TYPES, STRING_TYPES, DATETIME_TYPES, NETWORK_TYPES, GEOMETRY_TYPES].flatMap((group) => Object.entries(group)),
);

const RANGES: ReadonlyMap<string, WireType> = new Map(
  [
    ["int4", "int4"],
    ["int8", "int8"],
    ["num", "numeric"],
    ["date", "date"],
    ["ts", "timestamp"],
    ["tstz", "timestamptz"],
  ].flatMap(([name, bound]): readonly [string, WireType][] => {
    const type = PLAIN.get(bound ?? "");
    if (type === undefined) throw new Error(`no bound type ${bound}`);
    return [[`${name}range`, rangeOf(type)], [`${name}multirange`, multirangeOf(type)]];
  }),
);

/** The types of pg_catalog. */
export const BUILT_IN: ReadonlyMap<string, WireType> = new Map([...PLAIN, ...RANGES]);

/** Types of extensions, by extension and name: the wire they use. */
export const OF_EXTENSIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  vector: { vector: "vector", halfvec: "halfvec", sparsevec: "sparsevec" },
  citext: { citext: "text" },
};

const WIRES: ReadonlyMap<string, WireType> = new Map([
  ...BUILT_IN,
  ...Object.entries(VECTOR_TYPES),
  ["enum", ENUM_TYPE] as const,
  ...[...BUILT_IN].map(([name, type]) => [`${name}[]`, arrayOf(type)] as const),
]);

/** The names of all wires, in no order that means anything. */
export function wireNames(): readonly string[] {
  return [...WIRES.keys()];
}

/** What a wire's fields are, or null when an archive names a wire that this version does not know. */
export function wireTypeOf(wire: string): WireType | null {
  return WIRES.get(wire) ?? null;
}
