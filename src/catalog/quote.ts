/**
 * The only place where a name or a value becomes SQL text. Identifiers go through `ident` and `qualified`,
 * values through `literal`; nothing else in the engine puts quotes around anything.
 */

/**
 * Words that PostgreSQL 18 does not accept bare as every kind of name: `pg_get_keywords()` without the unreserved.
 * Older servers reserve no word that is not here.
 */
const KEYWORDS = new Set(
  `
  all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character
  check coalesce collate collation column concurrently constraint create cross current_catalog current_date current_role
  current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do else end except exists
  extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int
  integer intersect interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
  json_scalar json_serialize json_table json_value lateral leading least left like limit localtime localtimestamp merge_action
  national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing
  position precision primary real references returning right row select session_user setof similar smallint some substring
  symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar
  variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
  xmlroot xmlserialize xmltable
`
    .trim()
    .split(/\s+/),
);

const PLAIN = /^[a-z_][a-z0-9_]*$/;

/** A name as an SQL identifier, quoted only where it must be, as the server's `quote_ident` does. */
export function ident(name: string): string {
  return PLAIN.test(name) && !KEYWORDS.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** `schema.name`, each quoted where it must be; the bare name when there is no schema. */
export function qualified(schema: string | null, name: string): string {
  return schema === null ? ident(name) : `${ident(schema)}.${ident(name)}`;
}

/**
 * A value as an SQL string literal. A backslash makes it an `E''` literal, so that the text means the same
 * whatever `standard_conforming_strings` says.
 */
export function literal(value: string): string {
  const quoted = value.replaceAll("'", "''");
  return quoted.includes("\\") ? `E'${quoted.replaceAll("\\", "\\\\")}'` : `'${quoted}'`;
}

/** Names in parentheses after each other: `(a, "B")`. */
export function columnList(names: readonly string[]): string {
  return `(${names.map(ident).join(", ")})`;
}

/** A body in dollar quotes whose tag does not occur in it. */
export function dollarQuoted(body: string): string {
  let tag = "$$";
  // The body's end and the closing tag together must not close earlier either: `…$` and `$$`, `…$_0` and `$_0$`.
  for (let n = 0; `${body}${tag}`.indexOf(tag) !== body.length; n++) tag = `$_${n}$`;
  return `${tag}${body}${tag}`;
}
