/**
 * What a merge must have done, computed without any of its code: the source, the target before and the target after are read
 * row by row, each row by its key and its text, and held against the report.
 */
import type { ConflictPolicy } from "../../src/options.ts";
import type { TableAccount } from "../../src/index.ts";
import type { TestDatabase } from "../helpers/database.ts";

interface Row {
  /** Null where no key finds it. */
  readonly key: string | null;
  /** All columns but generated ones, and but an identity that is always generated and no part of the key. */
  readonly image: string;
}

interface Contents {
  readonly columns: readonly string[];
  readonly overriding: boolean;
  readonly keyColumns: readonly string[];
  readonly rows: readonly Row[];
}

export type Database = ReadonlyMap<string, Contents>;

const TABLES = `
  select c.oid, c.oid::regclass::text as name, c.relkind = 'p' as partitioned,
    (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, -1), 'always', a.attidentity = 'a') order by a.attnum)
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
    (select json_agg(json_build_object('columns', k.columns, 'strict', k.strict) order by not k.indisprimary, not k.strict, k.name collate "C") from (
      select i.indisprimary, coalesce(co.conname, ic.relname)::text as name,
        array(select a.attname::text from unnest(i.indkey::int2[]) with ordinality u(attnum, n) join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum where u.n <= i.indnkeyatts order by u.n) as columns,
        $nnd or not exists (select from unnest(i.indkey::int2[]) with ordinality u(attnum, n) join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum join pg_type ty on ty.oid = a.atttypid where u.n <= i.indnkeyatts and not a.attnotnull and not ty.typnotnull) as full,
        not exists (select from unnest(i.indkey::int2[]) with ordinality u(attnum, n) join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum join pg_type ty on ty.oid = a.atttypid where u.n <= i.indnkeyatts and not a.attnotnull and not ty.typnotnull) as strict
      from pg_index i join pg_class ic on ic.oid = i.indexrelid left join pg_constraint co on co.conindid = ic.oid and co.conrelid = c.oid and co.contype in ('p', 'u', 'x')
      where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null) k) as keys,
    (select json_agg(array(select a.attname::text from unnest(i.indkey::int2[]) with ordinality u(attnum, n) join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum where u.n <= i.indnkeyatts order by u.n))
     from pg_index i where i.indrelid = c.oid and $nnd) as "nullKeys"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema|drizzle|pgark)'
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') order by 2`;

/** Tables, partitioned ones whole, with all their rows. */
export async function readDatabase(database: TestDatabase): Promise<Database> {
  const [server] = await database.query<{ version: number }>("select current_setting('server_version_num')::int as version");
  const sql = TABLES.replaceAll("$nnd", (server?.version ?? 0) >= 150_000 ? "i.indnullsnotdistinct" : "false");
  await database.query("set extra_float_digits = 1; set datestyle = iso; set intervalstyle = postgres; set bytea_output = hex");
  const tables = await database.query<{
    name: string;
    partitioned: boolean;
    columns: { name: string; type: string; always: boolean }[] | null;
    keys: { columns: string[]; strict: boolean }[] | null;
    nullKeys: string[][] | null;
  }>(sql);
  const contents = new Map<string, Contents>();
  for (const table of tables) {
    const columns = table.columns ?? [];
    const keyColumns = table.keys?.[0]?.columns.filter((name) => columns.some((one) => one.name === name)) ?? [];
    const usable = keyColumns.length === table.keys?.[0]?.columns.length ? keyColumns : [];
    const nulls = table.nullKeys?.some((key) => key.join() === usable.join()) === true;
    const shown = columns.filter(({ name, always }) => !always || usable.includes(name));
    const parts = usable.map((name) => canonical(name, columns.find((one) => one.name === name)?.type ?? ""));
    const key = parts.length === 0 ? "null::text" : nulls ? `row(${parts.join(", ")})::text` : `case when num_nulls(${parts.join(", ")}) = 0 then row(${parts.join(", ")})::text end`;
    const rows = await database.query<Row>(`select ${key} as key, row(${shown.map(({ name }) => quote(name)).join(", ")})::text as image from ${table.partitioned ? "" : "only "}${table.name}`);
    contents.set(table.name, { columns: shown.map(({ name }) => name), overriding: shown.some(({ always }) => always), keyColumns: usable, rows });
  }
  return contents;
}

/** Equal values have equal texts here. */
function canonical(name: string, type: string): string {
  if (type.endsWith("citext")) return `lower(${quote(name)}::text)`;
  if (type === "numeric") return `trim_scale(${quote(name)})`;
  return quote(name);
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export type Counts = Pick<TableAccount, "archived" | "inserted" | "updated" | "identical" | "kept" | "rejected" | "removed">;

/** Accounts of partitions as those of their roots. */
export async function byRoot(database: TestDatabase, accounts: readonly (Counts & { readonly table: string })[]): Promise<ReadonlyMap<string, Counts>> {
  const sums = new Map<string, Counts>();
  for (const account of accounts) {
    const [found] = await database.query<{ root: string }>("select coalesce(pg_partition_root($1::regclass), $1::regclass)::text as root", [account.table]);
    const before = sums.get(found!.root) ?? { archived: 0, inserted: 0, updated: 0, identical: 0, kept: 0, rejected: 0, removed: 0 };
    const add = (of: keyof Counts) => before[of] + account[of];
    sums.set(found!.root, { archived: add("archived"), inserted: add("inserted"), updated: add("updated"), identical: add("identical"), kept: add("kept"), rejected: add("rejected"), removed: add("removed") });
  }
  return sums;
}

export interface Merge {
  readonly source: Database;
  readonly before: Database;
  readonly after: Database;
  readonly policy: ConflictPolicy;
  readonly accounts: ReadonlyMap<string, Counts>;
}

/** Rows of the archive that are not on the target as the policy wants them. */
export interface Refused {
  readonly table: string;
  readonly row: Row;
  readonly updates: boolean;
}

export interface Judgement {
  readonly problems: readonly string[];
  readonly refused: readonly Refused[];
}

export function judge(merge: Merge): Judgement {
  const results = [...merge.source].map(([table, source]) => judgeTable(merge, table, source));
  return { problems: results.flatMap(({ problems }) => problems), refused: results.flatMap(({ refused }) => refused) };
}

function judgeTable({ before: all, after: then, policy, accounts }: Merge, table: string, source: Contents): Judgement {
  const [before, after, account] = [policy === "replace" ? [] : all.get(table)!.rows, then.get(table)!.rows, accounts.get(table)];
  const refused: Refused[] = [];
  const expected = { archived: source.rows.length, inserted: 0, updated: 0, identical: 0, kept: 0, rejected: 0, removed: policy === "replace" ? all.get(table)!.rows.length : 0 };
  const [was, is] = [byKey(before), byKey(after)];
  const allowed = new Map<string, number>();
  const allow = (row: Row) => add(allowed, `${row.key} ${row.image}`);
  const settled = new Set<string>();
  for (const row of source.rows) {
    if (row.key === null) continue;
    const [old, now] = [was.get(row.key), is.get(row.key)];
    settled.add(row.key);
    if (old === row.image) expected.identical++;
    else if (old !== undefined && policy !== "update") expected.kept++;
    else if (now === row.image) expected[old === undefined ? "inserted" : "updated"]++;
    else {
      expected.rejected++;
      refused.push({ table, row, updates: old !== undefined });
    }
    const stays = old !== undefined && (policy !== "update" || now !== row.image) ? { key: row.key, image: old } : now === row.image ? row : null;
    if (stays !== null) allow(stays);
  }
  for (const row of before) if (row.key !== null && !settled.has(row.key)) allow(row);
  // Without a key they are counted by their images.
  const loose = (rows: readonly Row[]) => rows.filter(({ key }) => key === null);
  const [here, there, now] = [countImages(loose(source.rows)), countImages(loose(before)), countImages(loose(after))];
  for (const row of loose(before)) allow(row);
  for (const [image, count] of here) {
    const old = there.get(image) ?? 0;
    expected.identical += Math.min(count, old);
    const came = Math.max(0, Math.min(count - old, (now.get(image) ?? 0) - old));
    const stayed = Math.max(0, count - old) - came;
    expected.inserted += came;
    expected.rejected += stayed;
    for (let n = 0; n < came; n++) allow({ key: null, image });
    for (let n = 0; n < stayed; n++) refused.push({ table, row: { key: null, image }, updates: false });
  }
  const problems: string[] = [];
  if (account === undefined ? expected.archived + expected.removed > 0 : JSON.stringify(sorted(account)) !== JSON.stringify(sorted(expected))) {
    problems.push(`${table}: counted ${JSON.stringify(account)}, must be ${JSON.stringify(expected)}`);
  }
  for (const row of after) add(allowed, `${row.key} ${row.image}`, -1);
  for (const [row, count] of allowed) if (count !== 0) problems.push(`${table}: ${count > 0 ? "lacks" : "has too many of"} ${row}`);
  return { problems, refused };
}

function sorted({ archived, inserted, updated, identical, kept, rejected, removed }: Counts): readonly number[] {
  return [archived, inserted, updated, identical, kept, rejected, removed];
}

function byKey(rows: readonly Row[]): ReadonlyMap<string, string> {
  return new Map(rows.flatMap(({ key, image }) => (key === null ? [] : [[key, image] as const])));
}

function countImages(rows: readonly Row[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { image } of rows) add(counts, image);
  return counts;
}

function add(counts: Map<string, number>, what: string, count = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + count);
}

/** Rows that were refused, and that the target takes all the same when they come alone. */
export async function wronglyRefused(target: TestDatabase, contents: Database, refused: readonly Refused[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  await target.query("begin");
  for (const table of new Set(refused.map((one) => one.table))) await target.query(`alter table ${table} disable trigger user`);
  for (const { table, row, updates } of refused) {
    const { columns, keyColumns, overriding } = contents.get(table)!;
    const list = columns.map(quote).join(", ");
    const shape = `pg_temp.shape_${[...contents.keys()].indexOf(table)}`;
    await target.query(`savepoint one; create temp table if not exists ${shape.slice(8)} on commit drop as select ${list} from ${table} with no data`);
    const value = `(select ($1::${shape}).*) s`;
    try {
      const result = updates
        ? await target.query(`update ${table} t set (${list}) = row(${columns.map((name) => `s.${quote(name)}`).join(", ")}) from ${value} where ${keyColumns.map((name) => `t.${quote(name)} is not distinct from s.${quote(name)}`).join(" and ")} returning 1`, [row.image])
        : await target.query(`insert into ${table} (${list}) ${overriding ? "overriding system value " : ""}select * from ${value} returning 1`, [row.image]);
      await target.query("set constraints all immediate");
      wrong.push(`${table} takes ${updates ? "the update to" : ""} ${row.image} (${result.length})`);
    } catch (error) {
      if (!/^(23|22|428C9)/.test((error as { code?: string }).code ?? "")) throw error;
    }
    await target.query("rollback to one");
  }
  await target.query("rollback");
  return wrong;
}
