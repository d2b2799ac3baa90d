import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOfText, holdsBytes, textOfBytes } from "../../src/values/raw-text.ts";

describe("strings that are bytes", () => {
  it("give every sequence of bytes back, after JSON too", () => {
    const pieces = fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.string({ unit: "binary", maxLength: 4 }).map((text) => Uint8Array.from(Buffer.from(text))));
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const bytes = Buffer.concat(parts);
        expect(bytesOfText(textOfBytes(bytes)).equals(bytes)).toBe(true);
        // As the TOC is written and read: UTF-8 that every reader takes.
        const json = Buffer.from(JSON.stringify(textOfBytes(bytes)));
        expect(bytesOfText(String(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json)))).equals(bytes)).toBe(true);
      }),
    );
  });

  it.each([
    ["", ""],
    ["é🐘\ufeff\ufffd", "é🐘\ufeff\ufffd"],
    [Buffer.from([0xe9]), "\udce9"],
    // Too long a form, half of a surrogate pair, beyond the last character, cut short.
    [Buffer.from([0xc0, 0x80]), "\udcc0\udc80"],
    [Buffer.from([0xed, 0xb3, 0xa9]), "\udced\udcb3\udca9"],
    [Buffer.from([0xf4, 0x90, 0x80, 0x80, 0x41]), "\udcf4\udc90\udc80\udc80A"],
    [Buffer.from([0x61, 0xf0, 0x9f, 0x90]), "a\udcf0\udc9f\udc90"],
    [Buffer.concat([Buffer.from("é"), Buffer.from([0xff]), Buffer.from("\ufffd")]), "é\udcff\ufffd"],
  ])("read %j as %j", (bytes, text) => {
    expect(textOfBytes(typeof bytes === "string" ? Buffer.from(bytes) : bytes)).toBe(text);
    expect(holdsBytes(text)).toBe(/\\udc/.test(JSON.stringify(text)));
  });
});
