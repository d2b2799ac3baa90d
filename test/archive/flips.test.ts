import { describe, expect, test } from "vitest";
import { streamSource } from "../../src/archive/store/source.ts";
import { readArchiveStream } from "../../src/archive/stream-reader.ts";
import { isPgarkError } from "../../src/errors.ts";
import { ARCHIVE_CODES, blocksOf, contentOf, inPieces, makeArchive, NONE, readWhole, verifyVerdict } from "./helpers.ts";

/** Some 100,000 archives are verified. */
const MANY_BITS_MS = 300_000;

describe("every flipped bit is found", () => {
  for (const [codec, sizes] of [
    [NONE, [2500, 2500]],
    [{ name: "gzip", level: 6 }, [300]],
    [{ name: "brotli", level: 1 }, [300]],
  ] as const) {
    test(`by verify, codec ${codec.name}`, async () => {
      const bytes = await makeArchive(contentOf(...sizes), { codec });
      const missed: unknown[] = [];
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const mask = 1 << (bit & 7);
        bytes[bit >> 3]! ^= mask;
        if ((await verifyVerdict(bytes)) === null) missed.push(bit);
        bytes[bit >> 3]! ^= mask;
      }
      expect(missed).toStrictEqual([]);
      expect(await verifyVerdict(bytes)).toBeNull();
    }, MANY_BITS_MS);
  }

  test("by a reader of a pipe, and no changed byte is handed out before", async () => {
    const content = contentOf(600, 0);
    const bytes = await makeArchive(content, { codec: NONE });
    const missed: unknown[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        for await (const event of readArchiveStream(streamSource(inPieces(flipped, 4096)))) {
          if (event.type === "data" && Buffer.compare(event.bytes, content.chunks[0]!.bytes) !== 0) missed.push(`${bit}: a changed byte`);
        }
        missed.push(`${bit}: the end`);
      } catch (error) {
        if (!isPgarkError(error, ...ARCHIVE_CODES)) throw error;
      }
    }
    expect(missed).toStrictEqual([]);
  });

  test("by the reader of the chunk it is in", async () => {
    const bytes = await makeArchive(contentOf(900, 10), { codec: NONE });
    const missed: unknown[] = [];
    for (const { start, end } of blocksOf(bytes).filter(({ start }) => bytes[start + 4] === 3 || bytes[start + 4] === 4)) {
      for (let bit = start * 8; bit < end * 8; bit++) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const said = await readWhole(flipped).catch((error: unknown) => error);
        if (!isPgarkError(said, "ARCHIVE_DAMAGED")) missed.push(bit);
      }
    }
    expect(missed).toStrictEqual([]);
  });
});
