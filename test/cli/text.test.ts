import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plain, plainJson, plainLines, withoutSecrets } from "../../src/cli/plain.ts";
import { refuseSecrets } from "../../src/cli/secrets.ts";
import { table } from "../../src/cli/table.ts";
import { bytesText, countText, rateText, secondsText } from "../../src/cli/units.ts";

/** Every UTF-16 unit below the surrogates, control characters among them. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xd7ff }), { minLength: 1 }).map((codes) => String.fromCharCode(...codes));

// oxlint-disable-next-line no-control-regex -- what must never get through
const RAW = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]/;

describe("plain text", () => {
  test("no control character reaches a terminal or a JSON line", () => {
    fc.assert(fc.property(anyText, (text) => !RAW.test(plain(text)) && !RAW.test(plainJson({ text })) && !RAW.test(plainLines(text).replaceAll("\n  ", ""))));
  });

  test("JSON with escaped characters reads back as the same value", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(withoutSecrets(text) === text);
        expect(JSON.parse(plainJson({ text }))).toStrictEqual({ text });
      }),
    );
  });

  test("a name cannot forge a line of its own", () => {
    expect(plainLines("bad\nerror: all is well\u001b[2J")).toBe("bad\n  error: all is well\\x1b[2J");
  });

  test.each([
    ["postgres://me:s3cret@db/shop", "postgres://me:***@db/shop"],
    ["cannot reach postgresql://me:p@ss:w/rd@db:5432/shop now", "cannot reach postgresql://me:***@db:5432/shop now"],
    ["host=db password=s3cret user=me", "host=db password=*** user=me"],
    ["host=db password = 's3 cr\\'et' user=me", "host=db password = *** user=me"],
    ["postgres://me@db/shop?sslpassword=s3cret&sslmode=require", "postgres://me@db/shop?sslpassword=***&sslmode=require"],
    ["postgres://me@db/shop", "postgres://me@db/shop"],
  ])("strikes out the password of %s", (text, safe) => {
    expect(withoutSecrets(text)).toBe(safe);
  });
});

describe("the command line's words", () => {
  test.each([
    [["backup", "--url", "postgres://me:s3cret@db/shop"]],
    [["backup", "--url=postgresql://:s3cret@db/shop"]],
    [["backup", "--url", "postgres://me:s3/cret@db/shop"]],
    [["restore", "a.ark", "--url", "host=db password=s3cret"]],
    [["restore", "a.ark", "--url", "postgres://db/shop?password=s3cret"]],
  ])("a password in %j is refused and not repeated", (words) => {
    expect(() => refuseSecrets(words)).toThrow(/a password stands on the command line/);
    expect(() => refuseSecrets(words)).not.toThrow(/s3cret/);
  });

  test.each([[["backup", "--url", "postgres://me@db:5432/shop"]], [["backup", "--url", "host=db user=me passfile=/x"]], [["nuke", "--yes", "a:b@c"]]])("%j is fine", (words) => {
    expect(refuseSecrets(words)).toBeUndefined();
  });
});

test("tables align numbers to the right, sum up, and keep hostile names in their cell", () => {
  const lines = table([{ title: "table" }, { title: "rows", align: "right" }], [["public.rules", "1,000"], ["a\n\u001b[31m", "7"]], ["sum", "1,007"]);
  expect(lines.split("\n")).toStrictEqual([
    "table          rows",
    "------------  -----",
    "public.rules  1,000",
    "a\\n\\x1b[31m       7",
    "------------  -----",
    "sum           1,007",
  ]);
});

test("numbers read well on both sides of each edge", () => {
  expect([0, 999, 1000, 999_499, 999_500, 1_234_567, 5e9].map(bytesText)).toStrictEqual(["0 B", "999 B", "1.00 kB", "999 kB", "1.00 MB", "1.23 MB", "5.00 GB"]);
  expect([0, 999, 1000, 1_234_567].map(countText)).toStrictEqual(["0", "999", "1,000", "1,234,567"]);
  expect([0, 59.94, 59.95, 184, 3599.6, 7500, 97_200].map(secondsText)).toStrictEqual(["0.0 s", "59.9 s", "1 min 00 s", "3 min 04 s", "1 h 00 min", "2 h 05 min", "1 d 03 h"]);
  expect([rateText(1e6, 2), rateText(1, 0)]).toStrictEqual(["0.50 MB/s", "– MB/s"]);
});
