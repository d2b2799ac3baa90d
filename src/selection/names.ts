/** What the patterns of a selection say of names. It knows no entry and no catalog, so that tables can be locked by it before either is read. */
import type { SelectionOptions } from "../options.ts";
import { matchesRelation, type NamePattern, parsePattern, parseSchemaPattern } from "../pattern.ts";
import type { RelationName } from "./family.ts";

export interface Names {
  /** Whether a relation is meant. `ancestors`: what it inherits from. */
  relation(schema: string | null, name: string, ancestors: readonly RelationName[]): boolean;
  /** Whether a relation, or the schema it is in, is named as one that is not wanted. */
  excluded(schema: string | null, name: string, ancestors: readonly RelationName[]): boolean;
  /** Whether a relation is meant without its rows. */
  withoutRows(schema: string | null, name: string, ancestors: readonly RelationName[]): boolean;
  /** Whether what is in a schema and is no relation is meant, and the schema itself; null for what lives in none. */
  inSchema(schema: string | null): boolean;
  extension(name: string): boolean;
  /** The patterns of what is to be in, by what they name. */
  readonly wanted: readonly Wanted[];
}

export interface Wanted {
  readonly of: "relation" | "schema" | "extension";
  readonly patterns: readonly NamePattern[];
  fits(pattern: NamePattern, schema: string | null, name: string): boolean;
}

/** `searchPath`: where patterns without a schema look; in every schema where there is none. */
export function namesOf(options: SelectionOptions, searchPath: readonly string[] | undefined): Names {
  const parse = (texts: readonly string[] | undefined, by: (text: string) => NamePattern) => (texts ?? []).map(by);
  const schemas = parse(options.schemas, parseSchemaPattern);
  const excludedSchemas = parse(options.excludeSchemas, parseSchemaPattern);
  const tables = relationPatterns(options.tables, options.tablesAndChildren);
  const excludedTables = relationPatterns(options.excludeTables, options.excludeTablesAndChildren);
  const emptied = relationPatterns(options.excludeTableData, options.excludeTableDataAndChildren);
  const extensions = parse(options.extensions, parseExtensionPattern);
  const excludedExtensions = parse(options.excludeExtensions, parseExtensionPattern);
  // As with pg_dump: as soon as anything is named, what lives in no schema is out, unless it is named itself.
  const everything = options.schemas === undefined && options.extensions === undefined && tables === undefined;

  const fits = (pattern: NamePattern, schema: string | null, name: string) => matchesRelation(pattern, schema, name, searchPath);
  const anyFits = (patterns: RelationPatterns | undefined, schema: string | null, name: string, ancestors: readonly RelationName[]): boolean =>
    patterns !== undefined &&
    (patterns.alone.some((pattern) => fits(pattern, schema, name)) ||
      patterns.withChildren.some((pattern) => fits(pattern, schema, name) || ancestors.some((above) => fits(pattern, above.schema, above.name))));
  const anyName = (patterns: readonly NamePattern[], name: string): boolean => patterns.some((pattern) => pattern.name.test(name));

  const schemaExcluded = (schema: string | null): boolean => schema !== null && anyName(excludedSchemas, schema);
  const schemaMeant = (schema: string): boolean => !schemaExcluded(schema) && (options.schemas === undefined || anyName(schemas, schema));

  return {
    relation: (schema, name, ancestors) => !anyFits(excludedTables, schema, name, ancestors) && (tables === undefined ? schemaMeant(schema ?? "") : anyFits(tables, schema, name, ancestors)),
    excluded: (schema, name, ancestors) => anyFits(excludedTables, schema, name, ancestors) || schemaExcluded(schema),
    withoutRows: (schema, name, ancestors) => anyFits(emptied, schema, name, ancestors),
    inSchema: (schema) => (schema === null ? everything : tables === undefined && schemaMeant(schema)),
    extension: (name) => !anyName(excludedExtensions, name) && (options.extensions === undefined ? everything : anyName(extensions, name)),
    wanted: [
      { of: "relation", patterns: tables === undefined ? [] : [...tables.alone, ...tables.withChildren], fits },
      { of: "schema", patterns: schemas, fits: (pattern, _schema, name) => pattern.name.test(name) },
      { of: "extension", patterns: extensions, fits: (pattern, _schema, name) => pattern.name.test(name) },
    ],
  };
}

interface RelationPatterns {
  readonly alone: readonly NamePattern[];
  readonly withChildren: readonly NamePattern[];
}

function relationPatterns(alone: readonly string[] | undefined, withChildren: readonly string[] | undefined): RelationPatterns | undefined {
  if (alone === undefined && withChildren === undefined) return undefined;
  return { alone: (alone ?? []).map(parsePattern), withChildren: (withChildren ?? []).map(parsePattern) };
}

/** Extensions live in no schema either, as far as their names go. */
const parseExtensionPattern = parseSchemaPattern;
