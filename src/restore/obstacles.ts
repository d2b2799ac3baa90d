/**
 * The one query that finds what stands in the way of rows for given tables, with the statement that removes each
 * and those that put it back exactly as it was: the server's own printers, and the comment where there is one.
 * `$1::oid[]`: the tables that rows go into. They are known to be empty.
 */

/** The tables and, should one be partitioned, its partitions: rows that go into it end up there. */
const TABLES = /* sql */ `(
  select t.oid from unnest($1::oid[]) t(oid)
  union
  select p.relid from unnest($1::oid[]) t(oid), pg_catalog.pg_partition_tree(t.oid) p)`;

/** What the scheduler locks instead of a partition: a foreign key reaches over the whole tree. */
function root(table: string): string {
  return `coalesce(pg_catalog.pg_partition_root(${table})::oid, ${table})`;
}

/** Triggers: when nothing moves any more. */
const LAST = 1000;

/** `COMMENT ON … IS …;` as the second statement, or none. */
function withComment(statement: string, on: string, description: string): string {
  return `array_remove(array[${statement}, case when ${description} is not null then ${on} || ' IS ' || pg_catalog.quote_literal(${description}) end], null)`;
}

// A foreign key of a partition is a clone of its parent's: the outermost one is what can be dropped. One of the
// partition's own has a higher rank than its parents': they would take it for their part, had they to come behind it.
const FOREIGN_KEYS = /* sql */ `
  select 'foreign key' as kind,
    'constraint ' || pg_catalog.quote_ident(k.conname) || ' on ' || k.conrelid::pg_catalog.regclass as object,
    array[${root("k.conrelid")}, ${root("k.confrelid")}]::int8[]::float8[] as tables,
    'ALTER TABLE ' || k.conrelid::pg_catalog.regclass || ' DROP CONSTRAINT ' || pg_catalog.quote_ident(k.conname) as remove,
    ${withComment(
      `'ALTER TABLE ' || k.conrelid::pg_catalog.regclass || ' ADD CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid)`,
      `'COMMENT ON CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ON ' || k.conrelid::pg_catalog.regclass`,
      `pg_catalog.obj_description(k.oid, 'pg_constraint')`,
    )} as "putBack",
    1 + (select count(*) from pg_catalog.pg_partition_ancestors(k.conrelid))::int as rank, k.oid
  from pg_catalog.pg_constraint k
  where k.oid in (
    with recursive up as (
      select oid, conparentid from pg_catalog.pg_constraint where contype = 'f' and conrelid in ${TABLES}
      union
      select p.oid, p.conparentid from pg_catalog.pg_constraint p join up on up.conparentid = p.oid
    )
    select oid from up where conparentid = 0)`;

// Not internal ones, which are the foreign keys' own; not those that would stay silent anyway ('D', 'R'). Those on
// DELETE (8) too, not only those on INSERT (4): if the restore fails, its rows go again.
const TRIGGERS = /* sql */ `
  select 'trigger' as kind,
    'trigger ' || pg_catalog.quote_ident(t.tgname) || ' on ' || t.tgrelid::pg_catalog.regclass as object,
    array[t.tgrelid]::int8[]::float8[] as tables,
    'ALTER TABLE ONLY ' || t.tgrelid::pg_catalog.regclass || ' DISABLE TRIGGER ' || pg_catalog.quote_ident(t.tgname) as remove,
    array['ALTER TABLE ONLY ' || t.tgrelid::pg_catalog.regclass
      || case t.tgenabled when 'A' then ' ENABLE ALWAYS TRIGGER ' else ' ENABLE TRIGGER ' end || pg_catalog.quote_ident(t.tgname)] as "putBack",
    ${LAST} as rank, t.oid
  from pg_catalog.pg_trigger t
  where t.tgrelid in ${TABLES} and not t.tgisinternal and t.tgenabled in ('O', 'A') and t.tgtype & 12 <> 0`;

// Rows come in by COPY, which knows no rules; they go by DELETE.
const RULES = /* sql */ `
  select 'trigger' as kind,
    'rule ' || pg_catalog.quote_ident(r.rulename) || ' on ' || r.ev_class::pg_catalog.regclass as object,
    array[r.ev_class]::int8[]::float8[] as tables,
    'ALTER TABLE ' || r.ev_class::pg_catalog.regclass || ' DISABLE RULE ' || pg_catalog.quote_ident(r.rulename) as remove,
    array['ALTER TABLE ' || r.ev_class::pg_catalog.regclass
      || case r.ev_enabled when 'A' then ' ENABLE ALWAYS RULE ' else ' ENABLE RULE ' end || pg_catalog.quote_ident(r.rulename)] as "putBack",
    ${LAST} as rank, r.oid
  from pg_catalog.pg_rewrite r
  where r.ev_class in ${TABLES} and r.ev_type = '4' and r.ev_enabled in ('O', 'A')`;

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
    0 as rank, i.indexrelid as oid
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_class t on t.oid = i.indrelid
  where i.indrelid in ${TABLES}
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

export const OBSTACLES = /* sql */ `
  select kind, object, rank, tables, remove, "putBack"
  from (${FOREIGN_KEYS} union all ${TRIGGERS} union all ${RULES} union all ${INDEXES}) obstacles
  order by rank desc, oid`;
