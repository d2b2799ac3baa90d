/** Foreign-data wrappers: `pg_foreign_data_wrapper` in, `CREATE FOREIGN DATA WRAPPER` out. */
import { type ForeignOption, foreignOptionsClause, foreignOptionsSql } from "../foreign-options.ts";
import { aclSql, FIRST_NORMAL_OBJECT_ID, keySql } from "../fragments.ts";
import type { Acl, CatalogObject, KindModule } from "../kind.ts";
import { ident } from "../quote.ts";

export interface ForeignDataWrapper extends CatalogObject {
  readonly kind: "foreign-data-wrapper";
  readonly schema: null;
  readonly owner: string;
  readonly acl: Acl | null;
  /** Qualified, as `regproc` prints them. One without a handler can have servers and tables, and nothing can be read. */
  readonly handler: string | null;
  readonly validator: string | null;
  readonly options: readonly ForeignOption[];
}

const WRAPPERS = /* sql */ `
  select ${keySql("pg_foreign_data_wrapper", "f.oid")} as key,
         null::text as schema,
         f.fdwname as name,
         pg_catalog.pg_get_userbyid(f.fdwowner) as owner,
         ${aclSql({ catalog: "pg_foreign_data_wrapper", oid: "f.oid", acl: "f.fdwacl", type: "F", owner: "f.fdwowner" })} as acl,
         nullif(f.fdwhandler::pg_catalog.regproc::text, '-') as handler,
         nullif(f.fdwvalidator::pg_catalog.regproc::text, '-') as validator,
         ${foreignOptionsSql("f.fdwoptions")} as options
  from pg_catalog.pg_foreign_data_wrapper f
  where f.oid >= ${FIRST_NORMAL_OBJECT_ID}
  order by f.fdwname`;

export const foreignDataWrapper: KindModule<ForeignDataWrapper> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<ForeignDataWrapper, "kind">>(WRAPPERS);
    return rows.map((row) => ({ kind: "foreign-data-wrapper", ...row }));
  },
  create(object) {
    const clauses = [`CREATE FOREIGN DATA WRAPPER ${ident(object.name)}`];
    if (object.handler !== null) clauses.push(`HANDLER ${object.handler}`);
    if (object.validator !== null) clauses.push(`VALIDATOR ${object.validator}`);
    return [`${clauses.join(" ")}${foreignOptionsClause(object.options)};`];
  },
  drop: (object) => `DROP FOREIGN DATA WRAPPER IF EXISTS ${ident(object.name)};`,
  address: (object) => `FOREIGN DATA WRAPPER ${ident(object.name)}`,
};
