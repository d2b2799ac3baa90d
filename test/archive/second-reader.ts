/**
 * A reader written from docs/archive-format.md alone, to prove that the page is enough. It shares no line with src/archive; where the two
 * disagree, the page decides which is wrong. It reads a whole file in memory and throws at the first thing that is not as the page says.
 */
import { createHash } from "node:crypto";
import { brotliDecompressSync, crc32, gunzipSync } from "node:zlib";
import { decompress as zstdDecompress } from "fzstd";

type JsonObject = Record<string, unknown>;

export interface SecondReading {
  readonly toc: JsonObject;
  readonly manifest: JsonObject;
  /** By chunk number. */
  readonly chunks: ReadonlyMap<number, { readonly beginning: JsonObject; readonly rows: number; readonly bytes: Buffer }>;
}

interface Block {
  readonly offset: number;
  readonly kind: number;
  readonly last: boolean;
  readonly stream: number;
  readonly sequence: number;
  readonly storedBytes: number;
  readonly plain: Buffer;
}

const [TOC, CHUNK_BEGIN, DATA, CHUNK_INDEX, MANIFEST] = [1, 2, 3, 4, 5];

export function secondReading(file: Buffer): SecondReading {
  const { archiveId, version, tocParts } = readHeader(file);
  const footer = readFooter(file, archiveId);
  const blocks = readBlocks(file, archiveId, file.length - 88);
  const own = blocks.filter(({ stream }) => stream === 0);
  const manifestBlocks = own.filter(({ kind }) => kind === MANIFEST);
  const tocBlocks = own.filter(({ kind }) => kind === TOC);
  must(own.every(({ sequence }, at) => sequence === at), "stream 0 is counted through");
  must(manifestBlocks[0]?.offset === footer.manifestOffset && footer.manifestOffset + footer.manifestBytes === file.length - 88, "the footer points to the manifest");
  const manifestBytes = value(manifestBlocks);
  must(sha256(file.subarray(0, 48), manifestBytes).equals(footer.digest), "the footer's digest");
  const manifest = object(JSON.parse(manifestBytes.toString("utf8")));
  must(manifest["archiveId"] === archiveId.toString("hex") && manifest["formatVersion"] === version, "the manifest belongs to the header");
  must(same(manifest["toc"], tocBlocks.map((block) => record([block], sha256(block.plain)))), "the manifest's records of the TOC");
  const records = list(manifest["chunks"]).map(object);
  const chunks = new Map(records.map((chunk) => [Number(chunk["chunk"]), readChunk(chunk, blocks.filter(({ stream }) => stream === chunk["chunk"]))]));
  must(blocks.every(({ stream }) => stream === 0 || chunks.has(stream)), "every stream is in the manifest");
  return { toc: tocParts ? tocOfParts(tocBlocks) : object(JSON.parse(value(tocBlocks).toString("utf8"))), manifest, chunks };
}

function readHeader(file: Buffer): { archiveId: Buffer; version: string; tocParts: boolean } {
  must(file.subarray(0, 10).toString("hex") === "89504741524b0d0a1a0a", "the magic");
  must(file.readUInt32LE(44) === crc32(file.subarray(0, 44)), "the header's CRC");
  const features = file.readUInt32LE(16);
  must(file.readUInt16LE(10) === 1 && (features === 0 || features === 2), "major version 1, of critical features toc-parts alone");
  must(file.readUInt16LE(14) === 0 && file.readUInt32LE(40) === 0, "reserved bytes, and no key region");
  return { archiveId: file.subarray(24, 40), version: `1.${file.readUInt16LE(12)}`, tocParts: features === 2 };
}

function tocOfParts(blocks: readonly Block[]): JsonObject {
  const ends = blocks.flatMap(({ last }, at) => (last ? [at + 1] : []));
  must(ends.at(-1) === blocks.length, "the TOC's last block ends a value");
  const [head, ...parts] = ends.map((end, at): unknown => JSON.parse(value(blocks.slice(ends[at - 1] ?? 0, end)).toString("utf8")));
  const entries = parts.flatMap((part) => {
    must(list(part).length > 0, "a part has an entry");
    const last: JsonObject[][] = [];
    return list(part).map((entry) => inFull(entry, 1, last));
  });
  must(object(head)["entries"] === entries.length, "as many entries as the head says");
  return { ...object(head), entries };
}

/** `last`: by depth, then by number. */
function inFull(found: unknown, depth: number, last: JsonObject[][]): unknown {
  if (Array.isArray(found)) return found.map((element) => inFull(element, depth + 1, last));
  if (typeof found !== "object" || found === null) return found;
  const { "": number, ...fields } = object(found);
  const here = (last[depth] ??= []);
  const before = number === undefined ? {} : here[Number(number)];
  must(before !== undefined, "the object that another is like has ended");
  const full = { ...before, ...Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, inFull(field, depth + 1, last)])) };
  if (number === undefined) here.push(full);
  else here[Number(number)] = full;
  return full;
}

function readFooter(file: Buffer, archiveId: Buffer): { manifestOffset: number; manifestBytes: number; digest: Buffer } {
  const footer = file.subarray(-88);
  must(footer.subarray(0, 8).toString("latin1") === "\xa7FOOTER\n" && footer.subarray(80).toString("latin1") === "PGARKEND", "the footer's magics");
  must(footer.readUInt32LE(76) === crc32(footer.subarray(0, 76)) && footer.readUInt32LE(72) === 0, "the footer's CRC");
  must(footer.subarray(56, 72).equals(archiveId), "the footer's archive id");
  return { manifestOffset: u64(footer, 8), manifestBytes: u64(footer, 16), digest: footer.subarray(24, 56) };
}

function readBlocks(file: Buffer, archiveId: Buffer, end: number): Block[] {
  const blocks: Block[] = [];
  for (let offset = 48; offset < end; ) {
    const head = file.subarray(offset, offset + 28);
    must(head.subarray(0, 4).toString("hex") === "a7424c4b", `a block at ${offset}`);
    const plainBytes = head.readUInt32LE(16);
    const storedBytes = head.readUInt32LE(20);
    must(plainBytes >= 1 && plainBytes <= 1_048_576 && storedBytes >= 1 && storedBytes <= plainBytes, "the lengths of a block");
    const stored = file.subarray(offset + 28, offset + 28 + storedBytes);
    must(head.readUInt32LE(24) === crc32(Buffer.concat([archiveId, head.subarray(0, 24), stored])), "the CRC of a block");
    const flags = head.readUInt16LE(6);
    must(flags <= 1, "flags");
    const plain = decompress(head.readUInt8(5), stored, plainBytes);
    must(plain.length === plainBytes, "the plain length of a block");
    blocks.push({ offset, kind: head.readUInt8(4), last: flags === 1, stream: head.readUInt32LE(8), sequence: head.readUInt32LE(12), storedBytes, plain });
    offset += 28 + storedBytes;
  }
  return blocks;
}

function decompress(codec: number, stored: Buffer, plainBytes: number): Buffer {
  if (codec === 0) return stored;
  if (codec === 1) return gunzipSync(stored, { maxOutputLength: plainBytes });
  if (codec === 2) return brotliDecompressSync(stored, { maxOutputLength: plainBytes });
  must(codec === 3, `codec ${codec}`);
  return Buffer.from(zstdDecompress(stored, new Uint8Array(plainBytes)));
}

function readChunk(chunk: JsonObject, blocks: readonly Block[]): { beginning: JsonObject; rows: number; bytes: Buffer } {
  const [begin, ...rest] = blocks;
  const data = rest.filter(({ kind }) => kind === DATA);
  const indexBlocks = rest.filter(({ kind }) => kind === CHUNK_INDEX);
  must(begin?.kind === CHUNK_BEGIN && begin.last && blocks.every(({ sequence }, at) => sequence === at), "a chunk begins, and is counted through");
  must(rest.every((block, at) => block === [...data, ...indexBlocks][at]), "data comes before the index");
  const index = value(indexBlocks);
  must(same(chunk["index"], record(indexBlocks, sha256(index))), "the record of an index");
  const digests = data.map(({ plain }) => sha256(plain));
  const sum = (lengthOf: (block: Block) => number) => data.reduce((total, block) => total + lengthOf(block), 0);
  const facts = { rows: u64(index, 0), plainBytes: sum(({ plain }) => plain.length), storedBytes: sum(({ storedBytes }) => storedBytes), blockCount: data.length };
  must(u64(index, 8) === facts.plainBytes && u64(index, 16) === facts.storedBytes && index.readUInt32LE(24) === data.length && index.readUInt32LE(28) === 0, "the sums of an index");
  must(index.subarray(32, 64).equals(sha256(...digests)) && chunk["digest"] === sha256(...digests).toString("hex"), "a chunk's digest");
  must(u64(index, 64) === begin?.offset && index.length === 72 + 48 * data.length, "where a chunk begins, and a record a block");
  for (const [at, block] of data.entries()) {
    const entry = index.subarray(72 + 48 * at, 72 + 48 * (at + 1));
    must(u64(entry, 0) === block.offset && entry.readUInt32LE(8) === block.storedBytes && entry.readUInt32LE(12) === block.plain.length && digests[at]?.equals(entry.subarray(16)) === true, "a block in an index");
  }
  const beginning = object(JSON.parse(begin?.plain.toString("utf8") ?? ""));
  must(Object.entries({ ...facts, ...beginning }).every(([field, fact]) => same(chunk[field], fact)), "the manifest's record of a chunk");
  return { beginning, rows: facts.rows, bytes: Buffer.concat(data.map(({ plain }) => plain)) };
}

function value(blocks: readonly Block[]): Buffer {
  must(blocks.length > 0 && blocks.every(({ last }, at) => last === (at === blocks.length - 1)), "a value ends with its last block");
  must(blocks.every((block, at) => at === 0 || block.offset === blocks[at - 1]!.offset + 28 + blocks[at - 1]!.storedBytes), "the blocks of a value are not separated");
  return Buffer.concat(blocks.map(({ plain }) => plain));
}

function record(blocks: readonly Block[], digest: Buffer): JsonObject {
  const storedBytes = blocks.reduce((total, block) => total + block.storedBytes, 0);
  const plainBytes = blocks.reduce((total, block) => total + block.plain.length, 0);
  return { offset: blocks[0]?.offset, storedBytes, plainBytes, sha256: digest.toString("hex") };
}

function sha256(...pieces: readonly Buffer[]): Buffer {
  return createHash("sha256").update(Buffer.concat(pieces)).digest();
}

function u64(bytes: Buffer, at: number): number {
  const found = bytes.readBigUInt64LE(at);
  must(found < 2n ** 53n, "a number below 2^53");
  return Number(found);
}

function object(found: unknown): JsonObject {
  must(typeof found === "object" && found !== null && !Array.isArray(found), "a JSON object");
  return found as JsonObject; // The line above says so.
}

function list(found: unknown): readonly unknown[] {
  must(Array.isArray(found), "a JSON list");
  return found as readonly unknown[]; // The line above says so.
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not as the page says: ${what}`);
}
