/**
 * Strings that are bytes. A database in SQL_ASCII holds names and texts in no encoding at all, so a session with it
 * takes them as they are: what is UTF-8 is read as that, and each byte that is not becomes a lone surrogate from
 * U+DC80 to U+DCFF, which no text of a server can hold and which JSON keeps. Writing turns it back into the byte.
 */
import { isUtf8 } from "node:buffer";

/** No character of a sound string: under the `u` flag, the halves of a pair are one character. */
const ESCAPED_BYTE = /[\udc80-\udcff]/u;
const ESCAPED_BYTES = /[\udc80-\udcff]+/gu;
const ESCAPE = 0xdc00;

/** Whether some of it is bytes in no encoding. */
export function holdsBytes(text: string): boolean {
  return ESCAPED_BYTE.test(text);
}

/** Reads bytes as text, without losing one. A byte order mark is data and stays. */
export function textOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  // Nothing was replaced, unless the bytes say the character of replacement themselves.
  if (!text.includes("\ufffd") || isUtf8(buffer)) return text;
  let decoded = "";
  for (let at = 0; at < buffer.length; ) {
    const end = endOfSound(buffer, at);
    decoded += end > at ? buffer.toString("utf8", at, end) : String.fromCharCode(ESCAPE + (buffer[at] ?? 0));
    at = Math.max(end, at + 1);
  }
  return decoded;
}

/** The bytes that `textOfBytes` read, and UTF-8 for every other string. */
export function bytesOfText(text: string): Buffer {
  if (!holdsBytes(text)) return Buffer.from(text, "utf8");
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { 0: escaped, index } of text.matchAll(ESCAPED_BYTES)) {
    // `latin1` keeps the lower byte of each unit.
    pieces.push(Buffer.from(text.slice(from, index), "utf8"), Buffer.from(escaped, "latin1"));
    from = index + escaped.length;
  }
  return Buffer.concat([...pieces, Buffer.from(text.slice(from), "utf8")]);
}

/** Where the UTF-8 that begins at `at` ends: `at` itself when the first byte is none. */
function endOfSound(bytes: Uint8Array, at: number): number {
  let end = at;
  for (let length = characterLength(bytes, end); length > 0; length = characterLength(bytes, end)) end += length;
  return end;
}

/** How many bytes the character at `at` has, 0 for none; as in table 3-7 of the Unicode Standard. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === undefined || (first > 0x7f && first < 0xc2) || first > 0xf4) return 0;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let next = 1; next < length; next++) {
    const byte = bytes[at + next] ?? 0;
    const lowest = next > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const highest = next > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (byte < lowest || byte > highest) return 0;
  }
  return length;
}
