/** Text of a server or a user, made safe to show: nothing in it can move the cursor, colour a terminal or forge a log line. */

/** Control characters and direction marks as `\u{1b}`. Line ends too, unless `lines` are to be kept. */
export function printable(text: string, lines: "escape lines" | "keep lines" = "escape lines"): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    if (lines === "keep lines" && (character === "\n" || character === "\t")) return character;
    return `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`;
  });
}
