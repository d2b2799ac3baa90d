/**
 * Rows that this restore brought and whose parents never came, where the foreign key was not in place to say so, are
 * taken out again: new ones are deleted, updated ones put back to what they were, and what referenced those goes with
 * them, until every foreign key can come back. Rows of others are never touched: one without a parent is an error.
 */
import { ident, literal } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import type { ForeignKeyOf } from "./foreign-keys.ts";
import { PLACE } from "./journal.ts";
import type { MergeLoad } from "./loaders/merge-load.ts";
import { tellColumns, writeRejects } from "./loaders/rejects.ts";
import { classifyUpdated, dropBefore, readBefore, revertColumns, sameKey, updatedRows } from "./rows-before.ts";
import { readTargetTables, type TargetTable, type UniqueKey } from "./target-table.ts";

export interface SweepCounts {
  /** Rows that were inserted, and are gone. */
  readonly deleted: number;
  /** Rows that were updated, and are what they were. */
  readonly reverted: number;
}

/** A load as far as its rows may have to go. */
export interface SweptLoad {
  readonly load: number;
  readonly table: TargetTable;
  /** What its rows in `pgark.before` consist of. */
  readonly columns: readonly string[];
  /** What finds them again. */
  readonly key: UniqueKey | null;
  /** How a rejected row is told; null where nobody asks. */
  readonly merge: MergeLoad | null;
}

/** The chunk that the rejects of a sweep belong to. */
const SWEPT = -1;

/**
 * Sweeps the tables of `foreignKeys`, which are set aside or deferred, and gives the counts of each load that lost
 * rows; those stand in `pgark.rejects` then. Must be inside a transaction: all or nothing. Throws SQL_FAILED with
 * SQLSTATE 23503 where a row that this restore did not bring has no parent.
 */
export async function sweepOrphans(session: Session, loads: readonly MergeLoad[], foreignKeys: readonly ForeignKeyOf[]): Promise<ReadonlyMap<number, SweepCounts>> {
  return sweep(session, loads.map((merge) => ({ load: merge.load, table: merge.table, columns: merge.map.columns.map(({ name }) => name), key: merge.key, merge })), foreignKeys);
}

/** The same where only the journal is left of a restore. Rows of no known load count as load 0. */
export async function sweep(session: Session, loads: readonly SweptLoad[], foreignKeys: readonly ForeignKeyOf[]): Promise<ReadonlyMap<number, SweepCounts>> {
  const enforced = foreignKeys.filter((key) => key.enforced);
  const children = await readTargetTables(session, [...new Set(enforced.map(({ childOid }) => childOid))]);
  const aside = enforced.flatMap((key) => {
    const child = children.get(key.childOid);
    return child === undefined ? [] : [{ key, child }];
  });
  const counts = new Map<number, SweepCounts>();
  if (aside.length === 0) return counts;

  await lock(session, [...children.values()]);
  await session.execute(PREPARE);
  await session.query(KNOW_LOADS, [JSON.stringify(loads.map(({ load, table }) => ({ load, oid: table.oid })))]);
  const updated = await readBefore(session, loads);
  while (await markAll(session, aside, updated)) {
    for (const [load, { deleted, reverted }] of await takeOut(session, loads, updated)) {
      const before = counts.get(load) ?? { deleted: 0, reverted: 0 };
      counts.set(load, { deleted: before.deleted + deleted, reverted: before.reverted + reverted });
    }
  }
  await dropBefore(session, updated);
  await session.execute("DROP TABLE pg_temp.pgark_orphans, pg_temp.pgark_kept, pg_temp.pgark_ours, pg_temp.pgark_load_of");
  return counts;
}

interface Reference {
  readonly key: ForeignKeyOf;
  readonly child: TargetTable;
}

/** Rows are known by where they lie. `old`: the number of what the row was before this restore updated it. */
const PREPARE = `
  CREATE TEMPORARY TABLE pgark_orphans (relation oid, place tid, ours boolean NOT NULL, name text NOT NULL, message text NOT NULL, example text, load integer, old bigint, PRIMARY KEY (relation, place)) ON COMMIT DROP;
  CREATE TEMPORARY TABLE pgark_kept (relation oid, place tid) ON COMMIT DROP;
  CREATE TEMPORARY TABLE pgark_load_of (relation oid PRIMARY KEY, load integer NOT NULL) ON COMMIT DROP;
  CREATE TEMPORARY TABLE pgark_ours ON COMMIT DROP AS
    SELECT l.xid FROM pgark.loaded l
    WHERE l.place = ${PLACE};`;

/** `$1`: loads, each with its table; rows lie in the partitions. Of several loads into one table the first one answers. */
const KNOW_LOADS = /* sql */ `
  insert into pg_temp.pgark_load_of
  select distinct on (relation) relation, load
  from pg_catalog.json_to_recordset($1::json) l(load integer, oid int8)
  cross join lateral (select l.oid::oid as relation union select p.relid from pg_catalog.pg_partition_tree(l.oid::oid) p) r
  order by relation, load`;

/** Nobody else writes to them until this is done. */
async function lock(session: Session, tables: readonly TargetTable[]): Promise<void> {
  if (tables.length > 0) await session.execute(`LOCK TABLE ${tables.map(({ exactly }) => exactly).join(", ")} IN SHARE ROW EXCLUSIVE MODE`);
}

/** Marks every row that must go: orphans, and what loses its parent with them. False when there is none. */
async function markAll(session: Session, aside: readonly Reference[], updated: readonly SweptLoad[]): Promise<boolean> {
  const asideRoots = new Set(aside.map(({ key }) => key.rootOid));
  let marked = 0;
  for (let found = -1; found !== 0; marked += found) {
    found = 0;
    for (const reference of [...aside, ...(marked === 0 ? [] : await inPlaceOntoMarked(session, asideRoots))]) {
      const some = await mark(session, reference, updated);
      found += some;
      if (some === 0) continue;
      // Before anything else is marked: an updated row stays, and so does what references it.
      await session.execute("UPDATE pg_temp.pgark_orphans o SET load = l.load FROM pg_temp.pgark_load_of l WHERE l.relation = o.relation AND o.load IS NULL");
      for (const load of updated) await classifyUpdated(session, load);
    }
    for (const load of updated) found += await markUsurpers(session, load);
    for (const load of updated) await classifyUpdated(session, load);
  }
  return marked > 0;
}

/** `$1`: foreign keys that are not in place, whatever the catalog says. */
const REFERENCING_MARKED = /* sql */ `
  with marked as (
    select distinct o.relation from pg_temp.pgark_orphans o where o.old is null
  ), families as (
    select relation as oid from marked union select a.relid from marked, pg_catalog.pg_partition_ancestors(relation) a
  )
  select k.conrelid as child, k.oid
  from pg_catalog.pg_constraint k
  where k.contype = 'f' and k.conparentid = 0 and k.confrelid in (select oid from families) and k.oid <> all ($1::oid[])`;

/** Foreign keys that are in place, and would refuse that marked rows go while rows reference them. */
async function inPlaceOntoMarked(session: Session, asideRoots: ReadonlySet<number>): Promise<readonly Reference[]> {
  const rows = await session.query<{ child: number; oid: number }>(REFERENCING_MARKED, [[...asideRoots]]);
  const keys = new Set(rows.map(({ oid }) => oid));
  const children = [...(await readTargetTables(session, [...new Set(rows.map(({ child }) => child))])).values()];
  await lock(session, children);
  return children.flatMap((child) => child.foreignKeys.filter(({ oid, enforced }) => enforced && keys.has(oid)).map((key) => ({ key: { ...key, childOid: child.oid }, child })));
}

/** Whether this restore brought the row; what it has put back already is as it was before. */
function isOurs(alias: string): string {
  return `(${alias}.xmin::pg_catalog.text::pg_catalog.int8 IN (SELECT xid FROM pg_temp.pgark_ours)
    AND NOT EXISTS (SELECT FROM pg_temp.pgark_kept k WHERE k.relation = ${alias}.tableoid AND k.place = ${alias}.ctid))`;
}

/** Marks the rows that have no parent among those that stay. Gives how many they were; rows of others among them are an error. */
async function mark(session: Session, { key, child }: Reference, updated: readonly SweptLoad[]): Promise<number> {
  const ours = isOurs("pgark_c");
  const message = `violates foreign key constraint "${key.name}": the row has no parent in ${key.parent}`;
  const own = key.columns.map((column) => `pgark_c.${ident(column)}`);
  const found = await session.execute(`
    INSERT INTO pg_temp.pgark_orphans (relation, place, ours, name, message, example)
    SELECT pgark_c.tableoid, pgark_c.ctid, ${ours}, ${literal(key.name)}, ${literal(message)}, ROW(${own.join(", ")})::pg_catalog.text
    FROM ${child.exactly} pgark_c
    WHERE ${withoutParent(key, own)}${key.validated ? "" : ` AND ${ours}`}
    ON CONFLICT DO NOTHING`);
  if (found === 0) return 0;
  const moved = await markMovedParents(session, { key, child }, updated);
  await refuseOthers(session, key, child);
  return found + moved;
}

/** `$1`: a table. Its rows lie in itself or in its partitions. */
const PLACES_OF = /* sql */ `select relid::oid::int8::float8 as oid from pg_catalog.pg_partition_tree($1::oid::pg_catalog.regclass) union select $1::oid::int8::float8`;

/**
 * Rows of others that have lost their parent because this restore gave it another key: it is the update that has to go,
 * and the row keeps its parent. Gives how many rows are marked more than before.
 */
async function markMovedParents(session: Session, { key, child }: Reference, updated: readonly SweptLoad[]): Promise<number> {
  const others = await session.query("select from pg_temp.pgark_orphans where not ours limit 1");
  if (others.length === 0 || key.period) return 0;
  const places = new Set((await session.query<{ oid: number }>(PLACES_OF, [key.parentOid])).map(({ oid }) => oid));
  const referenced = key.parentColumns.map((column, index) => `pgark_b.${ident(column)} OPERATOR(${key.operators[index] ?? "pg_catalog.="}) pgark_c.${ident(key.columns[index] ?? "")}`).join(" AND ");
  const message = `violates foreign key constraint "${key.name}" on table ${child.name}: the row is still referenced there by what it was`;
  let marked = 0;
  for (const load of updated) {
    if (!places.has(load.table.oid) || !key.parentColumns.every((column) => load.columns.includes(column))) continue;
    const lost = `pg_temp.pgark_orphans pgark_o JOIN ${child.exactly} pgark_c ON pgark_c.tableoid = pgark_o.relation AND pgark_c.ctid = pgark_o.place`;
    marked += await session.execute(`
      INSERT INTO pg_temp.pgark_orphans (relation, place, ours, name, message, load, old)
      SELECT pgark_m.relation, pgark_m.place, true, ${literal(key.name)}, ${literal(message)}, ${load.load}, pgark_m.pgark_number
      FROM (${updatedRows(load, "true")}) pgark_m JOIN pg_temp.pgark_before_${load.load} pgark_b USING (pgark_number)
      WHERE EXISTS (SELECT FROM ${lost} WHERE NOT pgark_o.ours AND ${referenced})
      ON CONFLICT DO NOTHING`);
    marked -= await session.execute(`
      DELETE FROM pg_temp.pgark_orphans pgark_o USING ${child.exactly} pgark_c
      WHERE NOT pgark_o.ours AND pgark_c.tableoid = pgark_o.relation AND pgark_c.ctid = pgark_o.place
        AND EXISTS (SELECT FROM pg_temp.pgark_before_${load.load} pgark_b JOIN pg_temp.pgark_orphans pgark_p ON pgark_p.load = ${load.load} AND pgark_p.old = pgark_b.pgark_number WHERE ${referenced})`);
  }
  return marked;
}

/** What this restore brought into a unique place that a row which is put back had before. Gives how many rows that were. */
async function markUsurpers(session: Session, { load, table, columns }: SweptLoad): Promise<number> {
  let marked = 0;
  for (const key of table.keys) {
    if (key.withoutOverlaps || !key.reads.every((column) => columns.includes(column))) continue;
    const parts = key.parts.map((part, index) => `(${part}) AS pgark_${index}`).join(", ");
    const met = key.predicate === null ? "true" : `(${key.predicate})`;
    const message = `duplicate key value violates unique constraint "${key.name}": a row that cannot be updated keeps it`;
    marked += await session.execute(`
      INSERT INTO pg_temp.pgark_orphans (relation, place, ours, name, message)
      SELECT pgark_t.relation, pgark_t.place, true, ${literal(key.name)}, ${literal(message)}
      FROM (SELECT ${parts} FROM pg_temp.pgark_before_${load} WHERE ${met} AND pgark_number IN (SELECT old FROM pg_temp.pgark_orphans WHERE load = ${load})) pgark_b
      JOIN (SELECT pgark_s.tableoid AS relation, pgark_s.ctid AS place, ${parts} FROM ${table.exactly} pgark_s WHERE ${met} AND ${isOurs("pgark_s")}) pgark_t ON ${sameKey(key)}
      ON CONFLICT DO NOTHING`);
  }
  if (marked > 0) await session.execute("UPDATE pg_temp.pgark_orphans o SET load = l.load FROM pg_temp.pgark_load_of l WHERE l.relation = o.relation AND o.load IS NULL");
  return marked;
}

/** What PostgreSQL asks of a row when it checks the key: MATCH SIMPLE asks nothing of one with a NULL, MATCH FULL only of one that is all NULL. */
function withoutParent({ parentExactly, parentColumns, operators, matchFull, period }: ForeignKeyOf, own: readonly string[]): string {
  const asked = `pg_catalog.num_nulls(${own.join(", ")}) ${matchFull ? `< ${own.length}` : "= 0"}`;
  const matches = parentColumns.map((column, index) => `pgark_p.${ident(column)} OPERATOR(${operators[index] ?? "pg_catalog.="}) ${own[index]}`).join(" AND ");
  const parents = `FROM ${parentExactly} pgark_p
    WHERE ${matches} AND NOT EXISTS (SELECT FROM pg_temp.pgark_orphans o WHERE o.relation = pgark_p.tableoid AND o.place = pgark_p.ctid AND o.old IS NULL)`;
  if (!period) return `${asked} AND NOT EXISTS (SELECT ${parents})`;
  // The parents' ranges together must hold the child's.
  return `${asked} AND NOT coalesce(${own.at(-1)} OPERATOR(pg_catalog.<@) (SELECT pg_catalog.range_agg(pgark_p.${ident(parentColumns.at(-1) ?? "")}) ${parents}), false)`;
}

async function refuseOthers(session: Session, { name, parent, columns }: ForeignKeyOf, child: TargetTable): Promise<void> {
  const [others] = await session.query<{ rows: number; example: string }>("select count(*)::float8 as rows, min(example) as example from pg_temp.pgark_orphans where not ours having count(*) > 0");
  if (others === undefined) return;
  const rows = others.rows === 1 ? "1 row that this restore did not bring has" : `${others.rows} rows that this restore did not bring have`;
  throw new PgarkError("SQL_FAILED", `foreign key ${name} of ${child.name}: ${rows} no parent in ${parent}, for example (${columns.join(", ")})=${others.example}`, {
    object: `constraint ${ident(name)} on ${child.name}`,
    sqlState: "23503",
    hint: "Somebody else wrote while the foreign key was set aside, or rows reference one that has to go: give them a parent or delete them, and start the restore again.",
  });
}

/** Marked rows into the rejects, and out of their tables: one statement, so that no foreign key sees half of it. */
async function takeOut(session: Session, loads: readonly SweptLoad[], updated: readonly SweptLoad[]): Promise<ReadonlyMap<number, SweepCounts>> {
  const counts = await session.query<SweepCounts & { load: number }>(`
    select coalesce(load, 0) as load, count(*) filter (where old is null)::float8 as deleted, count(old)::float8 as reverted
    from pg_temp.pgark_orphans group by 1 order by 1`);
  for (const { load, table, merge } of loads) {
    if (merge === null || !counts.some((one) => one.load === load)) continue;
    const from = `${table.exactly} pgark_t JOIN pg_temp.pgark_orphans pgark_o ON pgark_o.load = ${load} AND pgark_o.relation = pgark_t.tableoid AND pgark_o.place = pgark_t.ctid`;
    await writeRejects(session, merge, SWEPT, tellColumns(merge, "pgark_t"), "pgark_o.name", "pgark_o.message", from);
  }
  const leaves = await session.query<{ oid: number; name: string }>("select distinct relation as oid, relation::pg_catalog.regclass::text as name from pg_temp.pgark_orphans where old is null order by 1");
  const steps = [
    ...leaves.map(({ oid, name }) => `DELETE FROM ONLY ${name} WHERE ctid = ANY (ARRAY(SELECT place FROM pg_temp.pgark_orphans WHERE relation = ${oid} AND old IS NULL)) RETURNING tableoid AS relation, ctid AS place`),
    ...updated.filter(({ load }) => counts.some((one) => one.load === load && one.reverted > 0)).map(revert),
  ];
  const withs = steps.map((step, index) => `pgark_${index} AS (${step})`);
  const kept = steps.flatMap((_, index) => (index < leaves.length ? [] : [`SELECT relation, place FROM pgark_${index}`]));
  if (kept.length > 0) withs.push(`pgark_kept_now AS (INSERT INTO pg_temp.pgark_kept ${kept.join(" UNION ALL ")})`);
  const [done] = await session.query<{ rows: number }>(`WITH ${withs.join(", ")} SELECT (${steps.map((_, index) => `(SELECT count(*) FROM pgark_${index})`).join(" + ")})::float8 AS rows`);
  const wanted = counts.reduce((sum, { deleted, reverted }) => sum + deleted + reverted, 0);
  if (done?.rows !== wanted) throw new PgarkError("UNBALANCED", `${wanted} rows without a parent had to go, and ${done?.rows ?? 0} went`);
  await session.execute("TRUNCATE pg_temp.pgark_orphans");
  return new Map(counts.map(({ load, deleted, reverted }) => [load, { deleted, reverted }]));
}

function revert(one: SweptLoad): string {
  return `
    UPDATE ${one.table.exactly} pgark_t SET ${revertColumns(one).map((column) => `${ident(column)} = pgark_b.${ident(column)}`).join(", ")}
    FROM pg_temp.pgark_orphans pgark_o JOIN pg_temp.pgark_before_${one.load} pgark_b ON pgark_b.pgark_number = pgark_o.old
    WHERE pgark_o.load = ${one.load} AND pgark_o.relation = pgark_t.tableoid AND pgark_o.place = pgark_t.ctid
    RETURNING pgark_t.tableoid AS relation, pgark_t.ctid AS place`;
}
