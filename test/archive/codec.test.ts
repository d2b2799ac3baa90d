import fc from "fast-check";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { CODECS, codecText, defaultCodec, parseCodec } from "../../src/archive/codec.ts";
import type { CodecName } from "../../src/archive/codec.ts";
import { openBlock } from "../../src/archive/block.ts";

const canZstd = CODECS.zstd.canCompress();

describe("parseCodec", () => {
  test("takes a name with or without a level, and codecText gives it back", () => {
    const texts = ["none", "gzip", "gzip:9", "brotli", "brotli:0", ...(canZstd ? ["zstd", "zstd:19"] : [])];
    const expected = ["none", "gzip:6", "gzip:9", "brotli:1", "brotli:0", ...(canZstd ? ["zstd:1", "zstd:19"] : [])];
    expect(texts.map((text) => codecText(parseCodec(text)))).toStrictEqual(expected);
  });

  test("refuses what is not a codec or not one of its levels", () => {
    for (const text of ["", "lz4", "gzip:", "gzip:0", "gzip:10", "brotli:12", "zstd:20", "zstd:0", "none:1", "gzip:-1", "gzip:1.5", "GZIP", "constructor", "__proto__", "toString:1"]) {
      expect(() => parseCodec(text), text).toThrow(expect.objectContaining({ code: "USAGE" }));
    }
  });

  test.skipIf(canZstd)("says what to do where zstd can only be read", () => {
    expect(() => parseCodec("zstd:3")).toThrow(expect.objectContaining({ code: "CODEC_UNAVAILABLE", hint: "Use Node 22.15 or newer, or another codec: brotli:1 is the next best." }));
    expect(defaultCodec()).toStrictEqual({ name: "brotli", level: 1 });
  });
});

const writable = (Object.keys(CODECS) as CodecName[]).filter((name) => CODECS[name].canCompress()); // The registry's keys are the names.

test.each(writable)("%s gives back every byte at every level", async (name) => {
  const { levels, compress, decompress } = CODECS[name];
  const cases = fc.record({ plain: fc.uint8Array({ minLength: 1, maxLength: 5000 }), level: fc.integer({ min: levels.min, max: levels.max }) });
  const inverse = fc.asyncProperty(cases, async ({ plain, level }) => {
    const back = await decompress(await compress(plain, level), plain.length);
    expect(Buffer.compare(back, plain)).toBe(0);
  });
  await fc.assert(inverse, { numRuns: 100, seed: 20260102 });
});

describe("a bomb is stopped at the length that its block states", () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  const frame = (body: number[]) => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...body]);
  /** An RLE block of 128 KiB of zeros in 4 bytes. */
  const run = (last: boolean) => [(2 + (last ? 1 : 0)) & 255, 0, 0x10, 0];
  const bombs: Record<string, readonly [codec: number, stored: Buffer]> = {
    gzip: [1, gzipSync(zeros)],
    brotli: [2, brotliCompressSync(zeros)],
    "zstd of many runs": [3, frame([0, 0x50, ...Array.from({ length: 999 }, () => run(false)).flat(), ...run(true)])],
    "zstd of many frames": [3, Buffer.concat(Array.from({ length: 5000 }, () => frame([0, 0x50, ...run(true)])))],
    "zstd with a window of 2 TiB": [3, frame([0, 0xff, ...run(true)])],
    "zstd with a stated size of 2^63": [3, frame([0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80, ...run(true)])],
    "zstd with a dictionary": [3, frame([0x03, 0x50, 1, 2, 3, 4, ...run(true)])],
    "zstd without an end": [3, frame([0, 0x50, ...run(false)])],
  };
  test.each(Object.entries(bombs))("%s", async (name, [codec, stored]) => {
    const plainBytes = Math.max(stored.length, 100_000);
    const before = process.memoryUsage().rss;
    const opened = await openBlock({ kind: "data", codec, last: false, stream: 1, sequence: 1, plainBytes, storedBytes: stored.length }, stored);
    // In JavaScript zstd fills the room there is and no more; the SHA-256 then tells that these are not the rows.
    if (name === "zstd of many runs" && typeof opened !== "string") expect(opened.length).toBe(plainBytes);
    else expect(opened).toMatch(/^the block cannot be decompressed \(/);
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });
});

test("an unknown codec is told as such", async () => {
  const header = { kind: "data", codec: 9, last: false, stream: 1, sequence: 1, plainBytes: 5, storedBytes: 5 } as const;
  expect(await openBlock(header, Buffer.from("hello"))).toBe("the block is in codec 9, which this version does not know");
});

test("zstd is read on every Node: its golden archive holds a block in codec 3", async () => {
  const bytes = await readFile(join(import.meta.dirname, "../archives/v1/zstd.ark"));
  expect(bytes.subarray(48, 52).toString("latin1")).toBe("\xa7BLK");
  expect(bytes[48 + 5]).toBe(CODECS.zstd.id);
});
