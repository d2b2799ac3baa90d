/** Composite types that stand alone: `pg_type` and its `pg_class` row in, `CREATE TYPE … AS (…)` out. */
import { aclSql, collationSql, keySql, userSchema, type CollationName } from "../fragments.ts";
import type { Acl, CatalogObject, Key, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";

export interface Composite extends CatalogObject {
  readonly kind: "composite";
  readonly schema: string;
  readonly owner: string;
  readonly acl: Acl | null;
  /** Its pg_class row, on which the dependencies and the comments of the attributes hang, and its array type. */
  readonly aliases: readonly Key[];
  /** Without dropped ones. */
  readonly attributes: readonly CompositeAttribute[];
}

export interface CompositeAttribute {
  readonly name: string;
  readonly type: string;
  /** Null for the type's own. */
  readonly collation: CollationName | null;
}

const COMPOSITES = /* sql */ `
  select ${keySql("pg_type", "t.oid")} as key,
         array_remove(array[${keySql("pg_class", "t.typrelid")}, ${keySql("pg_type", "nullif(t.typarray, 0)")}], null) as aliases,
         n.nspname as schema,
         t.typname as name,
         pg_catalog.pg_get_userbyid(t.typowner) as owner,
         ${aclSql({ catalog: "pg_type", oid: "t.oid", acl: "t.typacl", type: "T", owner: "t.typowner" })} as acl,
         (select coalesce(json_agg(json_build_object(
                   'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                   'collation', ${collationSql("a.attcollation", "at.typcollation")}) order by a.attnum), '[]'::json)
          from pg_catalog.pg_attribute a join pg_catalog.pg_type at on at.oid = a.atttypid
          where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) as attributes
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  join pg_catalog.pg_class c on c.oid = t.typrelid and c.relkind = 'c'
  where t.typtype = 'c' and ${userSchema()}
  order by n.nspname, t.typname`;

export const composite: KindModule<Composite> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Composite, "kind">>(COMPOSITES);
    return rows.map((row) => ({ kind: "composite", ...row }));
  },
  create(object) {
    const attributes = object.attributes.map(({ name, type, collation }) => {
      const collate = collation === null ? "" : ` COLLATE ${qualified(collation.schema, collation.name)}`;
      return `\n    ${ident(name)} ${type}${collate}`;
    });
    return [`CREATE TYPE ${qualified(object.schema, object.name)} AS (${attributes.join(",")}\n);`];
  },
  drop: (object) => `DROP TYPE IF EXISTS ${qualified(object.schema, object.name)};`,
  address: (object) => `TYPE ${qualified(object.schema, object.name)}`,
};
