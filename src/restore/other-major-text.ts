/**
 * What other majors do not have and only statements show: functions and syntax in expressions that the server printed,
 * and privileges.
 */
import type { TocEntry } from "../archive/toc.ts";
import type { Feature } from "./other-major.ts";

/** A feature seen in an entry's statements. */
export interface TextRule extends Feature {
  has(entry: TocEntry, create: readonly string[]): boolean;
  /** The statements without the feature. A rule without this refuses. */
  without?(create: readonly string[]): readonly string[];
}

/** Functions that people call, by the major that brought them. The server prints its own unqualified, and everybody else's not. */
const FUNCTIONS_SINCE: Readonly<Record<number, string>> = {
  14: "bit_count bit_xor date_bin datemultirange int4multirange int8multirange multirange nummultirange pg_column_compression pg_get_function_sqlbody range_agg range_intersect_agg string_to_table trim_array tsmultirange tstzmultirange unistr",
  15: "has_parameter_privilege pg_database_collation_actual_version pg_settings_get_flags regexp_count regexp_instr regexp_like regexp_substr",
  16: "any_value array_sample array_shuffle date_add date_subtract erf erfc json_agg_strict json_object_agg_strict json_object_agg_unique json_object_agg_unique_strict jsonb_agg_strict jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict pg_input_error_info pg_input_is_valid random_normal",
  17: "icu_unicode_version jsonb_populate_record_valid pg_basetype pg_column_toast_chunk_id to_bin to_oct to_regtypemod unicode_assigned unicode_version uuid_extract_timestamp uuid_extract_version xmltext",
  18: "array_reverse array_sort casefold crc32 crc32c gamma has_largeobject_privilege lgamma pg_get_acl uuidv4 uuidv7",
};

/** And by the major that took them away. */
const FUNCTIONS_UNTIL: Readonly<Record<number, string>> = {
  14: "numeric_fac",
  15: "path_center pg_backup_start_time pg_is_in_backup pg_start_backup pg_stop_backup",
};

export const textRules: readonly TextRule[] = [
  ...Object.entries(FUNCTIONS_SINCE).flatMap(([since, names]) => names.split(" ").map((name) => ({ what: `function ${name}`, since: Number(since), has: calls(name) }))),
  ...Object.entries(FUNCTIONS_UNTIL).flatMap(([until, names]) => names.split(" ").map((name) => ({ what: `function ${name}`, until: Number(until), has: calls(name) }))),
  { what: "JSON_TABLE, JSON_VALUE and their like", since: 17, has: says(/\b(JSON_TABLE|JSON_VALUE|JSON_QUERY|JSON_EXISTS|JSON_SCALAR|JSON_SERIALIZE|JSON)\(/) },
  { what: "AT LOCAL", since: 17, has: says(/ AT LOCAL\b/) },
  { what: "collation pg_c_utf8", since: 17, has: says(/ COLLATE (pg_catalog\.)?pg_c_utf8\b/) },
  { what: "collation pg_unicode_fast", since: 18, has: says(/ COLLATE (pg_catalog\.)?pg_unicode_fast\b/) },
  { what: "collation unicode", since: 16, has: says(/ COLLATE (pg_catalog\.)?unicode\b/) },
  { what: "SQL/JSON constructors and IS JSON", since: 16, has: says(/\bJSON_(OBJECT|ARRAY|OBJECTAGG|ARRAYAGG)\(| IS (NOT )?JSON\b/) },
  { what: "SYSTEM_USER", since: 16, has: says(/\bSYSTEM_USER\b/) },
  { what: "MERGE", since: 15, has: says(/\bMERGE INTO /) },
  // Elsewhere old and new are a rule's.
  { what: "RETURNING of old and new rows", since: 18, has: (entry) => entry.kind === "function" && / RETURNING (WITH \(|(.*[ (,])?(old|new)\.)/.test(printedBy(entry).text) },
  { what: "GROUP BY DISTINCT", since: 14, has: says(/ GROUP BY DISTINCT /) },
  { what: "SEARCH and CYCLE of recursive queries", since: 14, has: says(/\) (SEARCH (DEPTH|BREADTH) FIRST BY|CYCLE [^()]* SET [^()]* USING) /) },
  { what: "names for the columns of JOIN … USING", since: 14, has: says(/ USING \([^()]*\) AS /) },
  { what: "multiranges", since: 14, has: says(/::(int4|int8|num|ts|tstz|date)multirange\b/) },
  { what: "operator ! behind its operand", until: 14, has: says(/[\w)] !\)/) },
  { what: "privilege MAINTAIN", since: 17, has: (entry, create) => isPrivileges(entry) && create.some((statement) => privilegesIn(statement).includes("MAINTAIN")), without: (create) => create.flatMap(withoutMaintain) },
  { what: "multiranges", since: 14, has: (entry) => isPrivileges(entry) && isOfMultirange(entry), without: () => [] },
  { what: "default privileges on large objects", since: 18, has: (entry, create) => isPrivileges(entry) && create.some(isOnLargeObjects), without: (create) => create.filter((statement) => !isOnLargeObjects(statement)) },
];

/** Entries whose statements hold expressions or queries that the server printed. */
const PRINTED: ReadonlySet<string> = new Set(["table", "foreign-table", "view", "materialized-view", "default", "check", "constraint", "index", "statistics", "rule", "policy", "domain", "domain-constraint", "trigger", "publication-table"]);

function says(pattern: RegExp): TextRule["has"] {
  return (entry) => pattern.test(printedBy(entry).text);
}

function calls(name: string): TextRule["has"] {
  return (entry) => printedBy(entry).calls.has(name);
}

interface Printed {
  readonly text: string;
  /** What stands unqualified before a parenthesis. */
  readonly calls: ReadonlySet<string>;
}

/** Many rules look at one entry. */
const seen = new WeakMap<TocEntry, Printed>();

/** What the server printed, without texts and quoted names: none of it is a person's words. */
function printedBy(entry: TocEntry): Printed {
  const known = seen.get(entry);
  if (known !== undefined) return known;
  const text = (PRINTED.has(entry.kind) ? entry.create.join("\n") : sqlBodyOf(entry)).replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, (quoted) => (quoted.startsWith("'") ? "''" : "q"));
  const printed = { text, calls: new Set([...text.matchAll(/(?<![\w.$])([a-z_][a-z0-9_]*)\(/g)].map(([, name = ""]) => name)) };
  seen.set(entry, printed);
  return printed;
}

/** Bodies of other functions are not looked at by the server before they are called. */
function sqlBodyOf({ kind, record }: TocEntry): string {
  if (kind !== "function" || record === null || typeof record !== "object" || !("sqlBody" in record)) return "";
  return typeof record.sqlBody === "string" ? record.sqlBody : "";
}

function isPrivileges({ kind }: TocEntry): boolean {
  return kind === "privileges" || kind === "default-privileges";
}

/** A function that came with a multirange: the range's record says it of each. */
function isOfMultirange({ record }: TocEntry): boolean {
  return record !== null && typeof record === "object" && "ofMultirange" in record && record["ofMultirange"] === true;
}

const NAME = '(?:"(?:[^"]|"")*"|[^" ]+)';
const PRIVILEGES = new RegExp(`^((?:ALTER DEFAULT PRIVILEGES FOR ROLE ${NAME} (?:IN SCHEMA ${NAME} )?)?(?:GRANT|REVOKE) )([A-Z,]+)( ON .*)$`, "s");

function privilegesIn(statement: string): readonly string[] {
  return PRIVILEGES.exec(statement)?.[2]?.split(",") ?? [];
}

function withoutMaintain(statement: string): readonly string[] {
  const kept = privilegesIn(statement).filter((privilege) => privilege !== "MAINTAIN");
  if (kept.length === privilegesIn(statement).length) return [statement];
  return kept.length === 0 ? [] : [statement.replace(PRIVILEGES, (_, before: string, __, behind: string) => `${before}${kept.join(",")}${behind}`)];
}

function isOnLargeObjects(statement: string): boolean {
  return statement.startsWith("ALTER DEFAULT PRIVILEGES ") && PRIVILEGES.exec(statement)?.[3]?.startsWith(" ON LARGE OBJECTS ") === true;
}
