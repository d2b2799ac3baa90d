import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_PLAIN_BYTES } from "../../src/archive/layout.ts";
import { openArchive } from "../../src/archive/reader.ts";
import { streamSource } from "../../src/archive/store/source.ts";
import { readArchiveStream } from "../../src/archive/stream-reader.ts";
import { createArchive } from "../../src/archive/writer.ts";
import { nodeIo } from "../../src/io/io.ts";
import { contentOf, dataEntry, expectedRows, FACTS, inPieces, makeArchive, memorySink, memorySource, readPiped, readWhole, verifyVerdict } from "./helpers.ts";

const MIB = MAX_PLAIN_BYTES;

describe("an archive gives back what was written", () => {
  for (const size of [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1]) {
    for (const codec of [{ name: "none", level: 0 }, { name: "brotli", level: 1 }] as const) {
      test(`${size} bytes in a chunk, codec ${codec.name}`, async () => {
        const content = contentOf(size, 10);
        const bytes = await makeArchive(content, { codec });
        expect(await readWhole(bytes)).toStrictEqual(expectedRows(content));
        expect(await readPiped(bytes)).toStrictEqual(expectedRows(content));
      });
    }
  }

  test("with any sizes, pieces, codecs and blocks in flight", async () => {
    const codecs = [{ name: "none", level: 0 }, { name: "gzip", level: 1 }, { name: "brotli", level: 0 }] as const;
    const cases = fc.record({
      sizes: fc.array(fc.integer({ min: 0, max: 3 * MIB }), { minLength: 1, maxLength: 4 }),
      pieceBytes: fc.integer({ min: 30_000, max: 2 * MIB }),
      pipeBytes: fc.integer({ min: 997, max: 2 * MIB }),
      codec: fc.constantFrom(...codecs),
      blocksInFlight: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ sizes, pipeBytes, ...options }) => {
        const content = contentOf(...sizes);
        const bytes = await makeArchive(content, options);
        expect(await readWhole(bytes)).toStrictEqual(expectedRows(content));
        expect(await readPiped(bytes, pipeBytes)).toStrictEqual(expectedRows(content));
      }),
      { numRuns: 15, seed: 20260102 },
    );
  });

  test("and a TOC of several parts, one of which fills several blocks", async () => {
    const long = { ...dataEntry(6001, "long"), create: ["x".repeat(2 * MIB)] };
    const entries = [...Array.from({ length: 6000 }, (_, at) => dataEntry(at + 1, `table ${at} „äöü“ 🐘`)), long];
    const content = { toc: { entries, interleave: 1, source: FACTS }, chunks: [{ entry: 6000, bytes: Buffer.from("1\n"), rows: 1 }] };
    const bytes = await makeArchive(content, { codec: { name: "gzip", level: 1 } });
    await using archive = await openArchive(memorySource(bytes));
    expect(archive.toc).toStrictEqual(content.toc);
    expect(archive.manifest.toc.length).toBeGreaterThan(4);
    expect(await verifyVerdict(bytes)).toBeNull();
    expect(await readPiped(bytes, 1000)).toStrictEqual(expectedRows(content));
  });
});

test("a pipe byte by byte gives the same events as one piece", async () => {
  const bytes = await makeArchive(contentOf(300, 0, 200));
  const events = async (pieceBytes: number) => {
    const seen = [];
    for await (const event of readArchiveStream(streamSource(inPieces(bytes, pieceBytes)))) seen.push(event);
    return seen;
  };
  const whole = await events(bytes.length);
  expect(whole.map(({ type }) => type)).toStrictEqual(["toc", "chunk-begin", "chunk-begin", "chunk-begin", "data", "data", "chunk-end", "chunk-end", "chunk-end", "manifest"]);
  expect(await events(1)).toStrictEqual(whole);
});

test("verify counts what is there, and the blocks of chunks written together interleave", async () => {
  const content = contentOf(3 * MIB, 3 * MIB);
  const sink = memorySink();
  await using writer = await createArchive(sink, { io: nodeIo, toolVersion: "test", codec: { name: "none", level: 0 } });
  await writer.writeToc(content.toc);
  const chunks = [];
  for (const { entry } of content.chunks) chunks.push(await writer.beginChunk({ entry, format: "copy-text", pages: null }));
  for (let at = 0; at < 3 * MIB; at += MIB) for (const [number, chunk] of chunks.entries()) await chunk.write(content.chunks[number]!.bytes.subarray(at, at + MIB));
  for (const chunk of chunks) await chunk.finish(3);
  await writer.commit({ source: FACTS, options: {}, warnings: [] });
  const bytes = sink.bytes();
  await using archive = await openArchive(memorySource(bytes));
  const seen: number[] = [];
  const report = await archive.verify({ onBlock: (read, total) => void seen.push(read / total) });
  expect(report).toStrictEqual({ archiveId: archive.manifest.archiveId, sizeBytes: bytes.length, blocks: 13, chunks: 2, rows: 6, plainBytes: 6 * MIB, findings: [] });
  expect(seen).toStrictEqual(seen.toSorted((a, b) => a - b));
  const streams = [];
  for await (const event of readArchiveStream(streamSource(inPieces(bytes, MIB)))) if (event.type === "data") streams.push(event.chunk);
  expect(streams).toStrictEqual([1, 2, 1, 2, 1, 2]);
});

test("bytes that hardly shrink are stored plain, and what shrinks behind them is compressed again", async () => {
  const noise = nodeIo.random(20 * MIB);
  const text = new Uint8Array(20 * MIB).fill(65);
  const content = { ...contentOf(0), chunks: [{ ...contentOf(0).chunks[0]!, bytes: Buffer.concat([noise, text]) }] };
  const bytes = await makeArchive(content, { codec: { name: "brotli", level: 1 } });
  expect(await readWhole(bytes)).toStrictEqual(expectedRows(content));
  // All of the noise; of the text at most the blocks that were not tried because of it, and a little for the rest.
  expect(bytes.length).toBeGreaterThan(20 * MIB);
  expect(bytes.length).toBeLessThan((20 + 16) * MIB + 100_000);
});

test("an aborted reading throws the signal's reason", async () => {
  await using archive = await openArchive(memorySource(await makeArchive(contentOf(4 * MIB))));
  const stop = new AbortController();
  const reason = new Error("enough");
  const reading = (async () => {
    for await (const _ of archive.readChunk(archive.manifest.chunks[0]!, { signal: stop.signal })) stop.abort(reason);
  })();
  await expect(reading).rejects.toBe(reason);
  await expect(archive.verify({ signal: stop.signal })).rejects.toBe(reason);
});

test("the bytes handed to a chunk may be changed as soon as write resolves", async () => {
  const sink = memorySink();
  await using writer = await createArchive(sink, { io: nodeIo, toolVersion: "test", codec: { name: "brotli", level: 1 } });
  const content = contentOf(2_500_000);
  await writer.writeToc(content.toc);
  const chunk = await writer.beginChunk({ entry: 1, format: "copy-text", pages: null });
  const reused = Buffer.alloc(100_000);
  for (let at = 0; at < 2_500_000; at += reused.length) {
    reused.set(content.chunks[0]!.bytes.subarray(at, at + reused.length));
    await chunk.write(reused);
    reused.fill(0);
  }
  await chunk.finish(1);
  await writer.commit({ source: FACTS, options: {}, warnings: [] });
  expect(await readWhole(sink.bytes())).toStrictEqual(expectedRows(content));
});

test("the writer refuses what a reader would refuse", async () => {
  await using writer = await createArchive(memorySink(), { io: nodeIo, toolVersion: "test" });
  const chunk = { entry: 1, format: "copy-text", pages: null } as const;
  await expect(writer.beginChunk(chunk)).rejects.toThrow("the TOC comes before the first chunk");
  await writer.writeToc({ ...contentOf(1, 1).toc, interleave: 1 });
  await expect(writer.beginChunk({ ...chunk, entry: 3 })).rejects.toThrow("the TOC has no data entry 3");
  await writer.beginChunk(chunk);
  await expect(writer.beginChunk({ ...chunk, entry: 2 })).rejects.toThrow("the TOC promises at most 1 chunks at a time");
  await expect(writer.commit({ source: FACTS, options: {}, warnings: [] })).rejects.toThrow("after its last chunk");
});
