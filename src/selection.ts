/**
 * Which entries of a TOC are meant by `-n -N -t -T -e --exclude-table-data --section --no-comments …` and schema-only or
 * data-only. Dump and restore ask here, so that a flag means the same on both sides. As with pg_dump, a selection by
 * table, schema or extension leaves out what lives in no schema, and does not pull in what the selected objects depend on.
 */
import type { TocEntry } from "./archive/toc.ts";
import { isGlobalKind } from "./catalog/globals.ts";
import { PgarkError } from "./errors.ts";
import type { Warning } from "./events.ts";
import type { Content, RestoreOptions, SelectionOptions } from "./options.ts";
import { kindsLeftOut, withoutStorage } from "./selection/components.ts";
import { type Family, familyOf, parentsIn, type RelationName } from "./selection/family.ts";
import { inListOrder } from "./selection/list.ts";
import { type Names, namesOf } from "./selection/names.ts";

/** The kinds that `-t` can name. */
const RELATIONS: ReadonlySet<string> = new Set(["table", "view", "materialized-view", "sequence", "foreign-table"]);
/** What carries the rows of a relation and bears its name. In an archive of rows alone they belong to nothing else. */
const ROWS_OF_RELATIONS: ReadonlySet<string> = new Set(["table-data", "sequence-value", "refresh"]);
/** What schema-only leaves out and data-only keeps: the data section, and the refresh that fills a materialized view. */
function isRows(entry: TocEntry): boolean {
  return entry.section === "data" || entry.kind === "refresh";
}
/** Every database has it, and no archive: a pattern that fits it is not wrong. */
const EVERYWHERE = "plpgsql";

export interface Selection {
  /** Whether a relation is meant, before any catalog is read: what the dump locks. `ancestors`: what it inherits from. */
  relation(schema: string, name: string, ancestors?: readonly RelationName[]): boolean;
  /** Whether a relation's rows are meant too. */
  rows(schema: string, name: string, ancestors?: readonly RelationName[]): boolean;
  /**
   * The entries that are meant, in their order, or in that of the list. Throws NOTHING_MATCHED when all patterns for
   * relations, schemas or extensions fit nothing, or one of them where names are strict.
   */
  entries(entries: readonly TocEntry[]): readonly TocEntry[];
  /** Tells of each pattern that fits nothing where another one does. */
  warnings(entries: readonly TocEntry[]): readonly Warning[];
}

/** `searchPath`: where patterns without a schema look. A dump has the source's; an archive has none, and they fit in every schema, as with pg_restore. */
export function createSelection(options: SelectionOptions & Pick<RestoreOptions, "useList">, content: Content, searchPath?: readonly string[]): Selection {
  const names = namesOf(options, searchPath);
  const leftOut = kindsLeftOut(options);
  const { sections, useList } = options;
  const inSections = ({ section }: TocEntry): boolean => sections === undefined || sections.includes(section);
  const inContent = (entry: TocEntry): boolean => content === "all" || isRows(entry) === (content === "data");

  return {
    relation: (schema, name, ancestors = []) => names.relation(schema, name, ancestors),
    rows: (schema, name, ancestors = []) =>
      content !== "schema" && sections?.includes("data") !== false && names.relation(schema, name, ancestors) && !names.withoutRows(schema, name, ancestors),
    entries(entries) {
      refuseUnmatched(names, entries, options.strictNames === true);
      const isMeant = meaning(entries, names, leftOut);
      const listed = useList === undefined ? entries : inListOrder(entries, useList);
      return listed.filter((entry) => inContent(entry) && inSections(entry) && isMeant(entry)).map((entry) => withoutStorage(entry, options));
    },
    warnings: (entries) =>
      unmatched(names, entries).flatMap(({ patterns }) =>
        patterns.map((text) => ({ code: "PATTERN_UNMATCHED", object: text, message: `no object matches ${text}; with strict names this would be an error` })),
      ),
  };
}

/** Whether an entry is meant, by its own name or by that of what it belongs to. */
function meaning(entries: readonly TocEntry[], names: Names, leftOut: ReadonlySet<string>): (entry: TocEntry) => boolean {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const family = familyIn(entries);
  const relation = ({ schema, name }: TocEntry): boolean => names.relation(schema, name, family(schema ?? "", name));

  /** An entry that belongs to no other. */
  const alone = (entry: TocEntry): boolean => {
    if (hasRelationName(entry)) return relation(entry);
    if (entry.kind === "extension") return names.extension(entry.name);
    // Nothing runs them but a restore that makes the database, or is told to make what belongs to the server.
    if (entry.kind === "database" || isGlobalKind(entry.kind)) return true;
    return names.inSchema(entry.kind === "schema" ? entry.name : entry.schema);
  };
  const ofParent = (entry: TocEntry, parent: TocEntry): boolean => {
    // The rows of an extension's configuration table can be named without the extension, or left out.
    if (parent.kind === "extension" && ROWS_OF_RELATIONS.has(entry.kind)) {
      return (isMeant(parent) || relation(entry)) && !names.excluded(entry.schema, entry.name, family(entry.schema ?? "", entry.name));
    }
    // An owned sequence goes with its table, can also be named alone, and stays when its table is left out: others may count with it.
    return isMeant(parent) || (RELATIONS.has(entry.kind) && alone(entry));
  };
  /** Whether an entry adds to a publication what is itself left out. */
  const isUnpublishable = (entry: TocEntry): boolean => (entry.kind === "publication-table" && !relation(entry)) || (entry.kind === "publication-schema" && !names.inSchema(entry.schema));

  const known = new Map<number, boolean>();
  const isMeant = (entry: TocEntry): boolean => {
    const before = known.get(entry.id);
    if (before !== undefined) return before;
    const parent = entry.parent === null ? undefined : byId.get(entry.parent);
    const meant = !leftOut.has(entry.kind) && !isUnpublishable(entry) && (parent === undefined ? alone(entry) : ofParent(entry, parent));
    known.set(entry.id, meant);
    return meant;
  };
  return (entry) => isMeant(entry) && !(ROWS_OF_RELATIONS.has(entry.kind) && names.withoutRows(entry.schema, entry.name, family(entry.schema ?? "", entry.name)));
}

function familyIn(entries: readonly TocEntry[]): Family {
  return familyOf(entries.filter(({ kind }) => kind === "table" || kind === "foreign-table").map(({ schema, name, record }) => ({ schema: schema ?? "", name, parents: parentsIn(record) })));
}

function hasRelationName({ kind }: TocEntry): boolean {
  return RELATIONS.has(kind) || ROWS_OF_RELATIONS.has(kind);
}

interface Unmatched {
  /** The texts of the patterns that fit nothing. */
  readonly patterns: readonly string[];
  /** Whether no other of its sort fits either. */
  readonly all: boolean;
}

function unmatched({ wanted }: Names, entries: readonly TocEntry[]): readonly Unmatched[] {
  const bearers = { relation: hasRelationName, schema: ({ kind, schema }: TocEntry) => kind === "schema" || schema !== null, extension: ({ kind }: TocEntry) => kind === "extension" };
  return wanted.flatMap(({ of, patterns, fits }) => {
    if (patterns.length === 0) return [];
    const candidates = entries.filter(bearers[of]).map(({ kind, schema, name }) => ({ schema, name: of === "schema" && kind !== "schema" ? (schema ?? "") : name }));
    if (of === "extension") candidates.push({ schema: null, name: EVERYWHERE });
    const missing = patterns.filter((pattern) => !candidates.some(({ schema, name }) => fits(pattern, schema, name)));
    return missing.length === 0 ? [] : [{ patterns: missing.map(({ text }) => text), all: missing.length === patterns.length }];
  });
}

function refuseUnmatched(names: Names, entries: readonly TocEntry[], strict: boolean): void {
  const wrong = unmatched(names, entries).find(({ all }) => all || strict);
  if (wrong === undefined) return;
  throw new PgarkError("NOTHING_MATCHED", `no object matches ${wrong.patterns.join(", ")}`, { object: wrong.patterns[0] });
}
