import { expect, it } from "vitest";
import { choosePrimaryWay } from "../../src/restore/merge-key.ts";
import type { TargetTable, UniqueKey } from "../../src/restore/target-table.ts";

function key(name: string, columns: readonly string[], some: Partial<UniqueKey> = {}): UniqueKey {
  return { name, primary: false, constraint: false, deferrable: false, nullsNotDistinct: false, parts: columns, operators: columns.map(() => "pg_catalog.="), columns, reads: columns, nullable: true, predicate: null, withoutOverlaps: false, ...some };
}

const table = (...keys: readonly UniqueKey[]): TargetTable => ({ oid: 1, name: "public.t", exactly: "ONLY public.t", partitioned: false, columns: [], keys, checks: [], exclusions: [], foreignKeys: [] });
const ALL = new Set(["a", "b", "c"]);

const primary = key("t_pkey", ["a"], { primary: true, constraint: true, nullable: false });
const expressions = key("aa", [], { columns: null, parts: ["lower(b)"], reads: ["b"] });
const partial = key("ab", ["b"], { predicate: "c > 0", reads: ["b", "c"] });
const overlapping = key("ac", ["b", "c"], { withoutOverlaps: true });
const loose = key("b_loose", ["b"]);
const strict = key("c_strict", ["c"], { nullable: false, deferrable: true });
const later = key("d_strict", ["b"], { nullable: false });

it.each<[string, readonly UniqueKey[], string | undefined, readonly string[], UniqueKey | null]>([
  ["the primary key", [primary, later, strict], undefined, ["a", "b", "c"], primary],
  ["a primary key of ranges too", [{ ...primary, withoutOverlaps: true }, strict], undefined, ["a", "c"], { ...primary, withoutOverlaps: true }],
  ["the key that was named before the primary key", [primary, loose], "b_loose", ["a", "b"], loose],
  ["the first that cannot be NULL, deferrable or not", [loose, later, strict], undefined, ["b", "c"], strict],
  ["the first that can, when there is no other", [expressions, partial, overlapping, key("z", ["a"]), loose], undefined, ["a", "b", "c"], loose],
  ["none that reads a column without values", [primary, strict, loose], undefined, ["b"], loose],
  ["none of expressions, of some rows, of ranges, unless it is named", [expressions, partial, overlapping], undefined, ["a", "b", "c"], null],
  ["one of expressions when it is named", [primary, expressions], "aa", ["a", "b"], expressions],
  ["one of some rows when it is named", [primary, partial], "ab", ["a", "b", "c"], partial],
  ["nothing where nothing is", [], undefined, ["a"], null],
])("what finds rows is %s", (_, keys, named, mapped, expected) => {
  expect(choosePrimaryWay(table(...keys), named, new Set(mapped))).toStrictEqual({ key: expected });
});

it.each([
  ["nothing", [primary, loose], ALL, "USAGE", "public.t has no unique constraint or index named nothing", "These keys can: t_pkey, b_loose."],
  ["ab", [primary, partial], new Set(["a", "b"]), "DRIFT", "ab of public.t cannot find the archive's rows, which have no values for c", "These keys can: t_pkey."],
  ["aa", [expressions], new Set(["a"]), "DRIFT", "aa of public.t cannot find the archive's rows, which have no values for b", "No key of the table can find them."],
] as const)("a key %s that cannot serve is refused, and those that can are named", (named, keys, mapped, code, message, hint) => {
  expect(choosePrimaryWay(table(...keys), named, mapped)).toMatchObject({ code, message, hint, object: "table public.t" });
});
