/** Enumerated types: `pg_enum` in, `CREATE TYPE … AS ENUM` out. */
import { aclSql, keySql, userSchema } from "../fragments.ts";
import type { Acl, CatalogObject, Key, KindModule } from "../kind.ts";
import { literal, qualified } from "../quote.ts";

export interface EnumType extends CatalogObject {
  readonly kind: "enum";
  readonly schema: string;
  readonly owner: string;
  readonly acl: Acl | null;
  /** Its array type. */
  readonly aliases: readonly Key[];
  /** In the order in which they compare, which is not the order of their OIDs. */
  readonly labels: readonly string[];
}

const ENUMS = /* sql */ `
  select ${keySql("pg_type", "t.oid")} as key,
         array_remove(array[${keySql("pg_type", "nullif(t.typarray, 0)")}], null) as aliases,
         n.nspname as schema,
         t.typname as name,
         pg_catalog.pg_get_userbyid(t.typowner) as owner,
         ${aclSql({ catalog: "pg_type", oid: "t.oid", acl: "t.typacl", type: "T", owner: "t.typowner" })} as acl,
         array(select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder) as labels
  from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where t.typtype = 'e' and ${userSchema()}
  order by n.nspname, t.typname`;

export const enumType: KindModule<EnumType> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<EnumType, "kind">>(ENUMS);
    return rows.map((row) => ({ kind: "enum", ...row }));
  },
  create(object) {
    const labels = object.labels.map((label) => `\n    ${literal(label)}`).join(",");
    return [`CREATE TYPE ${qualified(object.schema, object.name)} AS ENUM (${labels}\n);`];
  },
  drop: (object) => `DROP TYPE IF EXISTS ${qualified(object.schema, object.name)};`,
  address: (object) => `TYPE ${qualified(object.schema, object.name)}`,
};
