/** Extended statistics: `pg_statistic_ext` in, `CREATE STATISTICS` out. Their data are made by ANALYZE. */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";

export interface Statistics extends CatalogObject {
  readonly kind: "statistics";
  /** Its own schema, which need not be the table's. */
  readonly schema: string;
  readonly owner: string;
  readonly tableKey: Key;
  /** `CREATE STATISTICS …` as the server prints it, without a semicolon. */
  readonly definition: string;
  /** Null for the server's default. */
  readonly target: number | null;
}

// -1 said "the default" until 16, null does since.
const STATISTICS = /* sql */ `
  select 'pg_statistic_ext/' || s.oid as key,
    n.nspname as schema,
    s.stxname as name,
    pg_catalog.pg_get_userbyid(s.stxowner) as owner,
    'pg_class/' || c.oid as "tableKey",
    pg_catalog.pg_get_statisticsobjdef(s.oid) as definition,
    nullif(s.stxstattarget, -1) as target
  from pg_catalog.pg_statistic_ext s
  join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
  join pg_catalog.pg_class c on c.oid = s.stxrelid and c.relkind in ('r', 'p', 'm', 'f')
  where ${userSchema()}
  order by n.nspname, s.stxname`;

export const statistics: KindModule<Statistics> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<Statistics, "kind">>(STATISTICS);
    return rows.map((row) => ({ kind: "statistics", ...row }));
  },
  create(s) {
    const statements = [`${s.definition};`];
    if (s.target !== null) statements.push(`ALTER STATISTICS ${qualified(s.schema, s.name)} SET STATISTICS ${s.target};`);
    return statements;
  },
  drop: (s) => `DROP STATISTICS IF EXISTS ${qualified(s.schema, s.name)};`,
  address: (s) => `STATISTICS ${qualified(s.schema, s.name)}`,
};
