/** Row-level security policies: `pg_policy` in, `CREATE POLICY` out. */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";

export interface Policy extends CatalogObject {
  readonly kind: "policy";
  readonly schema: string;
  readonly table: string;
  readonly tableKey: Key;
  readonly permissive: boolean;
  readonly command: "ALL" | "SELECT" | "INSERT" | "UPDATE" | "DELETE";
  /** Empty for PUBLIC: `polroles` then holds the zero OID, which no role has. */
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly withCheck: string | null;
}

const POLICIES = /* sql */ `
  select 'pg_policy/' || p.oid as key,
    n.nspname as schema,
    p.polname as name,
    c.relname as signature,
    null as owner,
    c.relname as table,
    'pg_class/' || c.oid as "tableKey",
    p.polpermissive as permissive,
    case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end as command,
    array(select r.rolname::text from unnest(p.polroles) as x(role) join pg_catalog.pg_roles r on r.oid = x.role order by r.rolname) as roles,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using,
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as "withCheck"
  from pg_catalog.pg_policy p
  join pg_catalog.pg_class c on c.oid = p.polrelid and c.relkind in ('r', 'p')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where ${userSchema()}
  order by n.nspname, c.relname, p.polname`;

export const policy: KindModule<Policy> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<Policy, "kind">>(POLICIES);
    return rows.map((row) => ({ kind: "policy", ...row }));
  },
  create(p) {
    const clauses = [
      `CREATE POLICY ${ident(p.name)} ON ${qualified(p.schema, p.table)}`,
      p.permissive ? "AS PERMISSIVE" : "AS RESTRICTIVE",
      `FOR ${p.command}`,
      p.roles.length > 0 ? `TO ${p.roles.map(ident).join(", ")}` : "TO PUBLIC",
    ];
    if (p.using !== null) clauses.push(`USING (${p.using})`);
    if (p.withCheck !== null) clauses.push(`WITH CHECK (${p.withCheck})`);
    return [`${clauses.join(" ")};`];
  },
  drop: (p) => `DROP POLICY IF EXISTS ${ident(p.name)} ON ${qualified(p.schema, p.table)};`,
  address: (p) => `POLICY ${ident(p.name)} ON ${qualified(p.schema, p.table)}`,
};
