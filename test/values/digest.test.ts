import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RowsDigest } from "../../src/values/digest.ts";

function digestOf(rows: readonly Uint8Array[]): RowsDigest {
  const digest = new RowsDigest();
  for (const row of rows) digest.add(row);
  return digest;
}

/** The definition, said with big integers. */
function defined(rows: readonly Uint8Array[]): string {
  const words = rows.map((row) => BigInt(`0x${createHash("sha256").update(row).digest().reverse().toString("hex")}`));
  const sum = words.reduce((total, word) => total + word, 0n) % 2n ** 256n;
  return `${rows.length}:${sum.toString(16).padStart(64, "0")}`;
}

const anyRows = fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 20 });

test("the digest is the sum of the rows' SHA-256 modulo 2^256, with their count", () => {
  fc.assert(
    fc.property(anyRows, (rows) => {
      expect(digestOf(rows).value()).toBe(defined(rows));
    }),
  );
});

test("order and division into chunks do not matter", () => {
  fc.assert(
    fc.property(anyRows, fc.nat(20), (rows, cut) => {
      const merged = digestOf(rows.slice(cut));
      merged.merge(digestOf(rows.slice(0, cut).toReversed()));
      expect(merged.value()).toBe(digestOf(rows).value());
      expect(merged.rows).toBe(rows.length);
    }),
  );
});

test("a row that comes twice is not a row that never came", () => {
  const [a, b] = [Buffer.from("a"), Buffer.from("b")];
  const values = [[], [a], [a, a], [a, b], [b, b], [a, a, b, b]].map((rows) => digestOf(rows).value());
  expect(new Set(values).size).toBe(values.length);
});

test("carries stay exact over more rows than a double has room for words", () => {
  const row = Buffer.from("the same row again and again");
  const digest = new RowsDigest();
  const times = 2 ** 20 + 3;
  for (let n = 0; n < times; n++) digest.add(row);
  const [, one = ""] = defined([row]).split(":");
  expect(digest.value()).toBe(`${times}:${((BigInt(`0x${one}`) * BigInt(times)) % 2n ** 256n).toString(16).padStart(64, "0")}`);
});
