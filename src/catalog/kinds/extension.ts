/** Extensions: `pg_extension` in, `CREATE EXTENSION` out. Their members are the extension's business; rows of its configuration tables are not. */
import { FIRST_NORMAL_OBJECT_ID, keySql } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { ident } from "../quote.ts";

export interface Extension extends CatalogObject {
  readonly kind: "extension";
  /** The schema its objects are in; not part of its name. */
  readonly schema: string;
  /** Never part of the DDL: the target takes the version it has. */
  readonly version: string;
  readonly relocatable: boolean;
  /** Every member, so that what needs a member needs the extension. */
  readonly aliases: readonly Key[];
  readonly configTables: readonly ConfigTable[];
}

/** A table or sequence of the extension whose rows belong to the user (`pg_extension_config_dump`). `Catalog.members` has it whole. */
export interface ConfigTable {
  readonly key: Key;
  readonly schema: string;
  readonly name: string;
  /** Which rows: `WHERE …`, or null for all. */
  readonly condition: string | null;
}

// What lies below the first normal OID, plpgsql above all, is in every new database.
const EXTENSIONS = /* sql */ `
  select ${keySql("pg_extension", "e.oid")} as key,
         n.nspname as schema,
         e.extname as name,
         null::text as owner,
         e.extversion as version,
         e.extrelocatable as relocatable,
         (select coalesce(json_agg(d.classid::pg_catalog.regclass::text || '/' || d.objid order by d.classid, d.objid), '[]'::json)
          from pg_catalog.pg_depend d
          where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid and d.deptype = 'e') as aliases,
         (select coalesce(json_agg(json_build_object(
                   'key', ${keySql("pg_class", "c.oid")}, 'schema', cn.nspname, 'name', c.relname,
                   'condition', nullif(e.extcondition[t.position], '')
                 ) order by t.position), '[]'::json)
          from unnest(e.extconfig) with ordinality t(oid, position)
          join pg_catalog.pg_class c on c.oid = t.oid
          join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace) as "configTables"
  from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
  where e.oid >= ${FIRST_NORMAL_OBJECT_ID}
  order by e.extname`;

export const extension: KindModule<Extension> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Extension, "kind">>(EXTENSIONS);
    return rows.map((row) => ({ kind: "extension", ...row }));
  },
  create: (object) => [`CREATE EXTENSION IF NOT EXISTS ${ident(object.name)} WITH SCHEMA ${ident(object.schema)};`],
  drop: (object) => `DROP EXTENSION IF EXISTS ${ident(object.name)};`,
  address: (object) => `EXTENSION ${ident(object.name)}`,
};
