/** What the queries of the facts share: pieces of SQL that make rows of catalogs comparable by name. */

/** A query that gives one jsonb column, `fact`. Its naming fields are `name`, `on`, `of`, `object`, `role`, `schema`, `oid`. */
export interface FactQuery {
  readonly sql: string;
  /** The oldest `server_version_num` that has the catalog. Default: every one. */
  readonly since?: number;
}

export type FactQueries = Readonly<Record<string, FactQuery>>;

/** In a schema that is the user's. */
export const USER = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/** The first OID that initdb does not give. */
export const FIRST_OID = 16384;

/**
 * A row of a catalog as json, without what is a number of this database only: the named fields are taken out, and
 * a field that the server's version lacks is simply not there. Fields of type regproc come out as names.
 */
export function rest(alias: string, ...without: readonly string[]): string {
  return `to_jsonb(${alias}) - array[${["oid", ...without].map((field) => `'${field}'`).join(", ")}]`;
}

/** Privileges without the order in which they were given; what nobody has touched equals what stands there by default. */
export function privileges(acl: string, type: string, owner: string): string {
  return `(select array_agg(x::text order by x::text) from unnest(coalesce(${acl}, acldefault(${type}, ${owner}))) x)`;
}

/** The names of columns, in the order of their numbers in an array. */
export function columnNames(numbers: string, relation: string): string {
  return `(select jsonb_agg(coalesce(a.attname::text, '(expression)') order by x.position) from unnest(${numbers}) with ordinality x(number, position)
    left join pg_attribute a on a.attrelid = ${relation} and a.attnum = x.number)`;
}

/** The names of what an array or vector of OIDs names, null where one is zero. */
export function namesOf(oids: string, name: (oid: string) => string): string {
  return `(select jsonb_agg(case when x.oid <> 0 then ${name("x.oid")} end order by x.position) from unnest(${oids}) with ordinality x(oid, position))`;
}

export const typeName = (oid: string) => `format_type(nullif(${oid}, 0), null)`;
export const functionName = (oid: string) => `nullif(${oid}::oid, 0)::regprocedure::text`;
export const operatorName = (oid: string) => `nullif(${oid}, 0)::regoperator::text`;
export const collationName = (oid: string) => `nullif(${oid}, 0)::regcollation::text`;
export const roleName = (oid: string) => `case when ${oid} <> 0 then pg_get_userbyid(${oid}) end`;
export const schemaName = (oid: string) => `nullif(${oid}, 0)::regnamespace::text`;

/** An object of any catalog, `operator class ltree.ops USING gist`. */
export function identityOf(catalog: string, oid: string, alias = "i"): string {
  return `pg_identify_object('${catalog}'::regclass, ${oid}, 0) ${alias}`;
}

export const operatorClassName = (oid: string) => `(select i.identity from ${identityOf("pg_opclass", oid)})`;
export const operatorFamilyName = (oid: string) => `(select i.identity from ${identityOf("pg_opfamily", oid)})`;
