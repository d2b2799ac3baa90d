import { expect, test } from "vitest";
import { median, ratio, spread } from "../../bench/statistics.ts";

test("the median of an odd number is the middle one, of an even number the mean of the middle two", () => {
  const cases = [[7], [9, 1], [3, 1, 2], [4, 1, 3, 100]];
  expect(cases.map(median)).toStrictEqual([7, 5, 2, 3.5]);
});

test("no runs have no median", () => {
  expect(() => median([])).toThrow("no median");
});

test("the ratio is above 1 where ours took less time", () => {
  expect(ratio([2, 2, 90], [3, 3, 3])).toBe(1.5);
});

test("one run is shown without a range", () => {
  expect([spread([2]), spread([2, 4, 12.26])]).toStrictEqual(["2.0", "4.0 (2.0–12.3)"]);
});
