/**
 * `host=localhost dbname='my db' password=it\'s`: libpq's keyword/value strings. Values end at a blank unless in
 * single quotes; a backslash takes the next character as it is. Error messages quote no values.
 */
import { PgarkError } from "../errors.ts";
import { keyword } from "./keywords.ts";
import type { KeywordValues } from "./keywords.ts";

const NAME = /\s*([^\s=]*)\s*/y;
const QUOTED = /'((?:[^'\\]|\\[^])*)'/y;
const BARE = /(?:[^\s\\]|\\[^]|\\$)*/y;

export function parseKeywordValue(text: string): KeywordValues {
  const values: KeywordValues = new Map();
  let at = 0;
  while (text.slice(at).trim() !== "") {
    NAME.lastIndex = at;
    const name = NAME.exec(text)?.[1] ?? "";
    at = NAME.lastIndex;
    // What stands here may be the second word of an unquoted password, so only its place is told.
    if (text[at] !== "=") throw malformed(`"=" is missing at character ${at + 1}; a value with blanks needs single quotes`);
    at += 1 + (/^\s*/.exec(text.slice(at + 1))?.[0].length ?? 0);
    const value = text[at] === "'" ? QUOTED : BARE;
    value.lastIndex = at;
    const match = value.exec(text);
    if (match === null) throw malformed(`the quoted value of ${keyword(name)} is not ended`);
    values.set(keyword(name), (match[1] ?? match[0]).replace(/\\([^]|$)/g, "$1"));
    at = value.lastIndex;
  }
  return values;
}

/** A value as it must be written to be read back by `parseKeywordValue`. */
export function quoteValue(value: string): string {
  return `'${value.replace(/[\\']/g, "\\$&")}'`;
}

function malformed(what: string): PgarkError {
  return new PgarkError("USAGE", `the connection string cannot be read: ${what}`);
}
