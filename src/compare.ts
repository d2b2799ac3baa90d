/**
 * The story of a comparison: the rows of an archive held against a live database, or the rows of two databases.
 * An archive is compared by its own bytes: the database gives each table in the same COPY format with the same
 * columns, and both sides become an order-free digest.
 */
import type { ArchiveReader } from "./archive/reader.ts";
import { openArchive } from "./archive/reader.ts";
import { fileSource } from "./archive/store/source.ts";
import { isOwnTable, type TocData, type TocEntry } from "./archive/toc.ts";
import { columnList, ident, qualified } from "./catalog/quote.ts";
import { isPgarkError } from "./errors.ts";
import { teller } from "./events.ts";
import { nodeIo } from "./io/io.ts";
import type { CommonOptions } from "./options.ts";
import type { TableComparison } from "./report.ts";
import { resolveConnection } from "./session/conninfo.ts";
import { connect } from "./session/connect.ts";
import { makeReady } from "./session/group.ts";
import { prepareDumpSession } from "./session/prepare-session.ts";
import type { Session } from "./session/session.ts";
import { RowsDigest } from "./values/digest.ts";
import { splitRows } from "./values/rows.ts";

/** One table's rows as the server digests them in SQL, apart from everything the engine does. */
export interface TableDigest {
  /** `public.rules`, quoted where needed. */
  readonly table: string;
  readonly rows: number;
  readonly digest: string;
}

/**
 * Compares every table of an archive with a database, row by row as multisets. Tables that only the database has
 * are not looked at. Throws only for what keeps it from comparing; differences are in the result.
 */
export async function compareWithDatabase(archive: string, target: string | undefined, options: CommonOptions = {}): Promise<readonly TableComparison[]> {
  const tell = teller(options.onEvent);
  await using reader = await openArchive(await fileSource(archive, options.io ?? nodeIo));
  await using session = await openInSnapshot(target, options);
  const comparisons: TableComparison[] = [];
  for (const [table, entries] of byTarget(reader.toc.entries)) {
    tell({ type: "step", step: "compare", detail: table });
    comparisons.push(await compareTable(table, reader, entries, session, options.signal));
  }
  return comparisons;
}

/** Partitions that are loaded through their root are compared with the root: which partition a row is in may differ. */
function byTarget(entries: readonly TocEntry[]): ReadonlyMap<string, readonly TocEntry[]> {
  const groups = new Map<string, TocEntry[]>();
  for (const entry of entries) {
    if (entry.kind !== "table-data" || entry.data === null) continue;
    const table = qualified(entry.data.schema, entry.data.table);
    groups.set(table, [...(groups.get(table) ?? []), entry]);
  }
  return groups;
}

async function compareTable(table: string, reader: ArchiveReader, entries: readonly TocEntry[], session: Session, signal: AbortSignal | undefined): Promise<TableComparison> {
  const archived = new RowsDigest();
  const [first] = entries;
  if (first === undefined || first.data === null) throw new Error(`${table} has no entry`);
  const { data } = first;
  for (const chunk of reader.manifest.chunks) {
    if (entries.some(({ id }) => id === chunk.entry)) await addRows(archived, data, reader.readChunk(chunk, { signal }));
  }
  const live = await digestOfTable(session, data, isOwnTable(first, data));
  if (typeof live === "string") return { table, archiveRows: archived.rows, databaseRows: null, equal: false, difference: live };
  const equal = archived.value() === live.value();
  const difference = equal ? null : archived.rows === live.rows ? "the rows differ" : `${archived.rows} rows in the archive, ${live.rows} in the database`;
  return { table, archiveRows: archived.rows, databaseRows: live.rows, equal, difference };
}

/** The digest of the database's rows, or why there is none. */
async function digestOfTable(session: Session, data: TocData, ownTable: boolean): Promise<RowsDigest | string> {
  const names = data.columns.map(({ name }) => name);
  const table = qualified(data.schema, data.table);
  const [found] = await session.query<{ kind: string }>(`select relkind::text as kind from pg_catalog.pg_class where oid = pg_catalog.to_regclass($1)`, [table]);
  if (found === undefined) return `table ${table} does not exist`;
  if (found.kind !== "r" && found.kind !== "p") return `${table} is not a table`;
  const whole = found.kind === "p" || !ownTable;
  const from = whole ? `(SELECT ${names.map(ident).join(", ")} FROM ${table})` : `${table}${names.length === 0 ? "" : ` ${columnList(names)}`}`;
  const copy = `COPY ${from} TO STDOUT${data.format === "copy-binary" ? " (FORMAT binary)" : ""}`;
  await session.execute("SAVEPOINT pgark_compare");
  try {
    const digest = new RowsDigest();
    await addRows(digest, data, session.copyOut(copy));
    return digest;
  } catch (error) {
    // No such column is a difference; anything else is not ours to judge.
    if (!isPgarkError(error) || error.sqlState !== "42703") throw error;
    await session.execute("ROLLBACK TO SAVEPOINT pgark_compare");
    return error.message;
  }
}

async function addRows(digest: RowsDigest, data: TocData, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  if (data.format === "large-objects") return;
  for await (const rows of splitRows(data.format, bytes)) for (const row of rows) digest.add(row);
}

// Columns by name, because their order may differ. Partitions by a hash are looked at through the root, as which one
// a row is in depends on the server.
const TABLES = /* sql */ `
  with hashed as (
    select c.oid, pg_catalog.pg_partition_root(c.oid) as root from pg_catalog.pg_class c
    where c.relispartition and exists (
      select from pg_catalog.pg_partition_ancestors(c.oid) a join pg_catalog.pg_partitioned_table p on p.partrelid = a.relid where p.partstrat = 'h')
  )
  select n.nspname::text as schema, c.relname::text as name, c.relkind = 'r' as "isPlain",
    coalesce(array_agg(a.attname::text order by a.attname) filter (where a.attname is not null), '{}') as columns
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where (c.relkind = 'r' and c.oid not in (select oid from hashed) or c.oid in (select root from hashed))
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  group by n.nspname, c.relname, c.relkind
  order by n.nspname, c.relname`;

/** The digest of every table of a database, computed by the server: an order-free sum over the rows' texts. */
export async function tableDigests(source: string | undefined, options: CommonOptions & { readonly excludeTables?: readonly string[] | undefined } = {}): Promise<readonly TableDigest[]> {
  await using session = await openInSnapshot(source, options);
  const digests: TableDigest[] = [];
  for (const { schema, name, isPlain, columns } of await session.query<{ schema: string; name: string; isPlain: boolean; columns: readonly string[] }>(TABLES)) {
    const table = qualified(schema, name);
    if (options.excludeTables?.includes(table) === true) continue;
    const [row] = await session.query<{ rows: string; digest: string }>(
      `select count(*)::text as rows, coalesce(sum(('x' || pg_catalog.md5(row(${columns.map((column) => `t.${ident(column)}`).join(", ")})::text))::bit(64)::bigint::numeric), 0)::text as digest from ${isPlain ? "only " : ""}${table} t`,
    );
    if (row !== undefined) digests.push({ table, rows: Number(row.rows), digest: row.digest });
  }
  return digests;
}

async function openInSnapshot(place: string | undefined, options: CommonOptions): Promise<Session> {
  return makeReady(await connect(await resolveConnection(place), { signal: options.signal }), async (session) => {
    await prepareDumpSession(session);
    await session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  });
}
