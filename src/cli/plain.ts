/**
 * Text from servers, archives and users on its way to a person. Names may hold anything, so control characters are
 * shown as escapes (a table cannot paint over a terminal or forge a line), and passwords in connection texts are struck out.
 */

// C0, DEL and C1, and the marks that reorder or break a line.
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** One line of text, safe to show. */
export function plain(text: string): string {
  return withoutSecrets(text).replace(UNSAFE, escaped);
}

/** Text of several lines; every line after the first is indented, so that none can pass for a message of its own. */
export function plainLines(text: string): string {
  return text.split("\n").map(plain).join("\n  ");
}

/** JSON that holds no raw control character either. `JSON.stringify` itself escapes only those below U+0020. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "string" ? withoutSecrets(inner) : inner)).replace(UNSAFE, unicodeEscape);
}

/** Strikes out passwords in URLs and in key=value texts. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b(postgres(?:ql)?:\/\/[^\s:/@?]*):\S*@/gi, "$1:***@")
    .replace(/\b((?:ssl)?password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^\s&'"]+)/gi, "$1***");
}

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : unicodeEscape(character);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
