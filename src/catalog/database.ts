/** Facts about the database itself: what its CREATE DATABASE would say, and where it was read. */
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import type { Acl } from "./kind.ts";
import type { SecurityLabel } from "./security-label.ts";

export interface DatabaseFacts {
  readonly name: string;
  /** `server_version_num`. */
  readonly serverVersion: number;
  /** The server's own words for it: `17.5 (Debian 17.5-1)`. */
  readonly serverVersionText: string;
  /** Null where the role may not ask. */
  readonly systemIdentifier: string | null;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** Null before 15, where libc was the only one. */
  readonly localeProvider: "libc" | "icu" | "builtin" | null;
  readonly locale: string | null;
  readonly icuRules: string | null;
  readonly collationVersion: string | null;
  readonly owner: string;
  readonly comment: string | null;
  readonly securityLabels: readonly SecurityLabel[];
  readonly acl: Acl | null;
  readonly isTemplate: boolean;
  readonly allowConnections: boolean;
  /** -1 for no limit. */
  readonly connectionLimit: number;
  readonly tablespace: string;
  /** `ALTER DATABASE … SET` and `ALTER ROLE … IN DATABASE … SET`: the role is null for the former. */
  readonly settings: readonly { readonly role: string | null; readonly values: readonly string[] }[];
  readonly extensions: readonly { readonly name: string; readonly version: string; readonly schema: string }[];
}

/** Reads the facts about the database that the session is connected to. */
export async function readDatabaseFacts(session: Session): Promise<DatabaseFacts> {
  const [row] = await session.query<Omit<DatabaseFacts, "serverVersion" | "systemIdentifier">>(databaseQuery(session.serverVersion));
  if (row === undefined) throw new PgarkError("SQL_FAILED", "pg_database has no row for the current database");
  return { ...row, serverVersion: session.serverVersion, systemIdentifier: await readSystemIdentifier(session) };
}

/** Its own query, because naming the function without the privilege fails, called or not. */
async function readSystemIdentifier(session: Session): Promise<string | null> {
  const [may] = await session.query<{ allowed: boolean }>(
    `select pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute') as allowed`,
  );
  if (may?.allowed !== true) return null;
  const [row] = await session.query<{ id: string }>(`select system_identifier::text as id from pg_catalog.pg_control_system()`);
  return row?.id ?? null;
}

function databaseQuery(serverVersion: number): string {
  const localeColumn = serverVersion >= 170000 ? "d.datlocale" : serverVersion >= 150000 ? "d.daticulocale" : "null::text";
  return /* sql */ `
    select d.datname as name,
           pg_catalog.current_setting('server_version') as "serverVersionText",
           pg_catalog.pg_encoding_to_char(d.encoding) as encoding,
           d.datcollate::text as collate,
           d.datctype::text as ctype,
           ${serverVersion >= 150000 ? `case d.datlocprovider when 'c' then 'libc' when 'i' then 'icu' when 'b' then 'builtin' end` : "null::text"} as "localeProvider",
           ${localeColumn} as locale,
           ${serverVersion >= 160000 ? "d.daticurules" : "null::text"} as "icuRules",
           ${serverVersion >= 150000 ? "d.datcollversion" : "null::text"} as "collationVersion",
           pg_catalog.pg_get_userbyid(d.datdba) as owner,
           pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
           (select coalesce(json_agg(json_build_object('provider', l.provider, 'label', l.label, 'column', null) order by l.provider), '[]'::json)
            from pg_catalog.pg_shseclabel l where l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass and l.objoid = d.oid) as "securityLabels",
           case when d.datacl is distinct from pg_catalog.acldefault('d', d.datdba) and d.datacl is not null
                then json_build_object('actual', d.datacl::text[], 'base', pg_catalog.acldefault('d', d.datdba)::text[]) end as acl,
           d.datistemplate as "isTemplate",
           d.datallowconn as "allowConnections",
           d.datconnlimit as "connectionLimit",
           t.spcname as tablespace,
           (select coalesce(json_agg(json_build_object('role', r.rolname, 'values', s.setconfig) order by r.rolname nulls first), '[]'::json)
            from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_roles r on r.oid = s.setrole
            where s.setdatabase = d.oid) as settings,
           (select coalesce(json_agg(json_build_object('name', e.extname, 'version', e.extversion, 'schema', n.nspname) order by e.extname), '[]'::json)
            from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace) as extensions
    from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
    where d.datname = pg_catalog.current_database()`;
}
