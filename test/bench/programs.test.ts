import { expect, test } from "vitest";
import { bestTrial } from "../../bench/dump.ts";
import { compareVersions } from "../../bench/programs.ts";

test("versions compare by their numbers", () => {
  expect(["17.10", "9.6", "18", "17.2"].toSorted(compareVersions)).toStrictEqual(["9.6", "17.2", "17.10", "18"]);
});

test("the rival's best codec is its fastest, and of equals the smallest", () => {
  const lz4 = { codec: "lz4", seconds: 10.4, archiveBytes: 80 };
  const none = { codec: "none", seconds: 10, archiveBytes: 155 };
  const zstd = { codec: "zstd:1", seconds: 11, archiveBytes: 50 };
  expect(bestTrial([lz4, zstd, none])).toBe(lz4);
  expect(bestTrial([none, { ...lz4, seconds: 11 }])).toBe(none);
  expect(() => bestTrial([])).toThrow("any codec");
});
