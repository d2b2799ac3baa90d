/** That a table's policies are in force: `relrowsecurity` in, `ENABLE ROW LEVEL SECURITY` out, after the rows. */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";

export interface RowSecurity extends CatalogObject {
  readonly kind: "row-security";
  readonly schema: string;
  readonly tableKey: Key;
}

const ROW_SECURITY = /* sql */ `
  select 'row-security/' || c.oid as key,
    array['pg_class/' || c.oid] as needs,
    n.nspname as schema,
    c.relname as name,
    null as owner,
    'pg_class/' || c.oid as "tableKey"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relrowsecurity and ${userSchema()}
  order by n.nspname, c.relname`;

export const rowSecurity: KindModule<RowSecurity> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<RowSecurity, "kind">>(ROW_SECURITY);
    return rows.map((row) => ({ kind: "row-security", ...row }));
  },
  create: (r) => [`ALTER TABLE ${qualified(r.schema, r.name)} ENABLE ROW LEVEL SECURITY;`],
  drop: (r) => `ALTER TABLE IF EXISTS ${qualified(r.schema, r.name)} DISABLE ROW LEVEL SECURITY;`,
  address: (r) => `TABLE ${qualified(r.schema, r.name)}`,
};
