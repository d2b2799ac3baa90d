import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../src/archive/reader.ts";
import { fileSource, streamSource } from "../../src/archive/store/source.ts";
import { readArchiveStream } from "../../src/archive/stream-reader.ts";
import { nodeIo } from "../../src/io/io.ts";
import { GOLDEN_OPTIONS, GOLDEN_SOURCE, GOLDEN_TOC, GOLDEN_WARNINGS, goldenChunks } from "../archives/content.ts";
import { inPieces } from "./helpers.ts";
import { secondReading } from "./second-reader.ts";

const FOLDER = join(import.meta.dirname, "../archives");
const ARCHIVES = { "v1/none": "none", "v1/gzip": "gzip:6", "v1/brotli": "brotli:1", "v1/zstd": "zstd:3", "v1.1/none": "none", "v1.1/brotli": "brotli:1" };

test("there is a golden archive for every codec and every version, and none without a test", async () => {
  const found = await readdir(FOLDER, { recursive: true });
  expect(found.filter((name) => name.endsWith(".ark")).toSorted()).toStrictEqual(Object.keys(ARCHIVES).map((name) => `${name}.ark`).toSorted());
});

describe.each(Object.entries(ARCHIVES))("the golden archive %s.ark", (name, codec) => {
  const path = join(FOLDER, `${name}.ark`);
  const chunks = goldenChunks(!name.endsWith("none"));

  test("opens, verifies and gives every byte", async () => {
    await using archive = await openArchive(await fileSource(path, nodeIo));
    expect(archive.toc).toStrictEqual(GOLDEN_TOC);
    const { source, options, warnings, codec: used, toolVersion, formatVersion } = archive.manifest;
    const endedAt = "2026-01-02T03:04:06.000Z";
    expect({ source, options, warnings, used, toolVersion, formatVersion }).toStrictEqual({
      source: { ...GOLDEN_SOURCE, endedAt },
      options: GOLDEN_OPTIONS,
      warnings: GOLDEN_WARNINGS,
      used: codec,
      toolVersion: "0.1.0",
      formatVersion: name.startsWith("v1.1/") ? "1.1" : "1.0",
    });
    expect((await archive.verify()).findings).toStrictEqual([]);
    for (const record of archive.manifest.chunks) {
      const expected = chunks[record.chunk - 1];
      const pieces: Uint8Array[] = [];
      for await (const piece of archive.readChunk(record)) pieces.push(piece);
      expect({ ...expected, bytes: Buffer.concat(pieces).equals(expected?.bytes ?? Buffer.of()) }).toStrictEqual({ ...beginningOf(record), rows: record.rows, bytes: true });
    }
    expect(archive.manifest.chunks.length).toBe(chunks.length);
  });

  test("gives the same through a pipe", async () => {
    const bytes: Uint8Array[][] = chunks.map(() => []);
    const ends = [];
    for await (const event of readArchiveStream(streamSource(inPieces(await readFile(path), 777)))) {
      if (event.type === "toc") expect(event.toc).toStrictEqual(GOLDEN_TOC);
      if (event.type === "data") bytes[event.chunk - 1]?.push(event.bytes);
      if (event.type === "chunk-end" || event.type === "manifest") ends.push(event.type);
    }
    expect(ends).toStrictEqual([...chunks.map(() => "chunk-end"), "manifest"]);
    expect(bytes.map((pieces, at) => Buffer.concat(pieces).equals(chunks[at]?.bytes ?? Buffer.of()))).toStrictEqual(chunks.map(() => true));
  });

  test("is read by a reader that was written from the documentation alone", async () => {
    const reading = secondReading(await readFile(path));
    expect(reading.toc).toStrictEqual(structuredClone(GOLDEN_TOC));
    expect(reading.manifest["warnings"]).toStrictEqual(GOLDEN_WARNINGS);
    for (const [number, chunk] of reading.chunks) {
      const { bytes, rows, ...beginning } = chunks[number - 1]!;
      expect({ ...chunk, bytes: chunk.bytes.equals(bytes) }).toStrictEqual({ beginning, rows, bytes: true });
    }
    expect(reading.chunks.size).toBe(chunks.length);
  });
});

function beginningOf({ entry, format, pages }: { entry: number; format: string; pages: object | null }): object {
  return { entry, format, pages };
}
