/**
 * The one query that finds what stands in the way of rows for given tables, with the statement that removes each
 * and those that put it back exactly as it was: the server's own printers, and the comment where there is one.
 * `$1::oid[]`: the tables that rows go into. They are known to be empty.
 */

/** `COMMENT ON … IS …;` as the second statement, or none. */
function withComment(statement: string, on: string, description: string): string {
  return `array_remove(array[${statement}, case when ${description} is not null then ${on} || ' IS ' || pg_catalog.quote_literal(${description}) end], null)`;
}

// A foreign key of a partition is a clone of its parent's: the outermost one is what can be dropped.
const FOREIGN_KEYS = /* sql */ `
  select 'foreign key' as kind,
    'constraint ' || pg_catalog.quote_ident(k.conname) || ' on ' || k.conrelid::pg_catalog.regclass as object,
    array[k.conrelid, k.confrelid]::int8[]::float8[] as tables,
    'ALTER TABLE ' || k.conrelid::pg_catalog.regclass || ' DROP CONSTRAINT ' || pg_catalog.quote_ident(k.conname) as remove,
    ${withComment(
      `'ALTER TABLE ' || k.conrelid::pg_catalog.regclass || ' ADD CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid)`,
      `'COMMENT ON CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ON ' || k.conrelid::pg_catalog.regclass`,
      `pg_catalog.obj_description(k.oid, 'pg_constraint')`,
    )} as "putBack",
    1 as position, k.oid
  from pg_catalog.pg_constraint k
  where k.oid in (
    with recursive up as (
      select oid, conparentid from pg_catalog.pg_constraint where contype = 'f' and conrelid = any ($1::oid[])
      union
      select p.oid, p.conparentid from pg_catalog.pg_constraint p join up on up.conparentid = p.oid
    )
    select oid from up where conparentid = 0)`;

// Not internal ones, which are the foreign keys' own; not those that would stay silent anyway ('D', 'R').
const TRIGGERS = /* sql */ `
  select 'trigger' as kind,
    'trigger ' || pg_catalog.quote_ident(t.tgname) || ' on ' || t.tgrelid::pg_catalog.regclass as object,
    array[t.tgrelid]::int8[]::float8[] as tables,
    'ALTER TABLE ONLY ' || t.tgrelid::pg_catalog.regclass || ' DISABLE TRIGGER ' || pg_catalog.quote_ident(t.tgname) as remove,
    array['ALTER TABLE ONLY ' || t.tgrelid::pg_catalog.regclass
      || case t.tgenabled when 'A' then ' ENABLE ALWAYS TRIGGER ' else ' ENABLE TRIGGER ' end || pg_catalog.quote_ident(t.tgname)] as "putBack",
    2 as position, t.oid
  from pg_catalog.pg_trigger t
  where t.tgrelid = any ($1::oid[]) and not t.tgisinternal and t.tgenabled in ('O', 'A') and t.tgtype & 4 = 4`;

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
    0 as position, i.indexrelid as oid
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_class t on t.oid = i.indrelid
  where i.indrelid = any ($1::oid[])
    and i.indisvalid and i.indislive and not i.indisclustered and not i.indisreplident
    and c.reltablespace = 0 and not c.relispartition
    and pg_catalog.pg_has_role(t.relowner, 'USAGE')
    and not exists (select from pg_catalog.pg_attribute a where a.attrelid = i.indexrelid and a.attstattarget > 0)
    and not exists (
      select from pg_catalog.pg_depend d
      where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = i.indexrelid)
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = i.indexrelid and d.deptype in ('i', 'P', 'S', 'x', 'e'))`;

export const OBSTACLES = /* sql */ `
  select kind, object, tables, remove, "putBack"
  from (${FOREIGN_KEYS} union all ${TRIGGERS} union all ${INDEXES}) obstacles
  order by position desc, oid`;
