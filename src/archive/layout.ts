/**
 * The archive room: one file that holds a dump, by docs/archive-format.md. It promises that what it hands out is what was
 * written (every byte is under a checksum, the footer is the commit mark) and that memory does not grow with the
 * rows. It does not know PostgreSQL, it does not know who wrote an archive, and it repairs nothing.
 *
 * This file: the two fixed places of the format, the header at the start and the footer at the end.
 */
import { crc32 } from "node:zlib";
import { PgarkError } from "../errors.ts";

export const FORMAT_MAJOR = 1;
export const FORMAT_MINOR = 1;
export const HEADER_BYTES = 48;
export const FOOTER_BYTES = 88;
export const MAX_PLAIN_BYTES = 1024 * 1024;
/** A part of a TOC, an index or a manifest is never longer. */
export const MAX_VALUE_BYTES = 256 * 1024 * 1024;
/** How deep JSON is nested at most. */
export const MAX_DEPTH = 64;
/** Fields and list elements in a part of a TOC, written in full. */
export const MAX_PART_VALUES = 4 * 1024 * 1024;

export const HEADER_MAGIC = Buffer.from("\x89PGARK\r\n\x1a\n", "latin1");
export const FOOTER_MAGIC = Buffer.from("\xa7FOOTER\n", "latin1");
export const END_MAGIC = Buffer.from("PGARKEND", "latin1");

/** Features that a reader must know to read at all. Bit 0 is reserved for encryption. */
const TOC_PARTS = 1 << 1;
const KNOWN_CRITICAL_FEATURES = TOC_PARTS;
const ARCHIVE_ID_BYTES = 16;

export interface Header {
  readonly major: number;
  readonly minor: number;
  readonly optionalFeatures: number;
  /** Whether the TOC is several values: it always is since version 1.1. */
  readonly tocParts: boolean;
  /** 16 bytes, random for each archive. */
  readonly archiveId: Uint8Array;
}

export interface Footer {
  readonly manifestOffset: number;
  /** With the block headers: up to the footer. */
  readonly manifestBytes: number;
  /** SHA-256 over the header and the manifest's plain bytes. */
  readonly sha256: Uint8Array;
  readonly archiveId: Uint8Array;
}

export function encodeHeader(archiveId: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  HEADER_MAGIC.copy(bytes);
  bytes.writeUInt16LE(FORMAT_MAJOR, 10);
  bytes.writeUInt16LE(FORMAT_MINOR, 12);
  bytes.writeUInt32LE(TOC_PARTS, 16);
  bytes.set(archiveId, 24);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 44)), 44);
  return bytes;
}

/**
 * Reads the first bytes of a file called `name`. Throws NOT_AN_ARCHIVE, ARCHIVE_INCOMPLETE (cut in the header), ARCHIVE_DAMAGED or
 * ARCHIVE_NEWER. A newer minor version and unknown optional features pass.
 */
export function decodeHeader(source: Uint8Array, name: string): Header {
  const bytes = asBuffer(source);
  checkMagic(bytes, name);
  if (bytes.length < HEADER_BYTES) {
    throw new PgarkError("ARCHIVE_INCOMPLETE", `${name} is incomplete: it is cut at offset ${bytes.length}, inside its header; nothing can be salvaged`, { object: name });
  }
  if (crc32(bytes.subarray(0, 44)) !== bytes.readUInt32LE(44)) {
    throw new PgarkError("ARCHIVE_DAMAGED", `${name} is damaged at offset 0: the header's checksum does not match`, { object: name });
  }
  const major = bytes.readUInt16LE(10);
  const minor = bytes.readUInt16LE(12);
  const critical = bytes.readUInt32LE(16);
  const unknown = (critical & ~KNOWN_CRITICAL_FEATURES) >>> 0;
  if (major !== FORMAT_MAJOR || unknown !== 0 || bytes.readUInt16LE(14) !== 0 || bytes.readUInt32LE(40) !== 0) {
    const asks = major === FORMAT_MAJOR ? `features 0x${unknown.toString(16)}` : `format ${major}.${minor}`;
    throw new PgarkError("ARCHIVE_NEWER", `${name} needs ${asks}, and this version reads format ${FORMAT_MAJOR}.${FORMAT_MINOR} without them`, {
      object: name,
      hint: "Read it with the version of pgark that wrote it, or a newer one.",
    });
  }
  return { major, minor, optionalFeatures: bytes.readUInt32LE(20), tocParts: (critical & TOC_PARTS) !== 0, archiveId: bytes.subarray(24, 24 + ARCHIVE_ID_BYTES) };
}

export function encodeFooter(footer: Footer): Buffer {
  const bytes = Buffer.alloc(FOOTER_BYTES);
  FOOTER_MAGIC.copy(bytes);
  bytes.writeBigUInt64LE(BigInt(footer.manifestOffset), 8);
  bytes.writeBigUInt64LE(BigInt(footer.manifestBytes), 16);
  bytes.set(footer.sha256, 24);
  bytes.set(footer.archiveId, 56);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 76)), 76);
  END_MAGIC.copy(bytes, 80);
  return bytes;
}

/** The footer in exactly these bytes, or null when they are not a whole, intact footer of the archive with this id. */
export function decodeFooter(source: Uint8Array, archiveId: Uint8Array): Footer | null {
  const bytes = asBuffer(source);
  if (bytes.length !== FOOTER_BYTES || !startsWith(bytes, FOOTER_MAGIC) || !END_MAGIC.equals(bytes.subarray(80))) return null;
  if (crc32(bytes.subarray(0, 76)) !== bytes.readUInt32LE(76) || bytes.readUInt32LE(72) !== 0) return null;
  const manifestOffset = readSafeInteger(bytes, 8);
  const manifestBytes = readSafeInteger(bytes, 16);
  const id = bytes.subarray(56, 56 + ARCHIVE_ID_BYTES);
  if (manifestOffset === null || manifestBytes === null || !id.equals(archiveId)) return null;
  return { manifestOffset, manifestBytes, sha256: bytes.subarray(24, 56), archiveId: id };
}

/** A u64 as a number, or null when a number cannot hold it exactly. */
export function readSafeInteger(bytes: Buffer, at: number): number | null {
  const value = bytes.readBigUInt64LE(at);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null;
}

/** The same memory with Node's reading methods; nothing is copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && Buffer.compare(bytes.subarray(0, prefix.length), prefix) === 0;
}

/** What a transfer makes of the magic. The longest that fits is told. */
const TRANSFER_DAMAGE: readonly (readonly [start: string, told: string])[] = [
  ["\x89PGARK\n\x1a\n", "its line endings were converted from CR LF to LF (a transfer in text mode)"],
  ["\x89PGARK\r\n\x1a\r\n", "its line endings were converted from LF to CR LF (a transfer in text mode)"],
  ["\x89PGARK\r\r\n\x1a", "its line endings were converted from LF to CR LF (a transfer in text mode)"],
  ["\x09PGARK", "the eighth bit of every byte was dropped (a transfer in 7-bit mode)"],
  ["\xef\xbf\xbdPGARK", "it was decoded as text and encoded again as UTF-8"],
  ["\xc2\x89PGARK", "it was taken for Latin-1 text and encoded as UTF-8"],
  ["\xff\xfe", "it was encoded as UTF-16 text (a redirection in PowerShell does that)"],
];

function checkMagic(bytes: Buffer, name: string): void {
  if (startsWith(bytes, HEADER_MAGIC)) return;
  if (HEADER_MAGIC.subarray(0, bytes.length).equals(bytes)) {
    throw new PgarkError("ARCHIVE_INCOMPLETE", `${name} is incomplete: it is cut at offset ${bytes.length}, inside its header; nothing can be salvaged`, { object: name });
  }
  const text = bytes.toString("latin1", 0, 64);
  const transfer = TRANSFER_DAMAGE.find(([start]) => text.startsWith(start) && (start.includes("PGARK") || text.includes("P\0G\0A\0R\0K")));
  if (transfer !== undefined) {
    throw new PgarkError("ARCHIVE_DAMAGED", `${name} is damaged at offset 0: ${transfer[1]}`, { object: name, hint: "Transfer it again as binary." });
  }
  const matching = HEADER_MAGIC.reduce((count, byte, at) => count + (bytes[at] === byte ? 1 : 0), 0);
  if (matching >= 7) {
    throw new PgarkError("ARCHIVE_DAMAGED", `${name} is damaged at offset 0: ${HEADER_MAGIC.length - matching} of the ${HEADER_MAGIC.length} bytes of its magic differ`, { object: name });
  }
  const found = bytes.toString("hex", 0, Math.min(bytes.length, HEADER_MAGIC.length));
  throw new PgarkError("NOT_AN_ARCHIVE", `${name} is not a pgark archive: it begins with ${found}, expected ${HEADER_MAGIC.toString("hex")}`, {
    object: name,
    hint: text.startsWith("PGDMP") ? "This is a pg_dump archive; pg_restore reads it." : undefined,
  });
}
