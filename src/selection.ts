/**
 * Which entries of a TOC are meant by `-n -N -t -T --exclude-table-data` and schema-only or data-only. Dump and
 * restore ask here, so that a flag means the same on both sides. As with pg_dump, a selection by table or by
 * schema leaves out what lives in no schema, and does not pull in what the selected objects depend on.
 */
import type { TocEntry } from "./archive/toc.ts";
import { PgarkError } from "./errors.ts";
import type { Content, SelectionOptions } from "./options.ts";
import { matchesRelation, type NamePattern, parsePattern, parseSchemaPattern } from "./pattern.ts";

/** The kinds that `-t` can name. */
const RELATIONS: ReadonlySet<string> = new Set(["table", "view", "materialized-view", "sequence", "foreign-table"]);
/** What carries the rows of a relation and bears its name. In an archive of rows alone they belong to nothing else. */
const ROWS_OF_RELATIONS: ReadonlySet<string> = new Set(["table-data", "sequence-value", "refresh"]);
/** What schema-only leaves out and data-only keeps: the data section, and the refresh that fills a materialized view. */
function isRows(entry: TocEntry): boolean {
  return entry.section === "data" || entry.kind === "refresh";
}

export interface Selection {
  /** Whether a relation is meant, before any catalog is read: what the dump locks. */
  relation(schema: string, name: string): boolean;
  /** Whether a relation's rows are meant too. */
  rows(schema: string, name: string): boolean;
  /** The entries that are meant, in their order. Throws NOTHING_MATCHED for an include pattern that fits nothing. */
  entries(entries: readonly TocEntry[]): readonly TocEntry[];
}

/** `searchPath`: where patterns without a schema look. A dump has the source's; an archive has none, and they fit in every schema, as with pg_restore. */
export function createSelection(options: SelectionOptions, content: Content, searchPath?: readonly string[]): Selection {
  const schemas = options.schemas?.map(parseSchemaPattern);
  const excludeSchemas = (options.excludeSchemas ?? []).map(parseSchemaPattern);
  const tables = options.tables?.map(parsePattern);
  const excludeTables = (options.excludeTables ?? []).map(parsePattern);
  const excludeRows = (options.excludeTableData ?? []).map(parsePattern);

  const fits = (pattern: NamePattern, schema: string | null, name: string) => matchesRelation(pattern, schema, name, searchPath);
  const inSchema = (schema: string | null): boolean => {
    if (schema !== null && excludeSchemas.some((pattern) => pattern.name.test(schema))) return false;
    return schemas === undefined || (schema !== null && schemas.some((pattern) => pattern.name.test(schema)));
  };
  const isRelation = (schema: string, name: string): boolean => {
    if (excludeTables.some((pattern) => fits(pattern, schema, name))) return false;
    return tables === undefined ? inSchema(schema) : tables.some((pattern) => fits(pattern, schema, name));
  };
  const hasRows = (schema: string, name: string): boolean =>
    content !== "schema" && isRelation(schema, name) && !excludeRows.some((pattern) => fits(pattern, schema, name));

  /** Whether an entry that belongs to no other is meant. */
  const isMeant = (entry: TocEntry): boolean => {
    if (hasRelationName(entry)) return isRelation(entry.schema ?? "", entry.name);
    if (tables !== undefined) return false;
    return inSchema(entry.kind === "schema" ? entry.name : entry.schema);
  };

  /** Whether an entry adds to a publication what is itself left out. */
  const isUnpublishable = ({ kind, schema, name }: TocEntry): boolean =>
    (kind === "publication-table" && !isRelation(schema ?? "", name)) || (kind === "publication-schema" && !inSchema(schema));

  return {
    relation: isRelation,
    rows: hasRows,
    entries(entries) {
      const byId = new Map(entries.map((entry) => [entry.id, entry]));
      const meant = new Map<number, boolean>();
      const root = (entry: TocEntry): boolean => {
        const known = meant.get(entry.id);
        if (known !== undefined) return known;
        const parent = entry.parent === null ? undefined : byId.get(entry.parent);
        // An owned sequence goes with its table, can also be named alone, and stays when its table is left out: others may count with it.
        const selected = parent === undefined ? isMeant(entry) : root(parent) || (RELATIONS.has(entry.kind) && isMeant(entry));
        meant.set(entry.id, selected);
        return selected;
      };
      mustMatch(tables, (pattern) => entries.some((entry) => hasRelationName(entry) && fits(pattern, entry.schema, entry.name)));
      mustMatch(schemas, (pattern) => entries.some((entry) => entry.schema !== null && pattern.name.test(entry.schema)) || entries.some((entry) => entry.kind === "schema" && pattern.name.test(entry.name)));
      return entries.filter((entry) => {
        if (isRows(entry) ? content === "schema" : content === "data") return false;
        if (!root(entry) || isUnpublishable(entry)) return false;
        return !ROWS_OF_RELATIONS.has(entry.kind) || !excludeRows.some((pattern) => fits(pattern, entry.schema, entry.name));
      });
    },
  };
}

function hasRelationName({ kind }: TocEntry): boolean {
  return RELATIONS.has(kind) || ROWS_OF_RELATIONS.has(kind);
}

function mustMatch(patterns: readonly NamePattern[] | undefined, matches: (pattern: NamePattern) => boolean): void {
  const missing = patterns?.filter((pattern) => !matches(pattern)) ?? [];
  if (missing.length > 0) {
    throw new PgarkError("NOTHING_MATCHED", `no object matches ${missing.map(({ text }) => text).join(", ")}`, { object: missing[0]!.text });
  }
}
