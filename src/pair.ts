/**
 * The story of a pair check: references from one database into another, where no foreign key can reach, are looked up in
 * the archives of both. No server is needed. Values are compared by their text, as PostgreSQL prints them: 7 of an
 * integer and 7 of a bigint are equal, 7 and 7.0 are not. What is looked up is kept as hashes (pair/text-set.ts); a
 * collision could hide a dangling value, and could never invent one.
 */
import { resolve } from "node:path";
import { type ArchiveReader, openArchive } from "./archive/reader.ts";
import { fileSource } from "./archive/store/source.ts";
import type { ColumnAddress, SoftReference } from "./databases/config.ts";
import { teller } from "./events.ts";
import { nodeIo } from "./io/io.ts";
import type { CommonOptions } from "./options.ts";
import { findColumn, type FoundColumn } from "./pair/find-column.ts";
import { type Match, matchArchives, type MatchedBy } from "./pair/match-archives.ts";
import { readColumns } from "./pair/read-columns.ts";
import { compareSnapshots, snapshotFacts, type SnapshotFacts, type SnapshotsComparison } from "./pair/snapshots.ts";
import { textKey, TextSet } from "./pair/text-set.ts";

export interface PairOptions extends CommonOptions {
  /** Database of the references → path of its archive, where the name in the archive is another. Default: none. */
  readonly mapping?: Readonly<Record<string, string>> | undefined;
  /** All named databases, in the order in which archives that bear none of the names are taken. Default: as the references name them. */
  readonly databases?: readonly string[] | undefined;
  /** How many dangling values are listed for each reference. Default: 10. They are all counted. */
  readonly most?: number | undefined;
}

export interface PairReport {
  readonly archives: readonly PairedArchive[];
  readonly snapshots: SnapshotsComparison;
  /** In the order of the references. */
  readonly references: readonly ReferenceReport[];
}

export interface PairedArchive extends SnapshotFacts {
  readonly path: string;
  /** The name it stands for in the references; null when none was left for it. */
  readonly database: string | null;
  readonly matchedBy: MatchedBy | null;
  /** What its database was called where it was dumped. */
  readonly sourceDatabase: string;
}

export type ReferenceReport = CheckedReference | UncheckedReference;

interface ReferenceEnds {
  /** `memorydb.public.rule_links.rule_id` */
  readonly from: string;
  readonly to: string;
}

/** A table or a column is not in its archive, so nothing is known of the reference. */
export interface UncheckedReference extends ReferenceEnds {
  readonly checked: false;
  readonly problem: string;
}

export interface CheckedReference extends ReferenceEnds {
  readonly checked: true;
  /** Referencing rows, those with NULL among them. */
  readonly rows: number;
  readonly nulls: number;
  /** Different values other than NULL. */
  readonly distinct: number;
  readonly referencedRows: number;
  readonly referencedDistinct: number;
  /** Rows whose value is not there. */
  readonly danglingRows: number;
  /** Different values that are not there. */
  readonly danglingDistinct: number;
  /** The first of them, in the archive's order. */
  readonly dangling: readonly DanglingValue[];
}

export interface DanglingValue {
  readonly value: string;
  /** How many rows have it. */
  readonly rows: number;
  /** The first such row: its place in the table's rows, from 1, as `cat` prints them. */
  readonly row: number;
  /** Its key; null when the table has none, or the archive is of rows alone. */
  readonly key: readonly { readonly column: string; readonly value: string | null }[] | null;
}

/**
 * Checks references between databases inside their archives. Throws what opening an archive throws, ARCHIVE_DAMAGED for bad
 * rows, and USAGE when two archives are of one database; dangling values and missing tables do not throw: they are in the report.
 */
export async function checkPair(archives: readonly string[], softReferences: readonly SoftReference[], options: PairOptions = {}): Promise<PairReport> {
  const tell = teller(options.onEvent);
  await using opened = await openAll([...archives, ...Object.values(options.mapping ?? {})], options);
  const matches = matchArchives({
    archives: [...opened.readers].map(([path, { manifest }]) => ({ path, database: manifest.source.database })),
    names: namesIn(softReferences, options.databases ?? []),
    known: options.databases ?? [],
    mapping: new Map(Object.entries(options.mapping ?? {}).map(([name, path]) => [name, resolve(path)])),
  });
  const place = (address: ColumnAddress): Place | string => {
    const reader = opened.readers.get(matches.get(address.database)?.path ?? "");
    if (reader === undefined) return `there is no archive of the database ${address.database}`;
    const column = findColumn(reader, address);
    return typeof column === "string" ? `${address.database}: ${column}` : { reader, column };
  };
  const references: ReferenceReport[] = [];
  for (const { from, to } of softReferences) {
    const ends = { from: addressText(from), to: addressText(to) };
    tell({ type: "step", step: "pair", detail: `${ends.from} -> ${ends.to}` });
    references.push(await checkReference(ends, place(from), place(to), options));
  }
  return { archives: pairedArchives(opened.readers, matches), snapshots: compareSnapshots([...opened.readers.values()].map(({ manifest }) => snapshotFacts(manifest.source))), references };
}

/** Whether every reference was checked and none dangles. */
export function isWhole(report: PairReport): boolean {
  return report.references.every((reference) => reference.checked && reference.danglingRows === 0);
}

interface Place {
  readonly reader: ArchiveReader;
  readonly column: FoundColumn;
}

async function checkReference(ends: ReferenceEnds, from: Place | string, to: Place | string, options: PairOptions): Promise<ReferenceReport> {
  if (typeof from === "string") return { ...ends, checked: false, problem: from };
  if (typeof to === "string") return { ...ends, checked: false, problem: to };
  if (isArray(from.column) !== isArray(to.column)) return { ...ends, checked: false, problem: `${from.column.type} and ${to.column.type} cannot be compared: one is a list of values` };
  const referenced = await readReferenced(to, options.signal);
  return { ...ends, checked: true, ...(await lookUp(from, referenced.values, options)), referencedRows: referenced.rows, referencedDistinct: referenced.values.size() };
}

async function readReferenced({ reader, column }: Place, signal: AbortSignal | undefined): Promise<{ readonly rows: number; readonly values: TextSet }> {
  const values = new TextSet();
  let rows = 0;
  for (const table of column.tables) {
    for await (const batch of readColumns(reader, table, [column.name], signal)) {
      rows += batch.length;
      for (const [value = null] of batch) if (value !== null) values.add(textKey(value));
    }
  }
  return { rows, values };
}

/** Looks every referencing value up. */
async function lookUp({ reader, column }: Place, referenced: TextSet, { signal, most = 10 }: PairOptions) {
  const values = new TextSet();
  const listed = new Map<string, Omit<DanglingValue, "value" | "rows"> & { rows: number }>();
  let [rows, nulls, danglingRows] = [0, 0, 0];
  const take = (value: string | null, keyOf: () => DanglingValue["key"]): void => {
    rows += 1;
    if (value === null) {
      nulls += 1;
      return;
    }
    const hashed = textKey(value);
    values.add(hashed);
    if (referenced.has(hashed)) return;
    danglingRows += 1;
    const known = listed.get(value);
    if (known !== undefined) known.rows += 1;
    else if (listed.size < most) listed.set(value, { rows: 1, row: rows, key: keyOf() });
  };
  for (const table of column.tables) {
    for await (const batch of readColumns(reader, table, [column.name, ...table.key], signal)) {
      for (const [value = null, ...key] of batch) take(value, () => keyOf(table.key, key));
    }
  }
  const dangling = [...listed].map(([value, found]): DanglingValue => ({ value, ...found }));
  return { rows, nulls, distinct: values.size(), danglingRows, danglingDistinct: values.countMissing(referenced), dangling };
}

function keyOf(columns: readonly string[], values: readonly (string | null)[]): DanglingValue["key"] {
  return columns.length === 0 ? null : columns.map((column, index) => ({ column, value: values[index] ?? null }));
}

function isArray({ type }: FoundColumn): boolean {
  return type.endsWith("[]");
}

interface OpenArchives extends AsyncDisposable {
  /** By absolute path, in the order they were named. */
  readonly readers: ReadonlyMap<string, ArchiveReader>;
}

async function openAll(paths: readonly string[], options: CommonOptions): Promise<OpenArchives> {
  const readers = new Map<string, ArchiveReader>();
  const close = async () => void (await Promise.all([...readers.values()].map((reader) => reader[Symbol.asyncDispose]())));
  try {
    for (const path of new Set(paths.map((one) => resolve(one)))) readers.set(path, await openArchive(await fileSource(path, options.io ?? nodeIo)));
  } catch (error) {
    await close();
    throw error;
  }
  return { readers, [Symbol.asyncDispose]: close };
}

/** The databases that the references speak of: in the caller's order, then as they come. */
function namesIn(softReferences: readonly SoftReference[], order: readonly string[]): readonly string[] {
  const named = new Set(softReferences.flatMap(({ from, to }) => [from.database, to.database]));
  return [...new Set([...order.filter((name) => named.has(name)), ...named])];
}

function pairedArchives(readers: ReadonlyMap<string, ArchiveReader>, matches: ReadonlyMap<string, Match>): readonly PairedArchive[] {
  return [...readers].map(([path, { manifest: { source } }]) => {
    const [database, match] = [...matches].find(([, one]) => one.path === path) ?? [];
    return { path, database: database ?? null, matchedBy: match?.matchedBy ?? null, sourceDatabase: source.database, ...snapshotFacts(source) };
  });
}

function addressText({ database, schema, table, column }: ColumnAddress): string {
  return `${database}.${schema}.${table}.${column}`;
}
