/**
 * Codecs: how the bytes of a block are made shorter. Compressing and decompressing run on the thread pool (zstd without the built-in
 * decoder is the exception: it is decompressed in JavaScript). Small blocks are done on the spot: an archive of many tiny tables has
 * tens of thousands of them, and the way to the pool and back is longer than the work.
 */
import * as zlib from "node:zlib";
import { decompress as decompressZstdInJavaScript } from "fzstd";
import { PgarkError } from "../errors.ts";

export type CodecName = "none" | "gzip" | "brotli" | "zstd";

/** A codec and how hard it tries. */
export interface CodecSetting {
  readonly name: CodecName;
  readonly level: number;
}

export interface Codec {
  /** What a block's header calls it. */
  readonly id: number;
  /** Levels are whole numbers from `min` to `max`. */
  readonly levels: { readonly min: number; readonly max: number; readonly default: number };
  /** Whether this Node can compress with it. Every supported Node can decompress. */
  canCompress(): boolean;
  compress(plain: Uint8Array, level: number): Promise<Uint8Array>;
  /** Rejects rather than give more than `plainBytes` bytes. It may give fewer: the caller compares. */
  decompress(stored: Uint8Array, plainBytes: number): Promise<Uint8Array>;
}

export const CODECS: { readonly [K in CodecName]: Codec } = {
  none: {
    id: 0,
    levels: { min: 0, max: 0, default: 0 },
    canCompress: () => true,
    compress: async (plain) => plain,
    decompress: async (stored) => stored,
  },
  gzip: {
    id: 1,
    levels: { min: 1, max: 9, default: 6 },
    canCompress: () => true,
    compress: (plain, level) => call([zlib.gzip, zlib.gzipSync], plain, { level, chunkSize: roomFor(plain.length) }),
    decompress: (stored, plainBytes) => call([zlib.gunzip, zlib.gunzipSync], stored, bounded(plainBytes)),
  },
  brotli: {
    id: 2,
    levels: { min: 0, max: 11, default: 1 },
    canCompress: () => true,
    compress: (plain, level) => call([zlib.brotliCompress, zlib.brotliCompressSync], plain, { chunkSize: roomFor(plain.length), params: brotliParameters(plain.length, level) }),
    decompress: (stored, plainBytes) => call([zlib.brotliDecompress, zlib.brotliDecompressSync], stored, bounded(plainBytes)),
  },
  zstd: {
    id: 3,
    levels: { min: 1, max: 19, default: 1 },
    canCompress: () => nodeZstd !== null,
    compress(plain, level) {
      if (nodeZstd === null) throw unavailable("zstd");
      const params = { [ZSTD_COMPRESSION_LEVEL]: level, [ZSTD_WINDOW_LOG]: ZSTD_MAX_WINDOW_LOG };
      return call(nodeZstd.compress, plain, { chunkSize: roomFor(plain.length), params });
    },
    async decompress(stored, plainBytes) {
      checkZstdFrame(stored, plainBytes);
      if (nodeZstd === null) return decompressZstdInJavaScript(stored, new Uint8Array(plainBytes));
      return await call(nodeZstd.decompress, stored, { ...bounded(plainBytes), params: { [ZSTD_DECODER_WINDOW_LOG_MAX]: ZSTD_MAX_WINDOW_LOG } });
    },
  },
};

const NAMES = Object.keys(CODECS).join(", ");

/** zstd's lowest level where this Node has it, else brotli's quality 1: the fastest that still compresses well. */
export function defaultCodec(): CodecSetting {
  return nodeZstd === null ? { name: "brotli", level: 1 } : { name: "zstd", level: 1 };
}

/**
 * Reads `gzip`, `zstd:3` … Throws USAGE for an unknown name or a level out of range, CODEC_UNAVAILABLE for a codec that this Node
 * can only read.
 */
export function parseCodec(text: string): CodecSetting {
  const [, name = "", level] = /^([a-z]+)(?::(\d{1,2}))?$/.exec(text) ?? [];
  const codec = isCodecName(name) ? CODECS[name] : undefined;
  if (!isCodecName(name) || codec === undefined) throw new PgarkError("USAGE", `unknown codec ${JSON.stringify(text)}: expected one of ${NAMES}, with a level as in gzip:6`);
  const { min, max } = codec.levels;
  if (level !== undefined && (name === "none" || Number(level) < min || Number(level) > max)) {
    throw new PgarkError("USAGE", name === "none" ? "codec none has no level" : `codec ${name} has the levels ${min} to ${max}, not ${level}`);
  }
  if (!codec.canCompress()) throw unavailable(name);
  return { name, level: level === undefined ? codec.levels.default : Number(level) };
}

/** The inverse of `parseCodec`. */
export function codecText(codec: CodecSetting): string {
  return codec.name === "none" ? "none" : `${codec.name}:${codec.level}`;
}

/** The codec a block's header names, or undefined when this version does not know it. */
export function codecById(id: number): Codec | undefined {
  return Object.values(CODECS).find((codec) => codec.id === id);
}

function isCodecName(name: string): name is CodecName {
  return Object.hasOwn(CODECS, name);
}

function unavailable(name: CodecName): PgarkError {
  return new PgarkError("CODEC_UNAVAILABLE", `this Node (${process.version}) cannot write ${name}`, {
    hint: "Use Node 22.15 or newer, or another codec: brotli:1 is the next best.",
  });
}

type ZlibCall = (bytes: Uint8Array, options: object, done: (error: Error | null, result: Buffer) => void) => void;

type ZlibSyncCall = (bytes: Uint8Array, options: object) => Buffer;

interface CallOptions {
  readonly chunkSize: number;
  readonly maxOutputLength?: number;
  readonly level?: number;
  readonly params?: Readonly<Record<number, number>>;
}

/** Up to this many bytes, in and out, are done at once. */
const SMALL_BYTES = 16 * 1024;

async function call([run, runNow]: readonly [ZlibCall, ZlibSyncCall], bytes: Uint8Array, options: CallOptions): Promise<Uint8Array> {
  if (bytes.length <= SMALL_BYTES && options.chunkSize <= roomFor(SMALL_BYTES)) return runNow(bytes, options);
  return await new Promise((resolve, reject) => run(bytes, options, (error, result) => (error === null ? resolve(result) : reject(error))));
}

/** Room for the whole result in one piece: every further piece is another round trip through the thread pool. */
function roomFor(plainBytes: number): number {
  return plainBytes + 1024;
}

function bounded(plainBytes: number): { chunkSize: number; maxOutputLength: number } {
  return { chunkSize: roomFor(plainBytes), maxOutputLength: plainBytes };
}

function brotliParameters(plainBytes: number, level: number): Record<number, number> {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_PARAM_LGWIN } = zlib.constants;
  return { [BROTLI_PARAM_QUALITY]: level, [BROTLI_PARAM_SIZE_HINT]: plainBytes, [BROTLI_PARAM_LGWIN]: 20 };
}

// zstd parameters by their numbers in zstd.h: the types of Node 20 do not have them, nor has its zlib.constants.
const ZSTD_COMPRESSION_LEVEL = 100;
const ZSTD_WINDOW_LOG = 101;
const ZSTD_DECODER_WINDOW_LOG_MAX = 100;
/** A window of 1 MiB, as long as a block. */
const ZSTD_MAX_WINDOW_LOG = 20;

type ZlibCalls = readonly [ZlibCall, ZlibSyncCall];

const nodeZstd: { readonly compress: ZlibCalls; readonly decompress: ZlibCalls } | null = (() => {
  const calls = (name: string): ZlibCalls | null => {
    const run: unknown = Reflect.get(zlib, name);
    const runNow: unknown = Reflect.get(zlib, `${name}Sync`);
    // Node's documentation promises these the same shape as gzip's and gunzip's.
    return typeof run === "function" && typeof runNow === "function" ? [run as ZlibCall, runNow as ZlibSyncCall] : null;
  };
  const [compress, decompress] = [calls("zstdCompress"), calls("zstdDecompress")];
  return compress === null || decompress === null ? null : { compress, decompress };
})();

/**
 * Refuses what is not one zstd frame of modest needs that fills `stored`. The decoder in JavaScript would allocate for each of many
 * frames, and either decoder whatever window a frame states. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
 */
function checkZstdFrame(stored: Uint8Array, plainBytes: number): void {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== 0xfd2fb528) throw new Error("not a zstd frame");
  const descriptor = bytes.readUInt8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x0b) !== 0) throw new Error("a zstd frame with a dictionary or a reserved bit");
  const exponent = 10 + (bytes.readUInt8(5) >> 3);
  const windowBytes = 2 ** exponent + (2 ** exponent / 8) * (bytes.readUInt8(5) & 7);
  if (!singleSegment && windowBytes > 2 ** ZSTD_MAX_WINDOW_LOG) throw new Error(`a zstd window of ${windowBytes} bytes`);
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let at = 5 + (singleSegment ? 0 : 1);
  if (sizeBytes > 0) {
    const stated = sizeBytes === 8 ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0));
    if (stated !== BigInt(plainBytes)) throw new Error(`a zstd frame of ${stated} bytes, expected ${plainBytes}`);
  }
  at += sizeBytes;
  for (let last = false; !last; ) {
    const head = bytes.readUIntLE(at, 3);
    last = (head & 1) === 1;
    at += 3 + (((head >> 1) & 3) === 1 ? 1 : head >> 3);
  }
  if (at + ((descriptor & 4) !== 0 ? 4 : 0) !== bytes.length) throw new Error("more or less than one zstd frame");
}
