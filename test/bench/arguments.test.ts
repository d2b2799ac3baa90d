import { expect, test } from "vitest";
import { type BenchArguments, parseArguments } from "../../bench/arguments.ts";

const DEFAULTS: BenchArguments = { questions: ["dump", "restore"], runs: 5, quick: false, hnsw: false, jobs: 2, home: null, json: null, readme: false, note: null };

test("without words both directions are timed, five times", () => {
  expect(parseArguments([])).toStrictEqual(DEFAULTS);
});

test("quick runs once, unless told otherwise", () => {
  expect(parseArguments(["--quick"])).toStrictEqual({ ...DEFAULTS, quick: true, runs: 1 });
  expect(parseArguments(["--quick", "--runs", "3"])).toStrictEqual({ ...DEFAULTS, quick: true, runs: 3 });
});

test("questions are asked once and in their own order", () => {
  expect(parseArguments(["memory", "dump", "memory", "--json", "/tmp/result.json"])).toStrictEqual({ ...DEFAULTS, questions: ["dump", "memory"], json: "/tmp/result.json" });
});

test("words that mean nothing are refused", () => {
  for (const words of [["speed"], ["--runs", "0"], ["--runs", "many"], ["--jobs", "1.5"], ["--fast"]]) expect(() => parseArguments(words)).toThrow();
});
