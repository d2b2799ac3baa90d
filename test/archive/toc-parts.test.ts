import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DifferenceReader, DifferenceWriter } from "../../src/archive/differences.ts";
import { MAX_PART_VALUES } from "../../src/archive/layout.ts";
import { encodeToc, TocReader } from "../../src/archive/toc-json.ts";
import type { Json, Toc } from "../../src/archive/toc.ts";
import { dataEntry, FACTS } from "./helpers.ts";

const written = (values: readonly Json[]): Json[] => {
  const writer = new DifferenceWriter();
  return values.map((value) => writer.write(value, 1));
};
const read = (values: Json): Json => new DifferenceReader().read(values, 0);

describe("objects written short", () => {
  test("are read as they were, key by key in their order", () => {
    // Few keys and few values, so that objects of one sort are many; some within others of their own sort.
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof({ maxDepth: 5 }, fc.constantFrom<Json[]>(null, true, 0, 1.5, "", "a", "ü 🐘"), fc.array(tie("json"), { maxLength: 3 }), tie("object")),
      object: fc.dictionary(fc.constantFrom("kind", "a", "b", "constructor", "10"), tie("json")),
    }));
    fc.assert(
      fc.property(fc.array(json, { maxLength: 8 }), (values) => {
        const text = JSON.stringify(values);
        expect(JSON.stringify(read(JSON.parse(JSON.stringify(written(JSON.parse(text) as Json[]))) as Json))).toBe(text);
      }),
      { numRuns: 2000, seed: 20260102 },
    );
  });

  test("are as the format's page shows them", () => {
    const full = [{ kind: "a", x: { p: 1 }, y: [] }, { kind: "a", x: { p: 2 }, y: [] }, { kind: "b", x: { p: 2 }, y: [] }];
    expect(read([{ kind: "a", x: { p: 1 }, y: [] }, { "": 0, x: { "": 0, p: 2 } }, { "": 0, kind: "b" }])).toStrictEqual(full);
    // This writer differs from the last one of the same kind only.
    expect(written(full)).toStrictEqual([full[0], { "": 0, x: { "": 0, p: 2 } }, { kind: "b", x: { "": 0 }, y: [] }]);
  });

  test("leave out fields that JSON leaves out", () => {
    const column = { name: "a", owner: undefined } as unknown as Json; // As an optional field of a catalog record is.
    expect(written([column, { name: "a" }])).toStrictEqual([{ name: "a" }, { "": 0 }]);
  });

  test.each<[string, Json, string]>([
    ["of a number that nothing has", [{ "": 0 }], "is like number 0"],
    ["of a number of another depth", [{ a: 1 }, [{ "": 0 }]], "is like number 0"],
    ["of one that has not ended", [{ a: { "": 0 } }], "is like number 0"],
    ["of no number", [{ a: 1 }, { "": "length" }], "is like number length"],
  ])("%s are refused", (_, values, said) => expect(() => read(values)).toThrow(said));

  test("that would be endless in full are refused", () => {
    const wide = { list: Array.from({ length: 1000 }, () => null) };
    expect(() => read([wide, ...Array.from({ length: MAX_PART_VALUES / 1000 }, () => ({ "": 0 }))])).toThrow("fields and list elements");
    // A tree with 2^50 leaves in fifty objects: each has its child twice.
    let tree: Json = { x: null };
    for (let at = 0; at < 50; at++) tree = { a: tree, b: { "": 0 } };
    expect(() => read([tree])).toThrow("fields and list elements");
  });

  test("of a key that stands for something else are not written", () => {
    expect(() => written([{ "": 1 }])).toThrow("a key of no characters");
    expect(() => written([JSON.parse('{"__proto__": 1}') as Json])).toThrow("a key __proto__");
  });
});

describe("a TOC in parts", () => {
  const toc: Toc = { entries: Array.from({ length: 12_000 }, (_, at) => dataEntry(at + 1, `t${at}`)), interleave: 2, source: FACTS };
  const values = () => [...encodeToc(toc)].map((bytes) => Buffer.from(bytes));
  const add = (all: readonly Buffer[]) => {
    const reader = new TocReader({ tocParts: true });
    return all.map((bytes) => reader.add(bytes));
  };

  test("is whole with its last part", () => {
    const read = add(values());
    expect(read.at(-1)).toStrictEqual(toc);
    expect(read.slice(0, -1).every((one) => one === null)).toBe(true);
    expect(read.length).toBeGreaterThan(2);
    expect(add([...encodeToc({ ...toc, entries: [] })].map((bytes) => Buffer.from(bytes)))).toStrictEqual([{ ...toc, entries: [] }]);
  });

  test("keeps what is asked for of each entry, in an archive of before too", () => {
    const keep = ({ name, ...entry }: Toc["entries"][number]) => ({ ...entry, name: name.toUpperCase() });
    const kept = { ...toc, entries: toc.entries.map(keep) };
    const reader = new TocReader({ tocParts: true }, keep);
    expect(values().map((bytes) => reader.add(bytes)).at(-1)).toStrictEqual(kept);
    expect(new TocReader({ tocParts: false }, keep).add(Buffer.from(JSON.stringify(toc)))).toStrictEqual(kept);
  });

  test("is several times shorter than the same as one value", () => {
    const bytes = values().reduce((sum, { length }) => sum + length, 0);
    expect(bytes * 3).toBeLessThan(JSON.stringify(toc).length);
  });

  test("that has another number of entries than its head says, no entry in a part, or one twice is refused", () => {
    const [head, first, ...rest] = values();
    if (head === undefined || first === undefined) throw new Error("there are a head and parts");
    const few = Buffer.from(head.toString().replace('"entries":12000', '"entries":10'));
    expect(() => add([few, first])).toThrow("promises 10 entries");
    expect(() => add([head, Buffer.from("[]")])).toThrow("Invalid length");
    expect(() => add([head, first, first, ...rest])).toThrow();
    expect(() => add([Buffer.from(head.toString().replace('"entries":12000', '"entries":2')), Buffer.from(JSON.stringify([toc.entries[0], toc.entries[0]]))])).toThrow("the same id");
  });
});
