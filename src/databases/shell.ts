/**
 * The shell of a database: what CREATE DATABASE and ALTER DATABASE say about it, without anything in it. Read from one
 * database and written around an empty one.
 */
import { ident, literal, qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";

export interface DatabaseShell {
  readonly name: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly provider: "libc" | "icu" | "builtin";
  /** Of the provider; null for libc. */
  readonly locale: string | null;
  readonly icuRules: string | null;
  readonly tablespace: string;
  readonly connectionLimit: number;
  readonly isTemplate: boolean;
  readonly comment: string | null;
  /** ALTER DATABASE … SET, and with a role ALTER ROLE … IN DATABASE … SET. */
  readonly settings: readonly DatabaseSetting[];
  /** Null: the default privileges. */
  readonly grants: readonly DatabaseGrant[] | null;
}

export interface DatabaseSetting {
  readonly role: string | null;
  readonly name: string;
  readonly value: string;
}

interface DatabaseGrant {
  /** Null for PUBLIC. */
  readonly role: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** Reads the shell of the database that the session is in. */
export async function readShell(session: Session): Promise<DatabaseShell> {
  const [row] = await session.query<ShellRow>(SHELL);
  if (row === undefined) throw new PgarkError("SQL_FAILED", `${session.place} is not in pg_database`);
  const settings = await session.query<DatabaseSetting>(SETTINGS);
  const grants = row.hasAcl ? await session.query<DatabaseGrant>(GRANTS) : null;
  const { row: raw, hasAcl: _, ...shell } = row;
  return {
    ...shell,
    provider: PROVIDERS[raw.datlocprovider ?? "c"] ?? "libc",
    locale: raw.datlocale ?? raw.daticulocale ?? null,
    icuRules: raw.daticurules ?? null,
    settings,
    grants,
  };
}

/** Creates an empty database `name` with the shell. What was created is dropped again when a part of it is refused. */
export async function createLike(session: Session, shell: DatabaseShell, name: string): Promise<void> {
  await session.execute(createStatement(shell, name));
  try {
    for (const statement of shellStatements(shell, name)) await session.execute(statement);
  } catch (error) {
    await session.execute(`drop database ${ident(name)}`);
    throw error;
  }
}

/** CREATE DATABASE from template0, which alone accepts any encoding and locale. */
export function createStatement(shell: DatabaseShell, name: string): string {
  const clauses = [
    `create database ${ident(name)}`,
    `owner ${ident(shell.owner)}`,
    "template template0",
    `encoding ${literal(shell.encoding)}`,
    `lc_collate ${literal(shell.collate)}`,
    `lc_ctype ${literal(shell.ctype)}`,
  ];
  if (shell.provider !== "libc") clauses.push(`locale_provider ${shell.provider}`);
  if (shell.provider !== "libc" && shell.locale !== null) clauses.push(`${shell.provider}_locale ${literal(shell.locale)}`);
  if (shell.icuRules !== null) clauses.push(`icu_rules ${literal(shell.icuRules)}`);
  clauses.push(`tablespace ${ident(shell.tablespace)}`, `connection limit ${shell.connectionLimit}`);
  return clauses.join(" ");
}

/** Everything about the shell that CREATE DATABASE does not say. */
export function shellStatements(shell: DatabaseShell, name: string): readonly string[] {
  const statements = shell.settings.map((setting) => {
    const target = setting.role === null ? `alter database ${ident(name)}` : `alter role ${ident(setting.role)} in database ${ident(name)}`;
    return `${target} set ${settingName(setting.name)} to ${settingValue(setting)}`;
  });
  if (shell.grants !== null) {
    statements.push(`revoke all on database ${ident(name)} from public, ${ident(shell.owner)}`);
    for (const { role, privilege, grantable } of shell.grants) {
      const to = role === null ? "public" : ident(role);
      statements.push(`grant ${privilege} on database ${ident(name)} to ${to}${grantable ? " with grant option" : ""}`);
    }
  }
  if (shell.comment !== null) statements.push(`comment on database ${ident(name)} is ${literal(shell.comment)}`);
  return statements;
}

/** Settings whose stored value is a list of quoted names (GUC_LIST_QUOTE in the server's guc_tables.c): one literal would be one name. */
const NAME_LISTS = new Set(["search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries", "shared_preload_libraries", "unix_socket_directories"]);

function settingValue({ name, value }: DatabaseSetting): string {
  if (!NAME_LISTS.has(name.toLowerCase())) return literal(value);
  const names = [...value.matchAll(/"((?:[^"]|"")*)"|[^,\s]+/g)].map((match) => match[1]?.replaceAll('""', '"') ?? match[0]);
  return names.length === 0 ? "''" : names.map(literal).join(", ");
}

/** `work_mem`, `pgark.protected`. */
function settingName(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 ? ident(name) : qualified(name.slice(0, dot), name.slice(dot + 1));
}

const PROVIDERS: Readonly<Record<string, DatabaseShell["provider"]>> = { c: "libc", d: "libc", i: "icu", b: "builtin" };

type ShellRow = Omit<DatabaseShell, "provider" | "locale" | "icuRules" | "settings" | "grants"> & {
  readonly hasAcl: boolean;
  /** The columns that came and went with versions: datlocprovider and daticulocale in 15, daticurules in 16, datlocale in 17. */
  readonly row: { readonly datlocprovider?: string; readonly datlocale?: string | null; readonly daticulocale?: string | null; readonly daticurules?: string | null };
};

const SHELL = /* sql */ `
  select d.datname::text as name, r.rolname::text as owner, pg_catalog.pg_encoding_to_char(d.encoding)::text as encoding,
    d.datcollate::text as collate, d.datctype::text as ctype, t.spcname::text as tablespace, d.datconnlimit as "connectionLimit",
    d.datistemplate as "isTemplate", pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
    d.datacl is not null as "hasAcl", pg_catalog.to_jsonb(d) as row
  from pg_catalog.pg_database d
    join pg_catalog.pg_roles r on r.oid = d.datdba
    join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
  where d.datname = pg_catalog.current_database()`;

const SETTINGS = /* sql */ `
  select r.rolname::text as role, pg_catalog.split_part(c.entry, '=', 1) as name,
    pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1) as value
  from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_database d on d.oid = s.setdatabase
    left join pg_catalog.pg_roles r on r.oid = s.setrole
    cross join lateral pg_catalog.unnest(s.setconfig) with ordinality as c (entry, place)
  where d.datname = pg_catalog.current_database()
  order by r.rolname nulls first, c.place`;

const GRANTS = /* sql */ `
  select r.rolname::text as role, a.privilege_type as privilege, a.is_grantable as grantable
  from pg_catalog.pg_database d
    cross join lateral pg_catalog.aclexplode(d.datacl) a
    left join pg_catalog.pg_roles r on r.oid = a.grantee
  where d.datname = pg_catalog.current_database()
  order by r.rolname nulls first, a.privilege_type`;
