/** Access methods of tables and indexes: `pg_am` in, `CREATE ACCESS METHOD` out. */
import { FIRST_NORMAL_OBJECT_ID, keySql } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident } from "../quote.ts";

export interface AccessMethod extends CatalogObject {
  readonly kind: "access-method";
  readonly schema: null;
  readonly owner: null;
  readonly type: "TABLE" | "INDEX";
  /** Qualified, as `regproc` prints it. */
  readonly handler: string;
}

const ACCESS_METHODS = /* sql */ `
  select ${keySql("pg_am", "a.oid")} as key,
         null::text as schema,
         a.amname as name,
         null::text as owner,
         case a.amtype when 't' then 'TABLE' else 'INDEX' end as type,
         a.amhandler::text as handler
  from pg_catalog.pg_am a
  where a.oid >= ${FIRST_NORMAL_OBJECT_ID}
  order by a.amname`;

export const accessMethod: KindModule<AccessMethod> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<AccessMethod, "kind">>(ACCESS_METHODS);
    return rows.map((row) => ({ kind: "access-method", ...row }));
  },
  create: (object) => [`CREATE ACCESS METHOD ${ident(object.name)} TYPE ${object.type} HANDLER ${object.handler};`],
  drop: (object) => `DROP ACCESS METHOD IF EXISTS ${ident(object.name)};`,
  address: (object) => `ACCESS METHOD ${ident(object.name)}`,
};
