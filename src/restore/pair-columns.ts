/** Which field of the archive each column of a target's table takes, by mapping and by name. Pure. */
import type { TocColumn, TocData } from "../archive/toc.ts";
import { ident, qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { TableMapping } from "../options.ts";
import type { TableColumn, TargetTable } from "./target-table.ts";

/** Rows of the archive, and the table of the target that shall have them. */
export interface WantedTable {
  readonly data: TocData;
  /** Undefined when the target has no table of that name. */
  readonly table: TargetTable | undefined;
  /** Its name, qualified. */
  readonly target: string;
  readonly mapping: TableMapping | null;
  /** Columns of the archive whose values are not wanted. */
  readonly leaveOut: ReadonlySet<string>;
}

export interface ColumnPair {
  readonly column: TableColumn;
  readonly field: TocColumn;
}

export interface PairedTable {
  /** In the target's order. */
  readonly pairs: readonly ColumnPair[];
  readonly refusals: readonly PgarkError[];
}

/**
 * Pairs the columns of all tables, in their order. A field has to go somewhere: into one of the tables that its own
 * was split into, at least. `others`: targets that are there and are no tables.
 */
export function pairColumns(wanted: readonly WantedTable[], others: ReadonlySet<string>): readonly PairedTable[] {
  const sources = wanted.map(sourcesOf);
  const taken = new Set(wanted.flatMap(({ data }, index) => [...sources[index]!.values()].map((field) => fieldKey(data, field.name))));
  return wanted.map((one, index) => {
    if (one.table === undefined) return { pairs: [], refusals: [noTable(one, others.has(one.target))] };
    const pairs = one.table.columns.flatMap((column) => {
      const field = sources[index]!.get(column.name);
      return field === undefined ? [] : [{ column, field }];
    });
    return { pairs, refusals: [...wrongMapping(one), ...homeless(one, one.table, taken), ...unfilled(one, one.table, pairs)] };
  });
}

/** By column of the target: what it takes, where that is in the archive and wanted. */
function sourcesOf({ data, table, mapping, leaveOut }: WantedTable): ReadonlyMap<string, TocColumn> {
  const fields = new Map(data.columns.filter(({ name }) => !leaveOut.has(name)).map((field) => [field.name, field]));
  const sources = new Map<string, TocColumn>();
  for (const { name, generated } of table?.columns ?? []) {
    const field = fields.get(sourceName(name, mapping));
    if (generated === null && field !== undefined) sources.set(name, field);
  }
  return sources;
}

function sourceName(column: string, mapping: TableMapping | null): string {
  const columns = mapping?.columns ?? {};
  return Object.hasOwn(columns, column) ? (columns[column] ?? column) : column;
}

function fieldKey({ schema, table }: TocData, field: string): string {
  return JSON.stringify([schema, table, field]);
}

/** Columns that the mapping or the user's list names and that are not there. */
function wrongMapping({ data, table, target, mapping, leaveOut }: WantedTable): readonly PgarkError[] {
  const inArchive = new Set(data.columns.map(({ name }) => name));
  const archived = qualified(data.schema, data.table);
  const refuse = (message: string) => new PgarkError("USAGE", message, { object: `table ${target}` });
  const refusals = [...leaveOut].filter((name) => !inArchive.has(name)).map((name) => refuse(`column ${ident(name)} of ${archived} cannot be left out: the archive does not have it`));
  for (const [column, field] of Object.entries(mapping?.columns ?? {})) {
    if (!inArchive.has(field)) refusals.push(refuse(`the mapping of ${target} takes column ${ident(field)} of ${archived}, which the archive does not have`));
    const there = table?.columns.find(({ name }) => name === column);
    if (there === undefined) refusals.push(refuse(`the mapping of ${target} names its column ${ident(column)}, which the target does not have`));
    else if (there.generated !== null) refusals.push(generatedThere(column, target, `${archived}.${ident(field)}`));
  }
  return refusals;
}

/** Fields that go nowhere and were not left out. */
function homeless({ data, target, mapping, leaveOut }: WantedTable, table: TargetTable, taken: ReadonlySet<string>): readonly PgarkError[] {
  const archived = qualified(data.schema, data.table);
  return data.columns.flatMap(({ name }) => {
    if (leaveOut.has(name) || taken.has(fieldKey(data, name))) return [];
    const column = table.columns.find((one) => one.name === name);
    if (column !== undefined && column.generated !== null) return [generatedThere(name, target, `${archived}.${ident(name)}`)];
    // The mapping says so itself, and is told of already.
    if (Object.values(mapping?.columns ?? {}).includes(name)) return [];
    const lacks = column !== undefined ? "goes nowhere: the mapping fills the target's column of that name from another" : archived === target ? "the target lacks" : `${target} lacks`;
    return [
      new PgarkError("DRIFT", `the archive has column ${ident(name)} of ${archived}, which ${lacks}`, {
        object: `table ${target}`,
        hint: `Migrate the target first, leave the column out with --leave-out ${archived}.${ident(name)}, or say in a mapping which column takes it.`,
      }),
    ];
  });
}

/** Columns that must have a value and get none. */
function unfilled({ data, target, mapping, leaveOut }: WantedTable, table: TargetTable, pairs: readonly ColumnPair[]): readonly PgarkError[] {
  const filled = new Set(pairs.map(({ column }) => column.name));
  return table.columns.flatMap(({ name, notNull, hasDefault, generated }) => {
    if (filled.has(name) || generated !== null || !notNull || hasDefault) return [];
    const left = leaveOut.has(sourceName(name, mapping));
    const why = left ? `and ${qualified(data.schema, data.table)}.${ident(sourceName(name, mapping))} is left out` : "and the archive has no values for it";
    return [
      new PgarkError("DRIFT", `column ${ident(name)} of ${target} is NOT NULL without a default on the target, ${why}`, {
        object: `table ${target}`,
        hint: left ? "Give the column a default, or do not leave its values out." : "Give the column a default, or say in a mapping which column of the archive fills it.",
      }),
    ];
  });
}

function generatedThere(column: string, target: string, field: string): PgarkError {
  return new PgarkError("DRIFT", `column ${ident(column)} of ${target} is generated on the target and cannot take the archive's values`, {
    object: `table ${target}`,
    hint: `Leave them out with --leave-out ${field}.`,
  });
}

function noTable({ data, target }: WantedTable, isThere: boolean): PgarkError {
  const archived = qualified(data.schema, data.table);
  if (isThere) return new PgarkError("DRIFT", `${target} is not a table on the target`, { object: `table ${target}` });
  const lacks = archived === target ? `the archive has rows for table ${archived}, which the target lacks` : `the archive has rows of ${archived} for table ${target}, which the target lacks`;
  return new PgarkError("DRIFT", lacks, {
    object: `table ${target}`,
    hint: `Migrate the target first, leave the table out with --leave-out ${archived}, or say in a mapping which table takes its rows.`,
  });
}
