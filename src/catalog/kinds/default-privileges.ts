/** What a role grants on the objects it will create: `pg_default_acl` in, `ALTER DEFAULT PRIVILEGES` out. */
import { defaultPrivilegeStatements, type DefaultPrivilegeType } from "../acl.ts";
import { keySql, userSchema } from "../fragments.ts";
import type { Acl, CatalogObject, KindModule } from "../kind.ts";
import { ident } from "../quote.ts";

export interface DefaultPrivileges extends CatalogObject {
  readonly kind: "default-privileges";
  /** Null for the entry that holds in every schema. */
  readonly schema: string | null;
  /** Null: the entry belongs to `role`, but nobody can give it to another. */
  readonly owner: null;
  readonly role: string;
  readonly type: DefaultPrivilegeType;
  /** The change itself, not privileges on an object: hence not `acl`. */
  readonly privileges: Acl;
}

// A global entry replaces the built-in default and is a change to it. An entry of a schema is only added: a change to nothing.
// acldefault calls sequences 's', pg_default_acl calls them 'S'.
const DEFAULT_PRIVILEGES = /* sql */ `
  select ${keySql("pg_default_acl", "d.oid")} as key,
         n.nspname as schema,
         pg_catalog.pg_get_userbyid(d.defaclrole) as name,
         d.defaclobjtype::text as signature,
         null::text as owner,
         pg_catalog.pg_get_userbyid(d.defaclrole) as role,
         d.defaclobjtype::text as type,
         json_build_object(
           'actual', d.defaclacl::text[],
           'base', case when d.defaclnamespace = 0
                        then pg_catalog.acldefault(case when d.defaclobjtype = 'S' then 's' else d.defaclobjtype end, d.defaclrole)::text[]
                        else '{}' end) as privileges
  from pg_catalog.pg_default_acl d
  left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
  where n.oid is null or ${userSchema()}
  order by n.nspname nulls first, name, signature`;

export const defaultPrivileges: KindModule<DefaultPrivileges> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<DefaultPrivileges, "kind">>(DEFAULT_PRIVILEGES);
    return rows.map((row) => ({ kind: "default-privileges", ...row }));
  },
  create: (object, context) => defaultPrivilegeStatements(object.role, object.schema, object.type, object.privileges, context.serverVersion),
  // Undoing an entry means knowing what was there before it: nobody does.
  drop: () => null,
  address: (object) => `DEFAULT PRIVILEGES FOR ROLE ${ident(object.role)}`,
};
