/**
 * The story of a comparison: the rows of an archive held against a live database, or the rows of two databases.
 * An archive is compared by its own bytes: the database gives each table in the same COPY format with the same
 * columns, and both sides become an order-free digest.
 */
import type { ArchiveReader } from "./archive/reader.ts";
import { openArchive } from "./archive/reader.ts";
import { fileSource } from "./archive/store/source.ts";
import type { TocData, TocEntry } from "./archive/toc.ts";
import { columnList, qualified } from "./catalog/quote.ts";
import { isPgarkError } from "./errors.ts";
import { teller } from "./events.ts";
import { nodeIo } from "./io/io.ts";
import type { CommonOptions } from "./options.ts";
import type { TableComparison } from "./report.ts";
import { resolveConnection } from "./session/conninfo.ts";
import { connect } from "./session/connect.ts";
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
  for (const entry of reader.toc.entries) {
    if (entry.kind !== "table-data" || entry.data === null) continue;
    tell({ type: "step", step: "compare", detail: `${entry.schema}.${entry.name}` });
    comparisons.push(await compareTable(reader, entry, entry.data, session, options.signal));
  }
  return comparisons;
}

async function compareTable(reader: ArchiveReader, entry: TocEntry, data: TocData, session: Session, signal: AbortSignal | undefined): Promise<TableComparison> {
  const table = qualified(data.schema, data.table);
  const archived = new RowsDigest();
  for (const chunk of reader.manifest.chunks) {
    if (chunk.entry !== entry.id) continue;
    await addRows(archived, data, reader.readChunk(chunk, { signal }));
  }
  const live = await digestOfTable(session, data);
  if (typeof live === "string") return { table, archiveRows: archived.rows, databaseRows: null, equal: false, difference: live };
  const equal = archived.value() === live.value();
  const difference = equal ? null : archived.rows === live.rows ? "the rows differ" : `${archived.rows} rows in the archive, ${live.rows} in the database`;
  return { table, archiveRows: archived.rows, databaseRows: live.rows, equal, difference };
}

/** The digest of the database's rows, or why there is none. */
async function digestOfTable(session: Session, data: TocData): Promise<RowsDigest | string> {
  const columns = data.columns.length === 0 ? "" : ` ${columnList(data.columns.map(({ name }) => name))}`;
  const copy = `COPY ${qualified(data.schema, data.table)}${columns} TO STDOUT${data.format === "copy-binary" ? " (FORMAT binary)" : ""}`;
  await session.execute("SAVEPOINT pgark_compare");
  try {
    const digest = new RowsDigest();
    await addRows(digest, data, session.copyOut(copy));
    return digest;
  } catch (error) {
    // No such table or column is a difference; anything else is not ours to judge.
    if (!isPgarkError(error) || (error.sqlState !== "42P01" && error.sqlState !== "42703" && error.sqlState !== "3F000")) throw error;
    await session.execute("ROLLBACK TO SAVEPOINT pgark_compare");
    return error.message;
  }
}

async function addRows(digest: RowsDigest, data: TocData, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  if (data.format === "large-objects") return;
  for await (const rows of splitRows(data.format, bytes)) for (const row of rows) digest.add(row);
}

const TABLES = /* sql */ `
  select n.nspname::text as schema, c.relname::text as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by n.nspname, c.relname`;

/** The digest of every table of a database, computed by the server: an order-free sum over the rows' texts. */
export async function tableDigests(source: string | undefined, options: CommonOptions & { readonly excludeTables?: readonly string[] | undefined } = {}): Promise<readonly TableDigest[]> {
  await using session = await openInSnapshot(source, options);
  const digests: TableDigest[] = [];
  for (const { schema, name } of await session.query<{ schema: string; name: string }>(TABLES)) {
    const table = qualified(schema, name);
    if (options.excludeTables?.includes(table) === true) continue;
    const [row] = await session.query<{ rows: string; digest: string }>(
      `select count(*)::text as rows, coalesce(sum(('x' || pg_catalog.md5(t.*::text))::bit(64)::bigint::numeric), 0)::text as digest from only ${table} t`,
    );
    if (row !== undefined) digests.push({ table, rows: Number(row.rows), digest: row.digest });
  }
  return digests;
}

async function openInSnapshot(place: string | undefined, options: CommonOptions): Promise<Session> {
  const session = await connect(await resolveConnection(place), { signal: options.signal });
  await prepareDumpSession(session);
  await session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  return session;
}
