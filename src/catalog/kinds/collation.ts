/** Collations: `pg_collation` in, `CREATE COLLATION` out. The version is left out: it is the target library's to say. */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident, literal, qualified } from "../quote.ts";

export interface Collation extends CatalogObject {
  readonly kind: "collation";
  readonly schema: string;
  readonly owner: string;
  readonly provider: "libc" | "icu" | "builtin" | "default";
  readonly deterministic: boolean;
  /** Of ICU and builtin collations. */
  readonly locale: string | null;
  /** Of libc collations. */
  readonly collate: string | null;
  readonly ctype: string | null;
  readonly icuRules: string | null;
  /** A copy of initdb's "C" or "POSIX" is good for every encoding; one that is made by its locale only for the database's. */
  readonly copyOf: "C" | "POSIX" | null;
  /** What the source's library said. Never part of the DDL. */
  readonly version: string | null;
}

/** Before 15 an ICU locale stood in collcollate; 15 gave it a column, 17 renamed that. */
function collationQuery(serverVersion: number): string {
  const locale = serverVersion >= 170000 ? "c.colllocale" : serverVersion >= 150000 ? "c.colliculocale" : "case when c.collprovider = 'i' then c.collcollate::text end";
  const libc = (column: string) => `case when c.collprovider = 'c' then c.${column}::text end`;
  return /* sql */ `
    select ${keySql("pg_collation", "c.oid")} as key,
           n.nspname as schema,
           c.collname as name,
           pg_catalog.pg_get_userbyid(c.collowner) as owner,
           case c.collprovider when 'c' then 'libc' when 'i' then 'icu' when 'b' then 'builtin' else 'default' end as provider,
           c.collisdeterministic as deterministic,
           ${locale} as locale,
           ${libc("collcollate")} as collate,
           ${libc("collctype")} as ctype,
           ${serverVersion >= 160000 ? "c.collicurules" : "null::text"} as "icuRules",
           case when c.collprovider = 'c' and c.collencoding = -1 and c.collcollate in ('C', 'POSIX') and c.collctype = c.collcollate then c.collcollate::text end as "copyOf",
           c.collversion as version
    from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace
    where ${userSchema()}
    order by n.nspname, c.collname`;
}

export const collation: KindModule<Collation> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Collation, "kind">>(collationQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "collation", ...row }));
  },
  create(object) {
    if (object.copyOf !== null) return [`CREATE COLLATION ${qualified(object.schema, object.name)} FROM pg_catalog.${ident(object.copyOf)};`];
    const options = [`provider = ${object.provider}`];
    if (!object.deterministic) options.push("deterministic = false");
    if (object.locale !== null) options.push(`locale = ${literal(object.locale)}`);
    if (object.collate !== null && object.collate === object.ctype) options.push(`locale = ${literal(object.collate)}`);
    else if (object.collate !== null && object.ctype !== null) {
      options.push(`lc_collate = ${literal(object.collate)}`, `lc_ctype = ${literal(object.ctype)}`);
    }
    if (object.icuRules !== null) options.push(`rules = ${literal(object.icuRules)}`);
    return [`CREATE COLLATION ${qualified(object.schema, object.name)} (${options.join(", ")});`];
  },
  drop: (object) => `DROP COLLATION IF EXISTS ${qualified(object.schema, object.name)};`,
  address: (object) => `COLLATION ${qualified(object.schema, object.name)}`,
};
