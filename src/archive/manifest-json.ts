/** The manifest as bytes. */
import * as v from "valibot";
import { anyJson, count, dataFormat, decodeJson, encodeJson, sha256Hex, text } from "./json.ts";
import type { Manifest } from "./manifest.ts";
import { source } from "./source-json.ts";
import { pages } from "./toc-json.ts";

const block = v.object({ offset: count, storedBytes: count, plainBytes: count, sha256: sha256Hex });

const chunk = v.object({
  chunk: v.pipe(count, v.minValue(1)),
  entry: count,
  format: dataFormat,
  rows: count,
  plainBytes: count,
  storedBytes: count,
  digest: sha256Hex,
  pages,
  index: block,
  blockCount: count,
});

const warning = v.object({ code: text, object: v.exactOptional(text), message: text });

const manifest = v.object({
  archiveId: v.pipe(text, v.regex(/^[0-9a-f]{32}$/)),
  formatVersion: text,
  toolVersion: text,
  codec: text,
  source,
  options: anyJson,
  toc: v.array(block),
  chunks: v.array(chunk),
  warnings: v.array(warning),
});

export function encodeManifest(value: Manifest): Buffer {
  return encodeJson(value);
}

/** Throws an `Error` that says what is wrong with it. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const decoded = decodeJson<Manifest>(bytes, manifest);
  if (new Set(decoded.chunks.map((one) => one.chunk)).size !== decoded.chunks.length) throw new Error("two chunks have the same number");
  return decoded;
}
