import fc from "fast-check";
import { expect, test } from "vitest";
import { BLOCK_HEADER_BYTES, BLOCK_KINDS, decodeBlock, decodeBlockFrame, encodeBlock, openBlock, sealBlock } from "../../src/archive/block.ts";
import type { BlockKind } from "../../src/archive/block.ts";
import { ChunkIndexBuilder, decodeChunkIndex } from "../../src/archive/chunk-index.ts";
import { decodeJson, encodeJson, anyJson } from "../../src/archive/json.ts";
import { decodeFooter, decodeHeader, encodeFooter, encodeHeader, MAX_PLAIN_BYTES } from "../../src/archive/layout.ts";

const archiveId = fc.uint8Array({ minLength: 16, maxLength: 16 });
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const place = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const kind = fc.constantFrom(...(Object.keys(BLOCK_KINDS) as BlockKind[])); // The registry's keys are the kinds.

test("header and footer decode to what was encoded", () => {
  fc.assert(
    fc.property(archiveId, place, place, digest, (id, manifestOffset, manifestBytes, sha256) => {
      const header = decodeHeader(encodeHeader(id), "x");
      expect({ ...header, archiveId: Uint8Array.from(header.archiveId) }).toStrictEqual({ major: 1, minor: 1, optionalFeatures: 0, tocParts: true, archiveId: id });
      const footer = decodeFooter(encodeFooter({ manifestOffset, manifestBytes, sha256, archiveId: id }), id);
      expect(footer).toEqual({ manifestOffset, manifestBytes, sha256: Buffer.from(sha256), archiveId: Buffer.from(id) });
    }),
    { seed: 20260102 },
  );
});

test("a block decodes to what was encoded, in its own archive and in no other", () => {
  const labels = fc.record({ kind, last: fc.boolean(), stream: u32, sequence: u32, codec: fc.integer({ min: 0, max: 255 }) });
  fc.assert(
    fc.property(labels, fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(MAX_PLAIN_BYTES - 200), archiveId, archiveId, (label, stored, more, id, otherId) => {
      const header = { ...label, plainBytes: stored.length + more, storedBytes: stored.length };
      const block = Buffer.concat([Buffer.alloc(BLOCK_HEADER_BYTES), stored]);
      encodeBlock(block, header, id);
      const [head, body] = [block.subarray(0, BLOCK_HEADER_BYTES), block.subarray(BLOCK_HEADER_BYTES)];
      expect(decodeBlock(head, body, id)).toStrictEqual(header);
      if (Buffer.compare(id, otherId) !== 0) expect(decodeBlock(head, body, otherId)).toBe("the block's checksum does not match");
    }),
    { seed: 20260102 },
  );
});

test("lengths out of bounds are refused before anything is allocated", () => {
  for (const [plainBytes, storedBytes] of [[0, 0], [1, 0], [1, 2], [MAX_PLAIN_BYTES + 1, 5], [0xffffffff, 0xffffffff]] as const) {
    const head = Buffer.alloc(BLOCK_HEADER_BYTES);
    encodeBlock(head, { kind: "data", codec: 0, last: false, stream: 1, sequence: 1, plainBytes, storedBytes }, Buffer.alloc(16));
    expect(decodeBlockFrame(head), `${plainBytes}, ${storedBytes}`).toBeNull();
  }
});

test("a block that does not shrink is stored as it is, in the memory it was in", async () => {
  const label = { kind: "data", last: false, stream: 1, sequence: 1 } as const;
  const id = Buffer.alloc(16);
  const codecOf = async (plain: Buffer) => {
    const room = Buffer.concat([Buffer.alloc(BLOCK_HEADER_BYTES), plain]);
    const block = await sealBlock(room, label, { name: "gzip", level: 6 }, id);
    const header = decodeBlock(block.subarray(0, BLOCK_HEADER_BYTES), block.subarray(BLOCK_HEADER_BYTES), id);
    if (typeof header === "string") throw new Error(header);
    expect(await openBlock(header, block.subarray(BLOCK_HEADER_BYTES))).toEqual(plain);
    return { codec: header.codec, copied: block !== room };
  };
  expect(await codecOf(Buffer.from("short"))).toStrictEqual({ codec: 0, copied: false });
  expect(await codecOf(Buffer.alloc(1000, "compressible "))).toStrictEqual({ codec: 1, copied: true });
});

test("an index decodes to what was encoded, and not when it contradicts itself", () => {
  const block = fc.record({ offset: place, plainBytes: fc.integer({ min: 500, max: MAX_PLAIN_BYTES }), storedBytes: fc.integer({ min: 1, max: 500 }), sha256: digest });
  fc.assert(
    fc.property(fc.array(block, { maxLength: 40 }), place, place, fc.nat(), (blocks, rows, beginOffset, flipped) => {
      const builder = new ChunkIndexBuilder(beginOffset);
      for (const one of blocks) builder.add(one);
      const bytes = Buffer.from(builder.encode(rows));
      const index = decodeChunkIndex(bytes);
      expect([index?.rows, index?.beginOffset, index?.blockCount]).toStrictEqual([rows, beginOffset, blocks.length]);
      expect(blocks.map((_, at) => index?.block(at))).toEqual(blocks.map((one) => ({ ...one, sha256: Buffer.from(one.sha256) })));
      const at = 8 + (flipped % 56); // Sums, count, reserved bytes and digest: all follow from the records.
      bytes[at]! ^= 0x40;
      expect(decodeChunkIndex(bytes)).toBeNull();
    }),
    { seed: 20260102 },
  );
});

test("JSON with a prototype key, too deep, or not UTF-8 is refused; other odd keys are data", () => {
  const nested = (depth: number) => Buffer.from("[".repeat(depth) + "]".repeat(depth));
  for (const [bytes, said] of [
    [Buffer.from('{"a":[{"__proto__":{"polluted":1}}]}'), "it has a key __proto__"],
    [Buffer.from('{"\\u005f_proto__":1}'), "it has a key __proto__"],
    [nested(65), "it is nested deeper than 64"],
    [nested(100_000), "it is nested deeper than 64"],
    [Buffer.from([0x22, 0xff, 0x22]), "The encoded data was not valid"],
  ] as const) {
    expect(() => decodeJson(bytes, anyJson)).toThrow(said);
  }
  const odd = { constructor: { prototype: 1 }, toString: [], "": null };
  expect(Object.entries(Object(decodeJson(encodeJson(odd), anyJson)))).toStrictEqual(Object.entries(odd));
  expect(decodeJson(nested(64), anyJson)).toBeInstanceOf(Array);
});
