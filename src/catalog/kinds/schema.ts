/** Schemas: `pg_namespace` in, `CREATE SCHEMA` out. */
import { aclSql, keySql, userSchema } from "../fragments.ts";
import type { Acl, CatalogObject, KindModule } from "../kind.ts";
import { ident } from "../quote.ts";

export interface Schema extends CatalogObject {
  readonly kind: "schema";
  readonly schema: null;
  readonly owner: string;
  readonly acl: Acl | null;
}

// Public's base is what 15 and later make, whatever pg_init_privs of this database says: that is what a target has. Before
// 15 everybody could create in it, and may on a target of the same age: who may not here is told so there.
function schemasQuery(serverVersion: number): string {
  const everybody = "pg_catalog.makeaclitem(0, n.nspowner, 'USAGE', false)::text";
  const everybodyOf14 = `'=UC' || substr(${everybody}, 3)`;
  return /* sql */ `
  select ${keySql("pg_namespace", "n.oid")} as key,
         null::text as schema,
         n.nspname as name,
         pg_catalog.pg_get_userbyid(n.nspowner) as owner,
         case when n.nspname = 'public' then (
           select case when a.actual is distinct from a.base then json_build_object('actual', a.actual, 'base', a.base) end
           from (select coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))::text[] as actual,
                        pg_catalog.acldefault('n', n.nspowner)::text[] || ${
                          serverVersion >= 150_000 ? everybody : `case when n.nspacl::text[] @> array[${everybodyOf14}] then ${everybody} else ${everybodyOf14} end`
                        } as base) a)
         else ${aclSql({ catalog: "pg_namespace", oid: "n.oid", acl: "n.nspacl", type: "n", owner: "n.nspowner" })} end as acl
  from pg_catalog.pg_namespace n
  where ${userSchema()}
  order by n.nspname`;
}

export const schema: KindModule<Schema> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Schema, "kind">>(schemasQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "schema", ...row }));
  },
  // Every database has a schema public; what differs about it are owner, privileges and comment.
  create: (object) => (object.name === "public" ? [] : [`CREATE SCHEMA ${ident(object.name)};`]),
  drop: (object) => (object.name === "public" ? null : `DROP SCHEMA IF EXISTS ${ident(object.name)};`),
  address: (object) => `SCHEMA ${ident(object.name)}`,
};
