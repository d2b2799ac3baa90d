/** Large objects without their bytes: `pg_largeobject_metadata` in, `lo_create` out. Their OIDs are kept: rows refer to them. */
import { aclSql, keySql } from "../fragments.ts";
import type { Acl, CatalogObject, KindModule } from "../kind.ts";

export interface LargeObject extends CatalogObject {
  readonly kind: "large-object";
  readonly schema: null;
  readonly owner: string;
  readonly acl: Acl | null;
  readonly oid: number;
}

// pg_depend and pg_description speak of pg_largeobject, the metadata is elsewhere.
const LARGE_OBJECTS = /* sql */ `
  select ${keySql("pg_largeobject", "l.oid")} as key,
         null::text as schema,
         l.oid::text as name,
         pg_catalog.pg_get_userbyid(l.lomowner) as owner,
         ${aclSql({ catalog: "pg_largeobject", oid: "l.oid", acl: "l.lomacl", type: "L", owner: "l.lomowner" })} as acl,
         l.oid
  from pg_catalog.pg_largeobject_metadata l
  order by l.oid`;

export const largeObject: KindModule<LargeObject> = {
  section: "data",
  async read(session) {
    const rows = await session.query<Omit<LargeObject, "kind">>(LARGE_OBJECTS);
    return rows.map((row) => ({ kind: "large-object", ...row }));
  },
  create: (object) => [`SELECT pg_catalog.lo_create(${object.oid});`],
  drop: (object) => `SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = ${object.oid};`,
  address: (object) => `LARGE OBJECT ${object.oid}`,
};
