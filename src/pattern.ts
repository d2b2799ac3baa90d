/**
 * psql's name patterns, as `-t`, `-n` and their kin take them: `*` and `?` are wildcards, a dot parts schema from
 * name, unquoted letters fold to lower case, double quotes take everything literally, and the other characters
 * that are special in a regular expression keep that meaning.
 */
import { PgarkError } from "./errors.ts";

export interface NamePattern {
  /** As it was written. */
  readonly text: string;
  /** Null when the pattern names no schema. */
  readonly schema: RegExp | null;
  readonly name: RegExp;
}

export function parsePattern(text: string): NamePattern {
  const sources = [""];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') {
      if (quoted && text[at + 1] === '"') {
        sources[sources.length - 1] += '"';
        at += 1;
      } else quoted = !quoted;
    } else if (quoted) sources[sources.length - 1] += escape(char);
    else if (char === ".") sources.push("");
    else if (char === "*") sources[sources.length - 1] += ".*";
    else if (char === "?") sources[sources.length - 1] += ".";
    else if (char === "$") sources[sources.length - 1] += "\\$";
    else sources[sources.length - 1] += char.toLowerCase();
  }
  if (quoted) throw new PgarkError("USAGE", `the pattern ${text} has a double quote that is not closed`);
  if (sources.length > 2) throw new PgarkError("USAGE", `the pattern ${text} has too many dots: write schema.name, and double quotes around a name that holds a dot`);
  const [name, schema] = [sources.at(-1)!, sources.at(-2)];
  return { text, name: compile(name, text), schema: schema === undefined ? null : compile(schema, text) };
}

/** A pattern for schemas, which stand alone. */
export function parseSchemaPattern(text: string): NamePattern {
  const pattern = parsePattern(text);
  if (pattern.schema !== null) throw new PgarkError("USAGE", `the pattern ${text} has a dot, and a schema lives in no other: write double quotes around a name that holds a dot`);
  return pattern;
}

/** Whether a pattern for relations fits; a pattern without a schema fits in those of the search path, and in every schema where there is none. */
export function matchesRelation(pattern: NamePattern, schema: string | null, name: string, searchPath?: readonly string[]): boolean {
  if (!pattern.name.test(name)) return false;
  return pattern.schema === null ? searchPath === undefined || searchPath.includes(schema ?? "") : pattern.schema.test(schema ?? "");
}

function compile(source: string, text: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, "su");
  } catch (error) {
    throw new PgarkError("USAGE", `the pattern ${text} is no valid pattern`, { cause: error });
  }
}

function escape(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
