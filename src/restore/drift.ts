/**
 * Differences between an archive's tables and the target's, found before any write: how each field of the archive
 * becomes a column, or why it cannot. What is not said here to be lossy arrives as it was; what cannot be decided
 * before the rows are read (a value out of range, a text that is no number) is left to the loaders, row by row.
 */
import type { TocColumn, TocData } from "../archive/toc.ts";
import { ident, qualified } from "../catalog/quote.ts";
import { isPgarkError, messageOf, PgarkError } from "../errors.ts";
import type { Warning } from "../events.ts";
import type { Session } from "../session/session.ts";
import { wireOf } from "../values/wire.ts";
import type { ColumnMap, Field, MappedColumn } from "./column-map.ts";
import { type ColumnPair, pairColumns, type WantedTable } from "./pair-columns.ts";
import { baseOf, castBetween, type KnownType, type KnownTypes, readTypes } from "./type-casts.ts";
import { copyRefuses, modifierChange, modifierOf, withoutModifier } from "./type-modifier.ts";

export type { WantedTable } from "./pair-columns.ts";

/** How a table's rows go in. The map is null when they cannot; then this or an earlier table of the answer has the refusals. */
export interface MappedTable {
  readonly map: ColumnMap | null;
  readonly refusals: readonly PgarkError[];
  readonly warnings: readonly Warning[];
}

const TEXT_HINT = "Dump again with --text-only to let the target read the values as text.";

/**
 * Maps the archive's tables to the target's, in the order they are given. What is true of many, as of partitions
 * that are loaded through their root, is told once. Takes a fixed number of queries, and one for each condition of a
 * mapping; a condition that the server refuses leaves an open transaction failed.
 */
export async function mapTables(session: Session, wanted: readonly WantedTable[]): Promise<readonly MappedTable[]> {
  const paired = pairColumns(wanted, await otherRelations(session, wanted));
  const columns = wanted.flatMap(({ data }) => data.columns);
  const names = [...columns.map(({ type }) => withoutModifier(type)), ...wanted.flatMap(({ table }) => table?.columns.map(({ bareType }) => bareType) ?? [])];
  const types = await readTypes(session, names, columns.flatMap(({ wire }) => wire ?? []));
  const told = new Set<string>();
  const first = (text: string) => !told.has(text) && told.add(text) !== undefined;
  const mapped: MappedTable[] = [];
  for (const [index, one] of wanted.entries()) {
    const { pairs, refusals } = paired[index]!;
    const typed = pairs.map((pair) => typeColumn(pair, one, types));
    const fields = one.data.columns.map((column) => fieldOf(column, typed.find(({ pair }) => pair.field === column) ?? null, one, types));
    const map = mapOf(fields, typed, one);
    const all = [...refusals, ...typed.flatMap(({ refusal }) => refusal ?? [])];
    if (all.length === 0 && map.where !== null) all.push(...(await refusedCondition(session, map.where, fields, one)));
    mapped.push({
      map: all.length === 0 ? map : null,
      refusals: all.filter(({ object, message }) => first(`${object} ${message}`)),
      warnings: typed.flatMap(({ warning }) => warning ?? []).filter(({ object, message }) => first(`${object} ${message}`)),
    });
  }
  return mapped;
}

const OTHERS = /* sql */ `select name from unnest($1::text[]) as wanted (name) where pg_catalog.to_regclass(name) is not null`;

/** The targets that are on the server, and are no tables. */
async function otherRelations(session: Session, wanted: readonly WantedTable[]): Promise<ReadonlySet<string>> {
  const without = wanted.filter(({ table }) => table === undefined).map(({ target }) => target);
  if (without.length === 0) return new Set();
  return new Set((await session.query<{ name: string }>(OTHERS, [without])).map(({ name }) => name));
}

interface TypedColumn {
  readonly pair: ColumnPair;
  readonly column: MappedColumn;
  /** What the staging column's type is. */
  readonly staged: KnownType | null;
  /** Whether COPY into the target's column gives the same. */
  readonly direct: boolean;
  readonly refusal: PgarkError | null;
  readonly warning: Warning | null;
}

function typeColumn(pair: ColumnPair, { data, target }: WantedTable, types: KnownTypes): TypedColumn {
  const { field, column } = pair;
  const archived = types.named(withoutModifier(field.type));
  const wanted = types.named(column.bareType);
  if (wanted === null) throw new Error(`column ${column.name} of ${target} has type ${column.bareType}, which to_regtype does not find`);
  const staged = stagedType(field, archived, data, types);
  const name = `column ${ident(field.name)} of ${qualified(data.schema, data.table)}`;
  const result = { pair, staged, column: { name: column.name, field: field.name, bareType: column.bareType, sameType: false, casts: [], lossy: false }, direct: false, refusal: null, warning: null };
  const refuse = (message: string, hint: string) => ({ ...result, refusal: new PgarkError("DRIFT", message, { object: `table ${target}`, hint }) });
  const differ = `${field.type} in the archive and ${column.type} on the target`;

  if (staged === null) return refuse(`${name} is ${differ}, and its values are ${field.wire} in binary, for which the target has no type`, TEXT_HINT);
  if (archived === wanted && staged !== archived) return refuse(`${name} is of type ${field.type}, which is ${wireOf(wanted) ?? "another"} on the target, and the archive's values are ${field.wire}`, TEXT_HINT);
  const way = staged === wanted ? { casts: [wanted.bareType], lossy: false, zoned: false } : castBetween(staged, wanted, types);
  if ("reason" in way) return refuse(`${name} is ${differ}: ${way.reason}`, waysOut(field, data));

  const { typeName } = elementOf(wanted);
  const change = modifierChange(typeName, staged === wanted ? modifierOf(field.type) : null, modifierOf(column.type));
  const sameType = staged === wanted && change === "none";
  const lossy = way.lossy || change === "lossy";
  const casts = sameType ? [] : change === "none" ? way.casts : [...way.casts, column.type];
  return {
    ...result,
    column: { ...result.column, sameType, casts, lossy },
    direct: staged === wanted && (change !== "lossy" || copyRefuses(typeName)),
    warning: field.type === column.type ? null : differs(field, pair, target, lossy, way.zoned ? types.timeZone : null),
  };
}

/** What reads the field as the archive has it, whatever the target's column is. A name can have come to mean something else: the wire tells in binary. */
function stagedType(field: TocColumn, archived: KnownType | null, data: TocData, types: KnownTypes): KnownType | null {
  if (data.format !== "copy-binary") return archived ?? types.named("text");
  if (archived !== null && wireOf(archived) === field.wire) return archived;
  return field.wire === null ? null : types.ofWire(field.wire);
}

/** What a modifier is for: `numeric` in `numeric(10,2)[]`, and in a domain. */
function elementOf(type: KnownType): KnownType {
  const base = baseOf(type);
  return base.element === null ? base : elementOf(base.element);
}

function differs(field: TocColumn, { column }: ColumnPair, target: string, lossy: boolean, zone: string | null): Warning {
  const notes = [
    `${field.type} in the archive, ${column.type} on the target`,
    ...(zone === null ? [] : [`instants are read and written by the clock of the session's time zone, ${zone}`]),
    ...(lossy ? ["values that would change are rejected"] : []),
  ];
  return { code: "TYPE_DIFFERS", object: `${target}.${ident(column.name)}`, message: notes.join("; ") };
}

function waysOut(field: TocColumn, data: TocData): string {
  return `Leave it out with --leave-out ${qualified(data.schema, data.table)}.${ident(field.name)}, map it to another column, or convert it in a database of the archive's own schema.`;
}

/** What nobody looks at is staged as its bytes are: its type may be gone, and so may its values' meaning. */
function fieldOf({ name, type, wire }: TocColumn, typed: TypedColumn | null, { data, mapping }: WantedTable, types: KnownTypes): Field {
  const unread = data.format === "copy-binary" ? "bytea" : "text";
  if (typed !== null) return { name, type, stagingType: typed.staged?.bareType ?? unread };
  const staged = mapping?.where === undefined ? null : stagedType({ name, type, wire }, types.named(withoutModifier(type)), data, types);
  return { name, type, stagingType: staged?.bareType ?? unread };
}

function mapOf(fields: readonly Field[], typed: readonly TypedColumn[], { mapping }: WantedTable): ColumnMap {
  const where = mapping?.where ?? null;
  const used = new Set(typed.map(({ pair }) => pair.field));
  const each = used.size === fields.length && typed.length === fields.length;
  return { fields, columns: typed.map(({ column }) => column), where, direct: where === null && each && typed.every(({ direct }) => direct) };
}

/** The server parses the condition, alone in its statement: the extended protocol takes no second one. */
async function refusedCondition(session: Session, where: string, fields: readonly Field[], { target }: WantedTable): Promise<readonly PgarkError[]> {
  const row = fields.map(({ name, stagingType }) => `null::${stagingType} as ${ident(name)}`).join(", ");
  try {
    await session.query(`select from (select ${row}) as archived where (\n${where}\n) limit 0`);
    return [];
  } catch (error) {
    if (!isPgarkError(error, "SQL_FAILED", "PERMISSION_DENIED")) throw error;
    return [new PgarkError("USAGE", `the condition for ${target} cannot be used: ${where}: ${messageOf(error)}`, { object: `table ${target}`, sqlState: error.sqlState, cause: error, hint: "It is SQL over the archive's columns of that table, true or false for each row." })];
  }
}
