/**
 * Checks and NOT NULL constraints that a restore makes after the rows, because they, or those of the parents that
 * they come from, are NOT VALID. A child's can have been validated since: it still comes with the parent's, and is
 * validated again.
 */

/**
 * Common table expression `late (oid, upper)`: each such constraint, and those of its parents that bring it; several
 * rows where there are several. Not those that are there before: a partition is made alone with its valid checks and with
 * a NOT NULL that has a name of its own, and a second parent's valid one comes with the table.
 */
export const LATE_CONSTRAINTS = /* sql */ `late as (
    select k.oid, null::oid as upper
    from pg_catalog.pg_constraint k
    where k.contype in ('c', 'n') and not k.convalidated
    union
    select k.oid, u.oid
    from late
    join pg_catalog.pg_constraint u on u.oid = late.oid
    join pg_catalog.pg_inherits h on h.inhparent = u.conrelid
    join pg_catalog.pg_constraint k on k.conrelid = h.inhrelid and k.contype = u.contype and not k.conislocal
      and case u.contype when 'c' then k.conname = u.conname else
        (select a.attname from pg_catalog.pg_attribute a where a.attrelid = k.conrelid and a.attnum = k.conkey[1])
        = (select a.attname from pg_catalog.pg_attribute a where a.attrelid = u.conrelid and a.attnum = u.conkey[1]) end
    join pg_catalog.pg_class c on c.oid = k.conrelid
    where not (k.convalidated and (
      c.relispartition and (k.contype = 'c' or k.conname <> u.conname)
      or exists (
        select from pg_catalog.pg_inherits o
        join pg_catalog.pg_constraint b on b.conrelid = o.inhparent and b.contype = k.contype and b.convalidated and b.conislocal
        where o.inhrelid = k.conrelid and case k.contype when 'c' then b.conname = k.conname else
          (select a.attname from pg_catalog.pg_attribute a where a.attrelid = k.conrelid and a.attnum = k.conkey[1])
          = (select a.attname from pg_catalog.pg_attribute a where a.attrelid = b.conrelid and a.attnum = b.conkey[1]) end)))
  )`;

/** Whether the constraint `alias` is a late one. */
export function isLate(alias: string): string {
  return `exists (select from late where late.oid = ${alias}.oid)`;
}
