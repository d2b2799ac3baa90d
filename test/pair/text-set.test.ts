import fc from "fast-check";
import { expect, test } from "vitest";
import { textKey, TextSet } from "../../src/pair/text-set.ts";

const texts = fc.array(fc.oneof(fc.string(), fc.integer({ min: 0, max: 50 }).map(String)), { maxLength: 300 });

function setOf(all: readonly string[]): TextSet {
  const set = new TextSet();
  for (const text of all) set.add(textKey(text));
  return set;
}

test("answers as a Set does, whatever is added how often", () => {
  fc.assert(
    fc.property(texts, texts, (added, asked) => {
      const [ours, theirs] = [setOf(added), new Set(added)];
      expect(ours.size()).toBe(theirs.size);
      expect([...added, ...asked].map((text) => ours.has(textKey(text)))).toStrictEqual([...added, ...asked].map((text) => theirs.has(text)));
      expect(setOf(asked).countMissing(ours)).toBe([...new Set(asked)].filter((text) => !theirs.has(text)).length);
    }),
  );
});

test("grows over many sizes, takes values between questions, and keeps no repetitions", () => {
  const set = new TextSet();
  for (let n = 0; n < 60_000; n++) {
    set.add(textKey(String(n % 40_000)));
    if (n % 5_000 === 0) expect([set.has(textKey(String(n % 40_000))), set.has(textKey(`${n}x`))]).toStrictEqual([true, false]);
  }
  expect(set.size()).toBe(40_000);
});
