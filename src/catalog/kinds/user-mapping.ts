/**
 * User mappings: `pg_user_mappings` in, `CREATE USER MAPPING` out. They have no name of their own. The catalog is for
 * superusers; the view is for everybody, and hides the options of a mapping from those who may not use it.
 */
import { type ForeignOption, foreignOptionsClause, foreignOptionsSql } from "../foreign-options.ts";
import { keySql } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident } from "../quote.ts";

export interface UserMapping extends CatalogObject {
  readonly kind: "user-mapping";
  readonly schema: null;
  /** The server's, which sorts them. */
  readonly name: string;
  /** The user, or `""` for PUBLIC. */
  readonly signature: string;
  readonly owner: null;
  /** The user, as a role that the target must have; empty for PUBLIC. */
  readonly roles: readonly string[];
  /** Passwords among them. */
  readonly options: readonly ForeignOption[];
  /** False where the options were hidden: there may have been some. */
  readonly readable: boolean;
}

// Hidden options and no options are both null; who may see them is the view's own condition, repeated.
const USER_MAPPINGS = /* sql */ `
  select ${keySql("pg_user_mapping", "m.umid")} as key,
         null::text as schema,
         m.srvname as name,
         case when m.umuser = 0 then '' else m.usename::text end as signature,
         null::text as owner,
         case when m.umuser = 0 then '{}' else array[m.usename::text] end as roles,
         ${foreignOptionsSql("m.umoptions")} as options,
         m.umoptions is not null
           or (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user)
           or m.umuser = 0 and pg_catalog.pg_has_role(s.srvowner, 'USAGE')
           or m.umuser <> 0 and m.usename = current_user
             and (pg_catalog.pg_has_role(s.srvowner, 'USAGE') or pg_catalog.has_server_privilege(s.oid, 'USAGE')) as readable
  from pg_catalog.pg_user_mappings m join pg_catalog.pg_foreign_server s on s.oid = m.srvid
  order by m.srvname, m.usename`;

export const userMapping: KindModule<UserMapping> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<UserMapping, "kind">>(USER_MAPPINGS);
    return rows.map((row) => ({ kind: "user-mapping", ...row }));
  },
  create: (object) => [`CREATE ${addressOf(object)}${foreignOptionsClause(object.options)};`],
  drop: (object) => `DROP ${addressOf(object).replace("USER MAPPING", "USER MAPPING IF EXISTS")};`,
  address: addressOf,
};

function addressOf({ roles: [user], name }: UserMapping): string {
  return `USER MAPPING FOR ${user === undefined ? "PUBLIC" : ident(user)} SERVER ${ident(name)}`;
}
