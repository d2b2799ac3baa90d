/**
 * Makes golden archives, for a new version of the format or a new codec; those that are there are never made again.
 *
 *     node --import tsx test/archives/make.ts v1 none gzip:6 brotli:1
 *     node --import tsx test/archives/make.ts v1 zstd:3            (Node 22.15 or newer, which can write zstd)
 *     node --import tsx test/archives/make.ts v1.1 none brotli:1
 */
import { join } from "node:path";
import { parseCodec } from "../../src/archive/codec.ts";
import { fileSink } from "../../src/archive/store/file-sink.ts";
import { createArchive } from "../../src/archive/writer.ts";
import { nodeIo } from "../../src/io/io.ts";
import { GOLDEN_OPTIONS, GOLDEN_SOURCE, GOLDEN_TOC, GOLDEN_WARNINGS, goldenChunks } from "./content.ts";

const [version = "v1", ...codecs] = process.argv.slice(2);
for (const text of codecs) {
  const codec = parseCodec(text);
  const path = join(import.meta.dirname, version, `${codec.name}.ark`);
  await using writer = await createArchive(await fileSink(path, nodeIo), { io: nodeIo, codec, toolVersion: "0.1.0" });
  await writer.writeToc(GOLDEN_TOC);
  const [first, ...rest] = goldenChunks(codec.name !== "none");
  if (first === undefined) throw new Error("there is nothing to write");
  // The first chunk stays open over the others, so that streams interleave.
  const outer = await writer.beginChunk({ entry: first.entry, format: first.format, pages: first.pages });
  for (const { bytes, rows, ...beginning } of rest) {
    const chunk = await writer.beginChunk(beginning);
    await chunk.write(bytes);
    await chunk.finish(rows);
  }
  await outer.write(first.bytes);
  await outer.finish(first.rows);
  await writer.commit({ source: { ...GOLDEN_SOURCE, endedAt: "2026-01-02T03:04:06.000Z" }, options: GOLDEN_OPTIONS, warnings: GOLDEN_WARNINGS });
  process.stdout.write(`${path}\n`);
}
