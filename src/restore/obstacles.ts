/**
 * The one query that finds what stands in the way of rows for given tables, with the statement that removes each
 * and those that put it back exactly as it was: the server's own printers, and the comment where there is one.
 * `$1::oid[]`: tables that are empty and are loaded straight. `$2::oid[]`: tables that have rows already.
 * `$3::oid[]`: the foreign keys to set aside, by the OID of the outermost one; null for all of these tables.
 * `$4::boolean`: whether unique indexes stay.
 */
import { KEY_PARTS } from "./key-parts.ts";

/** The tables and, should one be partitioned, its partitions: rows that go into it end up there. */
function trees(tables: string): string {
  return `(
  select t.oid from unnest(${tables}) t(oid)
  union
  select p.relid from unnest(${tables}) t(oid), pg_catalog.pg_partition_tree(t.oid) p)`;
}

const STRAIGHT = trees("$1::oid[]");
const MERGED = trees("$2::oid[]");
const TABLES = trees("$1::oid[] || $2::oid[]");

/** What the scheduler locks instead of a partition: a foreign key reaches over the whole tree. */
function root(table: string): string {
  return `coalesce(pg_catalog.pg_partition_root(${table})::oid, ${table})`;
}

/** Triggers: when nothing moves any more. */
const LAST = 1000;

/** What only foreign keys have. */
const NEITHER = `null::json as parts, null::text as "check"`;

/** `COMMENT ON … IS …;` as the second statement, or none. */
function withComment(statement: string, on: string, description: string): string {
  return `array_remove(array[${statement}, case when ${description} is not null then ${on} || ' IS ' || pg_catalog.quote_literal(${description}) end], null)`;
}

/**
 * A foreign key of a partition is a clone of its parent's: the outermost one is what can be dropped. One of the
 * partition's own has a higher rank than its parents': they would take it for their part, had they to come behind it.
 * It comes back unchecked and is checked by a last statement, which locks nobody out. Before 18 that cannot be done
 * with a partitioned table on either side: NOT VALID is refused, or VALIDATE leaves the clones as they are.
 */
function foreignKeys(serverVersion: number): string {
  const checkedLater = `k.convalidated${serverVersion >= 180_000 ? "" : ` and not exists (select from pg_catalog.pg_class c where c.oid in (k.conrelid, k.confrelid) and c.relkind = 'p')`}`;
  const table = "'ALTER TABLE ' || k.conrelid::pg_catalog.regclass";
  const name = "pg_catalog.quote_ident(k.conname)";
  return /* sql */ `
  select 'foreign key' as kind,
    'constraint ' || ${name} || ' on ' || k.conrelid::pg_catalog.regclass as object,
    array[${root("k.conrelid")}, ${root("k.confrelid")}]::int8[]::float8[] as tables,
    ${table} || ' DROP CONSTRAINT ' || ${name} as remove,
    ${withComment(
      `${table} || ' ADD CONSTRAINT ' || ${name} || ' ' || pg_catalog.pg_get_constraintdef(k.oid) || case when ${checkedLater} then ' NOT VALID' else '' end`,
      `'COMMENT ON CONSTRAINT ' || ${name} || ' ON ' || k.conrelid::pg_catalog.regclass`,
      `pg_catalog.obj_description(k.oid, 'pg_constraint')`,
    )} as "putBack",
    ${KEY_PARTS} as parts,
    case when ${checkedLater} then ${table} || ' VALIDATE CONSTRAINT ' || ${name} end as "check",
    1 + (select count(*) from pg_catalog.pg_partition_ancestors(k.conrelid))::int as rank, k.oid, false as "ofTrigger"
  from pg_catalog.pg_constraint k
  where k.contype = 'f' and case when $3::oid[] is not null then k.oid = any ($3::oid[]) else k.oid in (
    with recursive up as (
      select oid, conparentid from pg_catalog.pg_constraint where contype = 'f' and conrelid in ${TABLES}
      union
      select p.oid, p.conparentid from pg_catalog.pg_constraint p join up on up.conparentid = p.oid
    )
    select oid from up where conparentid = 0) end`;
}

// Not internal ones, which are the foreign keys' own; not those that would stay silent anyway ('D', 'R'). Those on
// DELETE (8) too, not only those on INSERT (4): if the restore fails, its rows go again. Where rows are merged, those on
// UPDATE (16) as well, and on TRUNCATE (32) anywhere: the rows of an emptied table go first.
const TRIGGERS = /* sql */ `
  select 'trigger' as kind,
    'trigger ' || pg_catalog.quote_ident(t.tgname) || ' on ' || t.tgrelid::pg_catalog.regclass as object,
    array[t.tgrelid]::int8[]::float8[] as tables,
    'ALTER TABLE ONLY ' || t.tgrelid::pg_catalog.regclass || ' DISABLE TRIGGER ' || pg_catalog.quote_ident(t.tgname) as remove,
    array['ALTER TABLE ONLY ' || t.tgrelid::pg_catalog.regclass
      || case t.tgenabled when 'A' then ' ENABLE ALWAYS TRIGGER ' else ' ENABLE TRIGGER ' end || pg_catalog.quote_ident(t.tgname)] as "putBack",
    ${NEITHER},
    ${LAST} as rank, t.oid, true as "ofTrigger"
  from pg_catalog.pg_trigger t
  where t.tgrelid in ${TABLES} and not t.tgisinternal and t.tgenabled in ('O', 'A') and (t.tgtype & 44 <> 0 or t.tgtype & 16 <> 0 and t.tgrelid in ${MERGED})`;

// Rows come in by COPY, which knows no rules, and where they are merged it should make no difference; they go by DELETE.
const RULES = /* sql */ `
  select 'trigger' as kind,
    'rule ' || pg_catalog.quote_ident(r.rulename) || ' on ' || r.ev_class::pg_catalog.regclass as object,
    array[r.ev_class]::int8[]::float8[] as tables,
    'ALTER TABLE ' || r.ev_class::pg_catalog.regclass || ' DISABLE RULE ' || pg_catalog.quote_ident(r.rulename) as remove,
    array['ALTER TABLE ' || r.ev_class::pg_catalog.regclass
      || case r.ev_enabled when 'A' then ' ENABLE ALWAYS RULE ' else ' ENABLE RULE ' end || pg_catalog.quote_ident(r.rulename)] as "putBack",
    ${NEITHER},
    ${LAST} as rank, r.oid, false as "ofTrigger"
  from pg_catalog.pg_rewrite r
  where r.ev_class in ${TABLES} and (r.ev_type = '4' or r.ev_type in ('2', '3') and r.ev_class in ${MERGED}) and r.ev_enabled in ('O', 'A')`;

// Only plain ones: an index with a constraint, a cluster mark, a replica identity, a partitioned parent, statistics
// targets of its own or something that hangs on it stays and is kept up to date row by row.
const INDEXES = /* sql */ `
  select 'index' as kind,
    'index ' || i.indexrelid::pg_catalog.regclass as object,
    array[i.indrelid]::int8[]::float8[] as tables,
    'DROP INDEX ' || i.indexrelid::pg_catalog.regclass as remove,
    ${withComment(
      `pg_catalog.pg_get_indexdef(i.indexrelid)`,
      `'COMMENT ON INDEX ' || i.indexrelid::pg_catalog.regclass`,
      `pg_catalog.obj_description(i.indexrelid, 'pg_class')`,
    )} as "putBack",
    ${NEITHER},
    0 as rank, i.indexrelid as oid, false as "ofTrigger"
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_class t on t.oid = i.indrelid
  where i.indrelid in ${STRAIGHT} and not (i.indisunique and $4::boolean)
    and i.indisvalid and i.indislive and not i.indisclustered and not i.indisreplident
    and c.reltablespace = 0 and not c.relispartition
    and pg_catalog.pg_has_role(t.relowner, 'USAGE')
    and not exists (select from pg_catalog.pg_attribute a where a.attrelid = i.indexrelid and a.attstattarget >= 0)
    and not exists (
      select from pg_catalog.pg_depend d
      where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = i.indexrelid)
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = i.indexrelid and d.deptype in ('i', 'P', 'S', 'x', 'e'))`;

/** `parts` and `check` follow `putBack`. `ofTrigger`: those that stay when triggers of users are to fire. */
export function obstacles(serverVersion: number): string {
  return /* sql */ `
  select kind, object, rank, tables, remove, "putBack", parts, "check", "ofTrigger"
  from (${foreignKeys(serverVersion)} union all ${TRIGGERS} union all ${RULES} union all ${INDEXES}) obstacles
  order by rank desc, oid`;
}
