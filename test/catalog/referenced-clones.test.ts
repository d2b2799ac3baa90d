import { describe, expect, it } from "vitest";
import { cloneNameStatements, type ReferencedClone } from "../../src/catalog/referenced-clones.ts";

const clone = (name: string, bound: string): ReferencedClone => ({ name, schema: "public", table: `of_${name}`, bound, direct: true });
const key = (name: string, referencedClones: readonly ReferencedClone[]) => ({ schema: "public", table: "t", name, columns: ["a"], referencedClones });
const range = (from: string, to: string) => `FOR VALUES FROM (${from}) TO (${to})`;

describe("names of a foreign key's parts", () => {
  it.each([
    ["counted before 18", 170000, key("t_a_fkey", [clone("t_a_fkey1", range("1", "10")), clone("t_a_fkey2", range("10", "20")), clone("t_a_fkey3", "DEFAULT")])],
    ["counted before 18 under a key's own name", 150000, key("own", [clone("t_a_fkey", "FOR VALUES IN (9)"), clone("t_a_fkey1", "FOR VALUES IN (10)")])],
    ["counted from 18 on", 180000, key("own", [clone("own_1", range("'2024-01-01'", "'2024-02-01'")), clone("own_2", range("'2024-02-01'", "'2024-03-01'"))])],
    ["of no part", 180000, key("own", [])],
  ])("need no statement where the server chooses them again: %s", (_, serverVersion, chosen) => {
    expect(cloneNameStatements(chosen, serverVersion)).toStrictEqual([]);
  });

  it.each([
    ["a number is left out", 170000, key("t_a_fkey", [clone("t_a_fkey1", range("1", "10")), clone("t_a_fkey3", range("10", "20"))])],
    ["the partitions came in another order", 170000, key("t_a_fkey", [clone("t_a_fkey1", range("10", "20")), clone("t_a_fkey2", range("9", "10"))])],
    ["the order is not known", 180000, key("own", [clone("own_1", "FOR VALUES IN ('a')"), clone("own_2", "FOR VALUES IN ('b')")])],
    ["the default one came first", 180000, key("own", [clone("own_1", "DEFAULT"), clone("own_2", "FOR VALUES IN (1)")])],
    ["they are another major's", 180000, key("t_a_fkey", [clone("t_a_fkey1", "FOR VALUES IN (1)")])],
    ["one is a partition's own partition's", 180000, key("own", [{ ...clone("own_1", "FOR VALUES IN (1)"), direct: false }])],
  ])("are given again where %s", (_, serverVersion, kept) => {
    expect(cloneNameStatements(kept, serverVersion)).toHaveLength(1);
  });
});
