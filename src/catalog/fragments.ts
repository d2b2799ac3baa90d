/** Pieces of SQL that several kinds' queries share. Each is explained once, here. */

/** The first OID a running server gives away; what lies below came with initdb and is not the user's. */
export const FIRST_NORMAL_OBJECT_ID = 16384;

/** Namespaces of the user: not pg_catalog, not pg_toast, nobody's temporary ones. `alias` is a pg_namespace. */
export function userSchema(alias = "n"): string {
  return `(${alias}.nspname !~ '^pg_' and ${alias}.nspname <> 'information_schema')`;
}

/** A `Key` as text: `'pg_type/' || t.oid`. */
export function keySql(catalog: string, oid: string): string {
  return `('${catalog}/' || ${oid})`;
}

export interface AclSource {
  /** The catalog that has the ACL column, for pg_init_privs. */
  readonly catalog: string;
  readonly oid: string;
  readonly acl: string;
  /** What `acldefault` calls the object type: r table, s sequence, c column, f function, T type, n schema, l language, L large object, F foreign-data wrapper, S server. */
  readonly type: "r" | "s" | "c" | "f" | "T" | "n" | "l" | "L" | "F" | "S";
  /** The owner's OID. */
  readonly owner: string;
  /** The column's number, for column privileges. Default: `0`, the whole object. */
  readonly column?: string;
}

/**
 * An expression for `CatalogObject.acl`: json with `actual` and `base`, null where they are equal. A NULL ACL means
 * the default, which is not the same as an empty one.
 */
export function aclSql({ catalog, oid, acl, type, owner, column = "0" }: AclSource): string {
  const standard = `pg_catalog.acldefault('${type}', ${owner})`;
  return /* sql */ `(
    select case when a.actual is distinct from a.base then json_build_object('actual', a.actual, 'base', a.base) end
    from (select coalesce(${acl}, ${standard})::text[] as actual,
                 coalesce((select i.initprivs from pg_catalog.pg_init_privs i
                           where i.objoid = ${oid} and i.classoid = 'pg_catalog.${catalog}'::pg_catalog.regclass and i.objsubid = ${column}),
                          ${standard})::text[] as base) a)`;
}

/** Whether a row belongs to an extension. */
export function isMember(catalog: string, oid: string): string {
  return /* sql */ `exists (
    select from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass and e.objid = ${oid} and e.deptype = 'e')`;
}

/**
 * The collation of a column or domain as `json {schema, name}`, null where the type's own is used.
 * `collation` and `own` are OIDs.
 */
export function collationSql(collation: string, own: string): string {
  return /* sql */ `(
    select json_build_object('schema', cn.nspname, 'name', co.collname)
    from pg_catalog.pg_collation co join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
    where co.oid = ${collation} and ${collation} <> ${own})`;
}

/** What `collationSql` gives. */
export interface CollationName {
  readonly schema: string;
  readonly name: string;
}
