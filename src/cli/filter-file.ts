/**
 * `--filter FILE`, as pg_dump reads it: one `include|exclude TYPE PATTERN` in a line, `#` begins a comment, and a name in
 * double quotes may hold anything, line ends too. What a line says is what a flag says: it becomes one.
 */
import { PgarkError } from "../errors.ts";

/** Type of object → the flag that a line with it stands for. */
const INCLUDE = { schema: "schema", table: "table", table_and_children: "tableAndChildren", extension: "extension" } as const;
const EXCLUDE = {
  schema: "excludeSchema",
  table: "excludeTable",
  table_and_children: "excludeTableAndChildren",
  table_data: "excludeTableData",
  table_data_and_children: "excludeTableDataAndChildren",
  extension: "excludeExtension",
} as const;
/** What pg_dump's family also has, and this selection does not. */
const NOT_HERE: ReadonlySet<string> = new Set(["foreign_data", "table_data", "table_data_and_children", "function", "index", "trigger", "database"]);

export type FilteredFlag = (typeof INCLUDE)[keyof typeof INCLUDE] | (typeof EXCLUDE)[keyof typeof EXCLUDE];

/** Flag → the patterns that the lines give it. Throws USAGE with the place of what is no such line. */
export function readFilter(text: string, file: string): ReadonlyMap<FilteredFlag, readonly string[]> {
  const flags = new Map<FilteredFlag, string[]>();
  const reader = new Reader(text, file);
  for (let item = reader.item(); item !== null; item = reader.item()) flags.set(item.flag, [...(flags.get(item.flag) ?? []), item.pattern]);
  return flags;
}

/** Words, names in quotes, and what joins them. The last lets a quote that is never closed be told. */
const TOKEN = /(?<blank>[^\S\n]+)|(?<end>\n|#[^\n]*\n?|$)|(?<quoted>"(?:[^"]|"")*")|(?<joint>[.()])|(?<word>[^\s#.()"]+)|(?<open>")/y;

class Reader {
  readonly #text: string;
  readonly #file: string;
  readonly #tokens = new RegExp(TOKEN);
  /** Where the line begins that is being read. */
  #line = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  /** The next line that says something; null at the end. */
  item(): { readonly flag: FilteredFlag; readonly pattern: string } | null {
    while (this.#tokens.lastIndex < this.#text.length) {
      this.#line = this.#tokens.lastIndex;
      const [action, type, pattern] = [this.#keyword(), this.#keyword(), this.#pattern()];
      if (action === "") continue;
      return { flag: this.#flagOf(action, type), pattern: pattern === "" ? this.#fail("a pattern is missing") : pattern };
    }
    return null;
  }

  #flagOf(action: string, type: string): FilteredFlag {
    if (action !== "include" && action !== "exclude") return this.#fail(`a line begins with include or exclude, not with ${action}`);
    const flags: Readonly<Partial<Record<string, FilteredFlag>>> = action === "include" ? INCLUDE : EXCLUDE;
    const flag = Object.hasOwn(flags, type) ? flags[type] : undefined;
    if (flag !== undefined) return flag;
    return this.#fail(NOT_HERE.has(type) ? `${action} ${type} is not possible here` : `${action} is followed by ${Object.keys(flags).join(", ")}, not by ${type === "" ? "nothing" : type}`);
  }

  /** A word, in any case; empty at the end of the line, which is not passed. */
  #keyword(): string {
    const at = this.#tokens.lastIndex;
    const { blank, word, end } = this.#token();
    if (blank !== undefined) return this.#keyword();
    if (word !== undefined) return word.toLowerCase();
    if (end === undefined) return this.#fail("include or exclude and a type of object were expected");
    this.#tokens.lastIndex = at;
    return "";
  }

  /** What is left of the line, without its end. Blanks beside a dot or a bracket mean nothing, others are one. */
  #pattern(): string {
    let pattern = "";
    let [blankBefore, joined] = [false, true];
    for (let token = this.#token(); token["end"] === undefined; token = this.#token()) {
      const { blank, joint, quoted, word } = token;
      if (blank === undefined) {
        if (token["open"] !== undefined) return this.#fail("a double quote is not closed");
        pattern += `${blankBefore && !joined && joint === undefined ? " " : ""}${joint ?? quoted ?? word ?? ""}`;
        joined = joint !== undefined;
      }
      blankBefore = blank !== undefined;
    }
    return pattern;
  }

  #token(): Readonly<Record<string, string | undefined>> {
    // The alternatives take any character, so that there is a match.
    return this.#tokens.exec(this.#text)?.groups ?? { end: "" };
  }

  #fail(problem: string): never {
    const line = this.#text.slice(0, this.#line).split("\n").length;
    throw new PgarkError("USAGE", `${this.#file}, line ${line}: ${problem}`, { object: this.#file, hint: "A line is: include|exclude TYPE PATTERN, as for pg_dump --filter." });
  }
}
