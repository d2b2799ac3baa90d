/**
 * What the server prints of an expression is not always what it was parsed from: read again, two of its forms become
 * another tree, which prints differently, so that a restore would change the definition. Pure; here each statement
 * gets the words with which it comes back as it was. Nothing inside of quotes is touched.
 *
 * - `x IN ('a', 'b')` of a varchar is printed as `(ARRAY['a'::character varying, …])::text[]`. Read again, the cast
 *   goes into the array, to each element. A second cast, to the array's own type, keeps it outside.
 * - `UNION SELECT NULL` is printed as `SELECT NULL::integer`, because the column has no name of its own. Read again,
 *   it is called as the type. `AS "?column?"` keeps it nameless.
 *
 * Names of arguments that became keywords later are quoted, so that a newer server reads what an older one printed.
 */

/** A statement made of the server's printed expressions, so that the server reads what it printed. */
export function asParsed(statement: string): string {
  const casts = statement.includes("(ARRAY[") && statement.includes("])::");
  const names = /\bSELECT\b/.test(statement) && statement.includes("::");
  if (!casts && !names) return statement;
  const tokens = statement.match(TOKEN) ?? [];
  /** Index of a token → what goes before it. */
  const inserted = new Map<number, string>();
  tokens.forEach((token, index) => {
    if (token === "ARRAY" && tokens[index - 1] === "(" && tokens[index + 1] === "[") castArray(tokens, index + 1, inserted);
    if (token === "SELECT") nameColumns(tokens, index + 1, inserted);
  });
  return inserted.size === 0 ? statement : [...tokens, ""].map((token, index) => (inserted.get(index) ?? "") + token).join("");
}

/** Names that older servers print bare and newer ones only read in quotes. They are types, too: `json` alone is an argument without a name. */
const KEYWORDS_SINCE_13 = /^(json(_array|_arrayagg|_exists|_object|_objectagg|_query|_scalar|_serialize|_table|_value)?|merge_action|system_user)$/;
const ARGUMENT_MODES = new Set(["IN", "OUT", "INOUT", "VARIADIC"]);
const AFTER_TYPE = new Set(["DEFAULT", "ORDER"]);

/** The arguments of a function, or its `TABLE(…)`, as every server reads them: `json json` becomes `"json" json`. */
export function asArguments(printed: string): string {
  if (!/json|merge_action|system_user/.test(printed)) return printed;
  if (/^TABLE\(.*\)$/s.test(printed)) return `TABLE(${asArguments(printed.slice("TABLE(".length, -1))})`;
  const tokens = printed.match(TOKEN) ?? [];
  let depth = 0;
  let first = true;
  return tokens
    .map((token, index) => {
      if (OPENING.has(token)) depth++;
      else if (CLOSING.has(token)) depth--;
      if (token.trim() === "") return token;
      const next = tokens[index + 1]?.trim() === "" ? tokens[index + 2] : undefined;
      const named = first && depth === 0 && KEYWORDS_SINCE_13.test(token) && next !== undefined && !AFTER_TYPE.has(next);
      first = depth === 0 && (token === "," || token === "BY" || (first && ARGUMENT_MODES.has(token)));
      return named ? `"${token}"` : token;
    })
    .join("");
}

// String, quoted name, dollar-quoted body; then words, space, casts and everything else a character each.
const TOKEN = /[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?<tag>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*|)\$[\s\S]*?\$\k<tag>\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d+|\s+|::|[\s\S]/g;

const OPENING = new Set(["(", "["]);
const CLOSING = new Set([")", "]"]);
/** What ends a list of columns; elsewhere in it these words stand in parentheses. */
const AFTER_COLUMNS = new Set(["FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "WITH", ";"]);
/** A type as it is printed: `character varying(20)`, `public."Mood"`, `timestamp(3) without time zone[]`. */
const TYPE = /^(?:[\w$.\u0080-\uffff ]|"(?:[^"]|"")*"|\(\d+(?:,-?\d+)?\)|\[\])+$/;

/** `(ARRAY['a'::character varying])::text[]` becomes `(ARRAY['a'::character varying]::character varying[])::text[]`. */
function castArray(tokens: readonly string[], open: number, inserted: Map<number, string>): void {
  const { items, end } = itemsFrom(tokens, open + 1);
  if (tokens[end] !== "]" || tokens[end + 1] !== ")" || tokens[end + 2] !== "::") return;
  const types = new Set(items.map((item) => castOf(item.tokens)));
  // Elements that are no casts have the type of the others; but a length they would only get now.
  const uncast = types.delete(null);
  const [type] = types;
  if (types.size !== 1 || type === null || type === undefined || (uncast && type.includes("("))) return;
  inserted.set(end + 1, `::${type.endsWith("[]") ? type : `${type}[]`}`);
}

/** Every column that has a name of its own is printed with it, or is one. */
function nameColumns(tokens: readonly string[], start: number, inserted: Map<number, string>): void {
  for (const item of itemsFrom(tokens, start).items) {
    if (!item.tokens.includes("AS") && castOf(item.tokens) !== null) inserted.set(item.end, `${inserted.get(item.end) ?? ""} AS "?column?"`);
  }
}

interface Item {
  /** What is in parentheses is one token with them. */
  readonly tokens: readonly string[];
  /** The index behind its last token that is no space. */
  readonly end: number;
}

/** The items of a list from the token at `start` on, and the index of the token that ends it. */
function itemsFrom(tokens: readonly string[], start: number): { readonly items: readonly Item[]; readonly end: number } {
  const items: Item[] = [];
  let item: string[] = [];
  let itemEnd = start;
  let at = start;
  for (; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (CLOSING.has(token) || AFTER_COLUMNS.has(token)) break;
    if (token === ",") {
      items.push({ tokens: item, end: itemEnd });
      item = [];
      continue;
    }
    const close = OPENING.has(token) ? closingOf(tokens, at) : at;
    item.push(tokens.slice(at, close + 1).join(""));
    at = close;
    if (token.trim() !== "") itemEnd = at + 1;
  }
  items.push({ tokens: item, end: itemEnd });
  return { items, end: at };
}

function closingOf(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (OPENING.has(tokens[at]!)) depth++;
    if (CLOSING.has(tokens[at]!) && --depth === 0) return at;
  }
  return tokens.length - 1;
}

/** The type that an item is cast to, null where it is no cast. */
function castOf(item: readonly string[]): string | null {
  const at = item.lastIndexOf("::");
  const type = at < 1 ? "" : item.slice(at + 1).join("").trim();
  return TYPE.test(type) ? type : null;
}
