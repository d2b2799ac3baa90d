/** What every test of the merge does: rows into a staging table made by hand, merged in a transaction of its own. */
import { ident, qualified } from "../../src/catalog/quote.ts";
import type { ColumnMap } from "../../src/restore/column-map.ts";
import { createJournal, noteLoaded } from "../../src/restore/journal.ts";
import type { MergeCounts, MergeLoad } from "../../src/restore/loaders/merge-load.ts";
import { mergeStaged } from "../../src/restore/loaders/merge.ts";
import { readTargetTables, type TargetTable } from "../../src/restore/target-table.ts";
import { connect } from "../../src/session/connect.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import { prepareRestoreSession } from "../../src/session/prepare-session.ts";
import type { Session } from "../../src/session/session.ts";

/** Connected, prepared as a restore's, with the journal in place. */
export async function restoreSession(url: string): Promise<Session> {
  const session = await connect(await resolveConnection(url));
  await prepareRestoreSession(session);
  await createJournal(session);
  return session;
}

export interface Merging {
  readonly policy: "skip" | "update";
  /** Name of the key. Default: the first that the table has. Null: none. */
  readonly key?: string | null;
  /** What INSERT puts into the staging: `VALUES …` or `SELECT …` of the columns that are not generated. */
  readonly rows: string;
  readonly columns?: readonly string[];
  readonly remember?: readonly string[];
  readonly load?: number;
}

export async function readTable(session: Session, name: string, schema = "public"): Promise<TargetTable> {
  const [found] = await session.query<{ oid: number }>("select $1::pg_catalog.regclass::oid as oid", [qualified(schema, name)]);
  const table = (await readTargetTables(session, [found?.oid ?? 0])).get(found?.oid ?? 0);
  if (table === undefined) throw new Error(`no table ${name}`);
  return table;
}

export function loadOf(table: TargetTable, { policy, key, columns, remember = [], load = 1 }: Merging): MergeLoad {
  const mapped = table.columns.filter(({ name, generated }) => generated === null && (columns === undefined || columns.includes(name)));
  const map: ColumnMap = {
    fields: mapped.map(({ name, type }) => ({ name, type, stagingType: type })),
    columns: mapped.map(({ name, bareType }) => ({ name, field: name, bareType, sameType: true, casts: [], lossy: false })),
    where: null,
    direct: true,
  };
  const wanted = key === undefined ? table.keys[0] : table.keys.find(({ name }) => name === key);
  return { load, table, map, format: "copy-text", policy, key: key === null ? null : (wanted ?? null), foreignKeys: table.foreignKeys, remember };
}

/** Inside a transaction: a staging that takes anything, so that what it lets through is refused later. */
export async function stage(session: Session, load: MergeLoad, rows: string): Promise<{ rows: string; archived: number; rejected: number }> {
  const columns = load.map.columns.map(({ name }) => ident(name)).join(", ");
  await session.execute(`CREATE TEMP TABLE pgark_rows_${load.load} (LIKE ${load.table.name} INCLUDING GENERATED) ON COMMIT DROP`);
  for (const { name, notNull } of load.table.columns) if (notNull) await session.execute(`ALTER TABLE pg_temp.pgark_rows_${load.load} ALTER COLUMN ${ident(name)} DROP NOT NULL`);
  const archived = await session.execute(`INSERT INTO pg_temp.pgark_rows_${load.load}${columns === "" ? "" : ` (${columns})`} ${rows}`);
  return { rows: `pg_temp.pgark_rows_${load.load}`, archived, rejected: 0 };
}

/** Stages and merges, and commits. */
export async function merge(session: Session, name: string, merging: Merging): Promise<MergeCounts> {
  const load = loadOf(await readTable(session, name), merging);
  await session.execute("BEGIN");
  try {
    await noteLoaded(session);
    const staging = await stage(session, load, merging.rows);
    const counts = await mergeStaged(session, load, staging, 1);
    await session.execute("COMMIT");
    return counts;
  } catch (error) {
    await session.execute("ROLLBACK");
    throw error;
  }
}
