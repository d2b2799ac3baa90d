/** Finds a column in an archive's TOC: in its table, in the table's partitions and in what inherits from it. */
import type { ArchiveReader } from "../archive/reader.ts";
import type { Json, TocData, TocEntry } from "../archive/toc.ts";
import { qualified } from "../catalog/quote.ts";
import type { ColumnAddress } from "../databases/config.ts";

export interface FoundColumn {
  readonly name: string;
  /** `format_type` text. */
  readonly type: string;
  /** The entries that hold the rows: more than one for a table with partitions or children. */
  readonly tables: readonly RowsEntry[];
}

export interface RowsEntry {
  readonly id: number;
  readonly data: TocData & { readonly format: "copy-text" | "copy-binary" };
  /** The columns of the primary key, else of the first unique constraint; empty when there is none, or the archive holds no definitions. */
  readonly key: readonly string[];
}

interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** The column, or why its values are not there to be read. */
export function findColumn({ toc: { entries } }: Pick<ArchiveReader, "toc">, { schema, table, column }: Omit<ColumnAddress, "database">): FoundColumn | string {
  const shown = qualified(schema, table);
  const family = familyOf(entries, { schema, name: table });
  // Rows that are restored through their root bear its name too, with or without definitions beside them.
  const isMeant = (entry: TocEntry): boolean => family.some((one) => one.schema === entry.schema && one.name === entry.name) || (entry.data?.schema === schema && entry.data.table === table);
  const tables = entries.flatMap((entry) => (isMeant(entry) ? rowsEntry(entry, entries) : []));
  const [first] = tables;
  const defined = entries.find((entry) => entry.kind === "table" && entry.schema === schema && entry.name === table);
  if (first === undefined) return defined === undefined ? `the archive has no table ${shown}` : `the archive has no rows of the table ${shown}`;
  const found = first.data.columns.find(({ name }) => name === column);
  if (found !== undefined && tables.every(({ data }) => data.columns.some(({ name }) => name === column))) return { name: column, type: found.type, tables };
  const generated = listOf(fieldOf(defined?.record, "columns")).some((one) => fieldOf(one, "name") === column);
  return generated ? `the column ${column} of ${shown} is generated, and its values are not in the archive` : `the table ${shown} has no column ${column} in the archive`;
}

/** The table and all that descends from it, as `SELECT … FROM table` reads it. An archive without definitions knows no descendants. */
function familyOf(entries: readonly TocEntry[], root: TableName): readonly TableName[] {
  const family: TableName[] = [root];
  // Grows while it is walked.
  for (const parent of family) {
    for (const { kind, schema, name, record } of entries) {
      if (kind !== "table" || schema === null || family.some((one) => one.schema === schema && one.name === name)) continue;
      const parents = listOf(fieldOf(record, "parents"));
      if (parents.some((one) => fieldOf(one, "schema") === parent.schema && fieldOf(one, "name") === parent.name)) family.push({ schema, name });
    }
  }
  return family;
}

function rowsEntry({ id, kind, data, schema, name }: TocEntry, entries: readonly TocEntry[]): readonly RowsEntry[] {
  if (kind !== "table-data" || data === null || data.format === "large-objects") return [];
  const { format } = data;
  const columns = new Set(data.columns.map((column) => column.name));
  const keys = entries.flatMap((entry) => {
    if (entry.kind !== "constraint" || entry.schema !== schema || fieldOf(entry.record, "table") !== name) return [];
    const type = fieldOf(entry.record, "type");
    const key = listOf(fieldOf(entry.record, "columns")).filter((column) => typeof column === "string");
    // A generated column's values are not in the rows.
    return type === "exclusion" || !key.every((column) => columns.has(column)) ? [] : [{ primary: type === "primary key", key }];
  });
  return [{ id, data: { ...data, format }, key: (keys.find(({ primary }) => primary) ?? keys[0])?.key ?? [] }];
}

function fieldOf(json: Json | undefined, field: string): Json | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json) || !Object.hasOwn(json, field)) return undefined;
  // An array was ruled out above; `Array.isArray` does not narrow readonly arrays.
  return (json as { readonly [key: string]: Json })[field];
}

function listOf(json: Json | undefined): readonly Json[] {
  // `Array.isArray` gives any[] for a readonly array.
  return Array.isArray(json) ? (json as readonly Json[]) : [];
}
