/** What each kind of object may have that other majors do not: a line a feature, in the order of the majors that brought them. */
import type { DefinedColumn, StoredColumn } from "../catalog/columns.ts";
import type { KindObjects } from "../catalog/catalog.ts";
import type { AnyObject, Key, Kind } from "../catalog/kind.ts";
import { ident, qualified } from "../catalog/quote.ts";
import type { TableCheck, TableLike } from "../catalog/table-parts.ts";
import type { Feature } from "./other-major.ts";

/** What a rule may have to know of the rest of the archive. */
export interface Surroundings {
  /** Keys of the parts that are statements of their own. */
  readonly separate: ReadonlySet<Key>;
  /** By qualified name. */
  readonly tables: ReadonlyMap<string, TableLike>;
  /** The bare names of the user's multirange types. */
  readonly multiranges: ReadonlySet<string>;
}

/** A feature of one kind's objects. */
export interface ObjectRule extends Feature {
  readonly kind: Kind;
  has(object: AnyObject, around: Surroundings): boolean;
  /** The same without the feature, null to leave it out. A rule without this refuses. */
  without?(object: AnyObject): AnyObject | null;
  /** What is done, where «it is restored without» would not say it. */
  readonly instead?: string;
  /** The older syntax says the same: nobody has to know. */
  readonly silent?: true;
}

/** Written with the kind's own type; kept in one list, where the kind tells which. */
function rule<Of extends Kind>(one: Feature & { readonly kind: Of; has(object: KindObjects[Of], around: Surroundings): boolean; without?(object: KindObjects[Of]): KindObjects[Of] | null } & Pick<ObjectRule, "instead" | "silent">): ObjectRule {
  // fitEntry gives a rule only objects of its kind; TypeScript cannot follow that through a list.
  return one as unknown as ObjectRule;
}

function relations(ruleFor: (kind: "table" | "foreign-table") => ObjectRule): readonly ObjectRule[] {
  return [ruleFor("table"), ruleFor("foreign-table")];
}

export const objectRules: readonly ObjectRule[] = [
  // Tables and foreign tables.
  ...relations((kind) => rule({ kind, what: "virtual generated columns", since: 18, has: (t) => t.columns.some(({ generated }) => generated === "virtual") })),
  ...relations((kind) =>
    rule({ kind, what: "names of NOT NULL", since: 18, has: (t) => t.columns.some(isNamed), without: (t) => t, instead: "the columns are NOT NULL without" }),
  ),
  ...relations((kind) => rule({ kind, what: "NOT NULL as a constraint", since: 18, silent: true, has: (t) => t.columns.some(({ notNullConstraint }) => notNullConstraint !== null), without: withoutNotNulls })),
  ...relations((kind) => rule({ kind, what: "compression of columns", since: 14, has: hasCompression, without: withoutCompression })),
  ...relations((kind) => rule({ kind, what: "multiranges", since: 14, has: (t, around) => t.columns.some(({ type }) => isMultirange(type, around)) })),
  rule({ kind: "table", what: "access methods of partitioned tables", since: 17, has: (t) => t.relationKind === "partitioned" && t.accessMethod !== null, without: (t) => ({ ...t, accessMethod: null }) }),
  rule({ kind: "table", what: "generated columns that differ from the parent's", since: 16, has: generatesOtherwise }),
  rule({ kind: "table-attach", what: "infinite intervals", since: 17, has: ({ bound, parent }, { tables }) => /'-?infinity'/.test(bound) && tables.get(qualified(parent.schema, parent.name))?.columns.some(({ type }) => type.startsWith("interval")) === true }),
  rule({ kind: "table", what: "storage parameters of 18", since: 18, has: (t) => [...t.options, ...t.toastOptions].some(isOf18), without: (t) => ({ ...t, options: t.options.filter((option) => !isOf18(option)), toastOptions: t.toastOptions.filter((option) => !isOf18(option)) }) }),
  rule({ kind: "materialized-view", what: "compression of columns", since: 14, has: hasCompression, without: withoutCompression }),

  // Their constraints and indexes.
  rule({ kind: "check", what: "constraints that are NOT ENFORCED", since: 18, has: ({ definition }) => definition.endsWith(" NOT ENFORCED"), without: () => null }),
  rule({ kind: "check", what: "NOT NULL that is NOT VALID", since: 18, has: ({ type, validated }) => type === "not null" && !validated, without: checkInstead, instead: "a CHECK says the same" }),
  rule({ kind: "foreign-key", what: "constraints that are NOT ENFORCED", since: 18, has: ({ definition }) => definition.endsWith(" NOT ENFORCED"), without: () => null }),
  rule({ kind: "foreign-key", what: "foreign keys of periods", since: 18, has: ({ definition }) => /^FOREIGN KEY \((?:"(?:[^"]|"")*"|[^")])*, PERIOD /.test(definition) }),
  rule({ kind: "foreign-key", what: "foreign keys of partitioned tables that are NOT VALID", since: 18, has: ({ definition, partitioned }) => partitioned && definition.endsWith(" NOT VALID") }),
  rule({ kind: "foreign-key", what: "foreign keys that set some of their columns", since: 15, has: ({ definition }) => / ON DELETE SET (NULL|DEFAULT) \(/.test(definition) }),
  rule({ kind: "constraint", what: "keys WITHOUT OVERLAPS", since: 18, has: ({ withoutOverlaps }) => withoutOverlaps }),
  rule({ kind: "constraint", what: "exclusion constraints of partitioned tables", since: 17, has: ({ type, partitioned }) => type === "exclusion" && partitioned }),
  rule({ kind: "constraint", what: "NULLS NOT DISTINCT", since: 15, has: ({ nullsNotDistinct }) => nullsNotDistinct }),
  rule({ kind: "index", what: "NULLS NOT DISTINCT", since: 15, has: ({ unique, indexDefinition }) => unique && / NULLS NOT DISTINCT/.test(indexDefinition) }),
  rule({ kind: "index", what: "SP-GiST indexes that INCLUDE columns", since: 14, has: ({ indexDefinition }) => / USING spgist .* INCLUDE \(/.test(indexDefinition) }),
  rule({ kind: "index", what: "BRIN's minmax-multi and bloom", since: 14, has: ({ indexDefinition }) => / USING brin .*_(minmax_multi|bloom)_ops/.test(indexDefinition) }),
  rule({ kind: "statistics", what: "statistics on expressions", since: 14, has: ({ definition }) => onExpressions(definition), without: () => null }),

  // Views, sequences, functions, types.
  rule({ kind: "view", what: "views with the rights of who asks (security_invoker)", since: 15, has: ({ definition }) => definition.options.some((option) => /^security_invoker=(true|on|yes|1)/i.test(option)) }),
  rule({ kind: "view", what: "view option security_invoker", since: 15, silent: true, has: ({ definition }) => definition.options.some((option) => /^security_invoker=(false|off|no|0)/i.test(option)), without: (v) => ({ ...v, definition: { ...v.definition, options: v.definition.options.filter((option) => !option.startsWith("security_invoker=")) } }) }),
  rule({ kind: "sequence", what: "unlogged sequences", since: 15, has: ({ persistence }) => persistence === "unlogged", without: (s) => ({ ...s, persistence: "permanent" }), instead: "it is a logged one" }),
  rule({ kind: "identity", what: "unlogged sequences", since: 15, has: ({ persistence }) => persistence !== null, without: (i) => ({ ...i, persistence: null }), instead: "the identity's is a logged one" }),
  rule({ kind: "function", what: "SQL-standard bodies", since: 14, has: ({ sqlBody }) => sqlBody !== null, without: withTextBody, instead: "the body is a text, and what it uses may be dropped" }),
  rule({ kind: "function", what: "OUT arguments of procedures", since: 14, has: (f) => f.routine === "procedure" && /(^|, )OUT /.test(f.arguments) }),
  rule({ kind: "function", what: "multiranges", since: 14, has: (f, around) => isMultirange(f.arguments, around) || isMultirange(f.result ?? "", around) }),
  rule({ kind: "function", what: "subscripts of base types", since: 14, has: ({ language, source }) => language === "internal" && /^(raw_)?array_subscript_handler$/.test(source), without: () => null }),
  rule({ kind: "base-type", what: "subscripts of base types", since: 14, has: ({ subscript }) => subscript !== null, without: (t) => ({ ...t, subscript: null }) }),
  rule({ kind: "range", what: "multiranges", since: 14, silent: true, has: ({ multirange }) => multirange !== null, without: (r) => ({ ...r, multirange: null }) }),
  rule({ kind: "domain", what: "names of NOT NULL", since: 17, has: (d) => d.constraints.some(({ notNull, name }) => notNull && !/_not_null\d*$/.test(name)), without: (d) => d, instead: "the domain is NOT NULL without" }),
  rule({ kind: "domain", what: "multiranges", since: 14, has: ({ type }, around) => isMultirange(type, around) }),
  rule({ kind: "collation", what: "collations of the provider builtin", since: 17, has: ({ provider }) => provider === "builtin" }),
  rule({ kind: "collation", what: "rules of ICU collations", since: 16, has: ({ icuRules }) => icuRules !== null }),
  rule({ kind: "operator", what: "operators behind their operand", until: 14, has: ({ right }) => right === null }),
  rule({ kind: "aggregate", what: "aggregates of anyarray over the functions of arrays, which take anycompatiblearray", until: 14, has: ({ state, moving }) => [state, ...(moving === null ? [] : [moving])].some(({ type, transition }) => type === "anyarray" && /^(pg_catalog\.)?array_(append|cat|prepend|remove|replace)$/.test(transition)) }),

  // Publications, subscriptions, event triggers.
  rule({ kind: "event-trigger", what: "event triggers on login", since: 17, has: ({ event }) => event === "login" }),
  rule({ kind: "publication", what: "publications of generated columns", since: 18, has: ({ generatedColumns }) => generatedColumns !== "none", without: (p) => ({ ...p, generatedColumns: "none" }) }),
  rule({ kind: "publication-table", what: "row filters and column lists of publications", since: 15, has: ({ columnNames, where }) => columnNames !== null || where !== null }),
  rule({ kind: "publication-table", what: "generated columns in column lists of publications", since: 18, has: ({ schema, name, columnNames }, { tables }) => tables.get(qualified(schema, name))?.columns.some((column) => column.generated !== null && columnNames?.includes(column.name) === true) === true }),
  rule({ kind: "publication-schema", what: "schemas in publications", since: 15, has: () => true }),
  rule({ kind: "subscription", what: "subscription option failover", since: 17, has: ({ failover }) => failover, without: (s) => ({ ...s, failover: false }) }),
  rule({ kind: "subscription", what: "subscriptions that take only what did not come from elsewhere (origin)", since: 16, has: ({ origin }) => origin !== "any" }),
  rule({ kind: "subscription", what: "subscription option password_required", since: 16, has: ({ passwordRequired }) => !passwordRequired, without: (s) => ({ ...s, passwordRequired: true }) }),
  rule({ kind: "subscription", what: "subscription option run_as_owner", since: 16, silent: true, has: ({ runAsOwner }) => runAsOwner, without: (s) => ({ ...s, runAsOwner: false }) }),
  rule({ kind: "subscription", what: "streaming by parallel workers", since: 16, has: ({ streaming }) => streaming === "parallel", without: (s) => ({ ...s, streaming: "on" }), instead: "it streams without" }),
  rule({ kind: "subscription", what: "subscription option two_phase", since: 15, has: ({ twoPhase }) => twoPhase, without: (s) => ({ ...s, twoPhase: false }) }),
  rule({ kind: "subscription", what: "subscription option disable_on_error", since: 15, has: ({ disableOnError }) => disableOnError, without: (s) => ({ ...s, disableOnError: false }) }),
  rule({ kind: "subscription", what: "binary transfer of subscriptions", since: 14, has: ({ binary }) => binary, without: (s) => ({ ...s, binary: false }) }),
  rule({ kind: "subscription", what: "subscription option streaming", since: 14, silent: true, has: ({ streaming }) => streaming === "off", without: (s) => ({ ...s }) }),
  rule({ kind: "subscription", what: "subscription option streaming", since: 14, has: ({ streaming }) => streaming !== "off", without: (s) => ({ ...s, streaming: "off" }) }),
];

/** By somebody who wanted another name than the server's own, which may be cut or numbered. One that becomes a CHECK keeps its name. */
function isNamed({ notNullLocal, notNullConstraint: constraint }: DefinedColumn): boolean {
  return constraint !== null && notNullLocal && !constraint.late && !constraint.noInherit && !/_not_null\d*$/.test(constraint.name);
}

/** A flag of the column, as it was before 18; a CHECK where a flag would reach further than the constraint. */
function withoutNotNulls<Of extends TableLike>(t: Of): Of {
  const checks = t.columns.flatMap(({ name, notNullConstraint: constraint }): readonly TableCheck[] => {
    if (constraint === null || !constraint.noInherit || constraint.late) return [];
    return [{ key: constraint.key, name: constraint.name, definition: `CHECK ((${ident(name)} IS NOT NULL)) NO INHERIT`, validated: true, local: true, noInherit: true, enforced: true, late: false }];
  });
  const columns = t.columns.map((column) => {
    const constraint = column.notNullConstraint;
    // A late one comes after the rows, by the kind "check".
    return { ...column, notNullConstraint: null, notNull: column.notNull && constraint?.noInherit !== true && constraint?.late !== true };
  });
  return { ...t, columns, checks: [...t.checks, ...checks] };
}

function hasCompression({ columns }: { readonly columns: readonly StoredColumn[] }): boolean {
  return columns.some(({ compression }) => compression !== null);
}

function withoutCompression<Of extends { readonly columns: readonly StoredColumn[] }>(relation: Of): Of {
  return { ...relation, columns: relation.columns.map((column) => ({ ...column, compression: null })) };
}

/** A child's column, where its parent generates that column too, by another expression. */
function generatesOtherwise(t: TableLike, { tables }: Surroundings): boolean {
  const inherited = new Set(t.parents.flatMap(({ schema, name }) => tables.get(qualified(schema, name))?.columns.filter(({ generated }) => generated !== null).map((column) => column.name) ?? []));
  return !t.isPartition && t.columns.some(({ name, local, generated, generationInherited }) => local && generated !== null && !generationInherited && inherited.has(name));
}

function isOf18(option: string): boolean {
  return /^(vacuum_max_eager_freeze_failure_rate|autovacuum_vacuum_max_threshold)=/.test(option);
}

function checkInstead(check: KindObjects["check"]): KindObjects["check"] {
  return { ...check, type: "check", definition: check.definition.replace(/^NOT NULL (.*?)( NO INHERIT)? NOT VALID$/s, "CHECK (($1 IS NOT NULL))$2 NOT VALID") };
}

/** Between ON and FROM a statistics object has columns; parentheses there are an expression's. */
function onExpressions(definition: string): boolean {
  const [, columns = ""] = / ON (.*) FROM /s.exec(definition.replaceAll(/"(?:[^"]|"")*"/g, "q")) ?? [];
  return columns.includes("(");
}

/** Whether one of the types in the text is a multirange, the server's or the user's. */
function isMultirange(types: string, { multiranges }: Surroundings): boolean {
  if (/\b(int4|int8|num|ts|tstz|date|any|anycompatible)multirange\b/.test(types)) return true;
  return [...multiranges].some((name) => types.split(/[^\w$"]+/).some((word) => word === ident(name)));
}

/** As `LANGUAGE sql` had it before 14. The server printed every name in it qualified. */
function withTextBody(f: KindObjects["function"]): KindObjects["function"] {
  const body = f.sqlBody ?? "";
  const [, statements = body.replace(/^RETURN\b/, "SELECT")] = /^BEGIN ATOMIC\b(.*)\bEND$/s.exec(body) ?? [];
  return { ...f, sqlBody: null, source: statements };
}
