import fc from "fast-check";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BLOCK_HEADER_BYTES } from "../../src/archive/block.ts";
import { decodeHeader, FOOTER_BYTES, HEADER_BYTES } from "../../src/archive/layout.ts";
import { openArchive } from "../../src/archive/reader.ts";
import { isPgarkError } from "../../src/errors.ts";
import { ARCHIVE_CODES, blocksOf, contentOf, expectedRows, makeArchive, memorySource, NONE, readWhole, verdicts } from "./helpers.ts";

test("a cut at every byte is called incomplete, and says where", async () => {
  const bytes = await makeArchive(contentOf(900, 300), { codec: NONE });
  const wrong = [];
  for (let length = 0; length < bytes.length; length++) {
    const { verify, pipe } = await verdicts(bytes.subarray(0, length));
    const expected = new RegExp(`^ARCHIVE_INCOMPLETE: .* cut at offset ${length}\\b`);
    if (!expected.test(verify ?? "") || !expected.test(pipe ?? "")) wrong.push({ length, verify, pipe });
  }
  expect(wrong).toStrictEqual([]);
});

test("a cut archive tells what could be salvaged", async () => {
  const bytes = await makeArchive(contentOf(900, 300), { codec: NONE });
  const blocks = blocksOf(bytes);
  const manifest = blocks.find(({ start }) => bytes[start + 4] === 5)!;
  const { verify, pipe } = await verdicts(bytes.subarray(0, manifest.start + 40));
  const said = `memory.ark is incomplete: it is cut at offset ${manifest.start + 40} and has no footer; before that stand 8 whole blocks, with 2 whole chunks of 1200 rows that could be salvaged`;
  expect(verify).toBe(`ARCHIVE_INCOMPLETE: ${said}`);
  expect(pipe).toBe(`ARCHIVE_INCOMPLETE: ${said.replace("memory.ark", "standard input")}`);
});

describe("blocks in the wrong place are found by verify and by a reader of a pipe", () => {
  const rearranged: Record<string, (blocks: Uint8Array[], other: Uint8Array[]) => Uint8Array[][]> = {
    "two swapped": (blocks) => pairs(blocks.length).map(([a, b]) => blocks.with(a, blocks[b]!).with(b, blocks[a]!)),
    "one twice": (blocks) => blocks.map((block, at) => blocks.toSpliced(at, 0, block)),
    "one repeated at the end": (blocks) => blocks.map((block) => [...blocks, block]),
    "one dropped": (blocks) => blocks.map((_, at) => blocks.toSpliced(at, 1)),
    "the order reversed": (blocks) => [blocks.toReversed()],
    "one of another archive with the same content": (blocks, other) => blocks.map((_, at) => blocks.with(at, other[at]!)),
  };
  for (const [name, rearrange] of Object.entries(rearranged)) {
    test(name, async () => {
      const [bytes, other] = [await makeArchive(contentOf(3_000_000, 3_000_000), { codec: { name: "gzip", level: 1 } }), await makeArchive(contentOf(3_000_000, 3_000_000), { codec: { name: "gzip", level: 1 } })];
      const cut = (whole: Uint8Array) => blocksOf(whole).map(({ start, end }) => whole.subarray(start, end));
      for (const blocks of rearrange(cut(bytes), cut(other))) {
        const damaged = Buffer.concat([bytes.subarray(0, HEADER_BYTES), ...blocks, bytes.subarray(-FOOTER_BYTES)]);
        const { verify, pipe } = await verdicts(damaged);
        expect({ verify, pipe }).toStrictEqual({ verify: expect.any(String), pipe: expect.any(String) });
      }
    });
  }
});

test("bytes behind the footer and a second archive are refused and told", async () => {
  const bytes = await makeArchive(contentOf(100), { codec: NONE });
  const end = bytes.length;
  const appended = await verdicts(Buffer.concat([bytes, Buffer.from("hello, this is garbage")]));
  expect(appended.verify).toBe(`ARCHIVE_DAMAGED: memory.ark is damaged at offset ${end}: 22 bytes follow the footer`);
  expect(appended.pipe).toBe(`ARCHIVE_DAMAGED: standard input is damaged at offset ${end}: bytes follow the footer`);
  const twice = await verdicts(Buffer.concat([bytes, bytes]));
  const concatenated = await verdicts(Buffer.concat([bytes, await makeArchive(contentOf(200))]));
  for (const said of [concatenated.verify]) expect(said).toBe(`ARCHIVE_DAMAGED: memory.ark is damaged at offset ${end}: another archive follows the footer; split the file here`);
  for (const said of [twice.verify, twice.pipe, concatenated.pipe]) expect(said).toMatch(/^ARCHIVE_DAMAGED/);
});

test("verify goes on behind damage and names each place", async () => {
  const bytes = await makeArchive(contentOf(2_500_000, 2_500_000), { codec: NONE });
  const of = (kind: number, stream: number) => blocksOf(bytes).filter(({ start }) => bytes[start + 4] === kind && bytes[start + 8] === stream);
  // Not side by side: what follows damage and is damaged too is one place with it.
  const [first] = of(3, 1);
  const [, second] = of(3, 2);
  const [index] = of(4, 2);
  if (first === undefined || second === undefined || index === undefined) throw new Error("the archive is not as the test needs it");
  bytes[first.start + 5000]! ^= 1;
  bytes.fill(0, second.start, second.start + 100);
  bytes[index.start + 60]! ^= 1;
  await using archive = await openArchive(memorySource(bytes));
  const { findings, blocks } = await archive.verify();
  expect(blocks).toBe(10);
  const expected = [
    { problem: "the block's checksum does not match", offset: first.start, chunk: 1, block: 0, entry: "TABLE DATA public.t1" },
    // Its chunk cannot be told, because that chunk's index is damaged as well.
    { problem: "there is no block header where one is expected", offset: second.start, chunk: null, block: null, entry: null },
    { problem: "the block's checksum does not match", offset: index.start, chunk: 2, block: null, entry: "TABLE DATA public.t2" },
  ];
  expect(findings).toStrictEqual(expected.toSorted((a, b) => a.offset - b.offset));
  const reading = (async () => {
    for await (const _ of archive.readChunk(archive.manifest.chunks[0]!)) continue;
  })();
  await expect(reading).rejects.toThrow(`memory.ark is damaged at offset ${first.start}: block 0 of chunk 1 (TABLE DATA public.t1): the block's checksum does not match`);
});

describe("a header", () => {
  const changed = async (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(await makeArchive(contentOf(10)));
    change(bytes);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 44)), 44);
    return bytes;
  };

  test("of another major version or with unknown critical features is newer, not damaged", async () => {
    for (const change of [(bytes: Buffer) => bytes.writeUInt16LE(2, 10), (bytes: Buffer) => bytes.writeUInt32LE(1, 16), (bytes: Buffer) => bytes.writeUInt32LE(0x80000000, 16)]) {
      const { verify, pipe } = await verdicts(await changed(change));
      expect(verify).toMatch(/^ARCHIVE_NEWER: memory\.ark needs (format 2\.1|features 0x(1|80000000)), and this version reads format 1\.1 without them$/);
      expect(pipe).toMatch(/^ARCHIVE_NEWER/);
    }
  });

  test("with unknown optional features is read, but none can be added later", async () => {
    const bytes = Buffer.from(await makeArchive(contentOf(10)));
    bytes.writeUInt32LE(0xffff, 20);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 44)), 44);
    expect(await readWhole(bytes).catch(String)).toMatch(/the manifest's SHA-256 is not the footer's/); // The footer vouches for the header too.
    expect(decodeHeader(bytes, "x").optionalFeatures).toBe(0xffff);
  });

  test("that a transfer in text mode changed is told as such", async () => {
    const text = Buffer.from(await makeArchive(contentOf(10))).toString("latin1");
    const said = async (changed: string, encoding: BufferEncoding = "latin1") => (await verdicts(Buffer.from(changed, encoding))).verify;
    expect(await said(text.replaceAll("\r\n", "\n"))).toBe("ARCHIVE_DAMAGED: memory.ark is damaged at offset 0: its line endings were converted from CR LF to LF (a transfer in text mode)");
    expect(await said(text.replaceAll(/\r?\n/g, "\r\n"))).toMatch(/converted from LF to CR LF/);
    expect(await said(text.replaceAll("\n", "\r\n"))).toMatch(/converted from LF to CR LF/);
    expect(await said(text, "utf8")).toMatch(/taken for Latin-1 text and encoded as UTF-8/);
    expect(await said(text.replaceAll(/[\x80-\xff]/g, "�"), "utf8")).toMatch(/decoded as text and encoded again as UTF-8/);
    expect(await said(`\ufeff${text}`, "utf16le")).toMatch(/UTF-16/);
  });

  test("of something else is not an archive", async () => {
    for (const something of ["PGDMP\x01\x0e\x00\x04\x08", "-- PostgreSQL database dump\n", "\x1f\x8b\x08", "\0".repeat(200)]) {
      const { verify, pipe } = await verdicts(Buffer.from(something, "latin1"));
      expect(verify).toMatch(/^NOT_AN_ARCHIVE: memory\.ark is not a pgark archive: it begins with /);
      expect(pipe).toMatch(/^NOT_AN_ARCHIVE/);
    }
  });
});

test("4,000 random mutations are found, with nothing but typed errors", { timeout: 120_000 }, async () => {
  const bytes = await makeArchive(contentOf(400, 300, 0), { codec: { name: "brotli", level: 1 } });
  const position = fc.integer({ min: 0, max: bytes.length - 1 });
  const edit = fc.oneof(
    fc.record({ at: position, remove: fc.constant(1), insert: fc.uint8Array({ minLength: 1, maxLength: 1 }) }),
    fc.record({ at: position, remove: fc.constant(0), insert: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
    fc.record({ at: position, remove: fc.integer({ min: 1, max: 10 }), insert: fc.constant(new Uint8Array(0)) }),
    fc.record({ at: position, remove: fc.constantFrom(512, 4096), insert: fc.constantFrom(new Uint8Array(512), new Uint8Array(4096)) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      let mutated: Uint8Array = bytes;
      for (const { at, remove, insert } of edits) mutated = Buffer.concat([mutated.subarray(0, at), insert, mutated.subarray(at + remove)]);
      fc.pre(Buffer.compare(mutated, bytes) !== 0);
      const { verify, pipe } = await verdicts(mutated);
      expect({ verify, pipe }).toStrictEqual({ verify: expect.any(String), pipe: expect.any(String) });
    }),
    { numRuns: 4000, seed: 20260102 },
  );
});

test("mutations whose checksums were made to fit give typed errors or the rows that were written", { timeout: 120_000 }, async () => {
  const content = contentOf(400, 300);
  const bytes = await makeArchive(content, { codec: { name: "gzip", level: 1 } });
  const blocks = blocksOf(bytes);
  const id = bytes.subarray(24, 40);
  await fc.assert(
    fc.asyncProperty(fc.nat(blocks.length - 1), fc.nat(2000), fc.integer({ min: 1, max: 255 }), async (number, at, mask) => {
      const mutated = Buffer.from(bytes);
      const { start, end } = blocks[number]!;
      mutated[start + (at % (end - start))]! ^= mask;
      mutated.writeUInt32LE(crc32(mutated.subarray(start + BLOCK_HEADER_BYTES, end), crc32(mutated.subarray(start, start + 24), crc32(id))), start + 24);
      const rows = await readWhole(mutated).catch((error: unknown) => error);
      if (!isPgarkError(rows, ...ARCHIVE_CODES)) expect(rows).toStrictEqual(expectedRows(content));
      await verdicts(mutated);
    }),
    { numRuns: 1000, seed: 20260102 },
  );
});

function pairs(count: number): [number, number][] {
  return Array.from({ length: count }, (_, a) => Array.from({ length: count - a - 1 }, (_, b): [number, number] => [a, a + b + 1])).flat();
}
