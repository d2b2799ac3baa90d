/** Foreign servers: `pg_foreign_server` in, `CREATE SERVER` out. */
import { type ForeignOption, foreignOptionsClause, foreignOptionsSql } from "../foreign-options.ts";
import { aclSql, FIRST_NORMAL_OBJECT_ID, keySql } from "../fragments.ts";
import type { Acl, CatalogObject, KindModule } from "../kind.ts";
import { ident, literal } from "../quote.ts";

export interface Server extends CatalogObject {
  readonly kind: "server";
  readonly schema: null;
  readonly owner: string;
  readonly acl: Acl | null;
  readonly wrapper: string;
  readonly type: string | null;
  readonly version: string | null;
  readonly options: readonly ForeignOption[];
}

const SERVERS = /* sql */ `
  select ${keySql("pg_foreign_server", "s.oid")} as key,
         null::text as schema,
         s.srvname as name,
         pg_catalog.pg_get_userbyid(s.srvowner) as owner,
         ${aclSql({ catalog: "pg_foreign_server", oid: "s.oid", acl: "s.srvacl", type: "S", owner: "s.srvowner" })} as acl,
         f.fdwname as wrapper,
         s.srvtype as type,
         s.srvversion as version,
         ${foreignOptionsSql("s.srvoptions")} as options
  from pg_catalog.pg_foreign_server s join pg_catalog.pg_foreign_data_wrapper f on f.oid = s.srvfdw
  where s.oid >= ${FIRST_NORMAL_OBJECT_ID}
  order by s.srvname`;

export const server: KindModule<Server> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Server, "kind">>(SERVERS);
    return rows.map((row) => ({ kind: "server", ...row }));
  },
  create(object) {
    const clauses = [`CREATE SERVER ${ident(object.name)}`];
    if (object.type !== null) clauses.push(`TYPE ${literal(object.type)}`);
    if (object.version !== null) clauses.push(`VERSION ${literal(object.version)}`);
    clauses.push(`FOREIGN DATA WRAPPER ${ident(object.wrapper)}`);
    return [`${clauses.join(" ")}${foreignOptionsClause(object.options)};`];
  },
  drop: (object) => `DROP SERVER IF EXISTS ${ident(object.name)};`,
  address: (object) => `SERVER ${ident(object.name)}`,
};
