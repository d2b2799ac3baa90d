/**
 * What belongs to the whole server and not to one database: roles with their memberships and settings, tablespaces,
 * privileges on parameters. Read like pg_dumpall does, with one query per kind. Roles that the server brings (`pg_…`)
 * are not among them; memberships in them are.
 */
import type { Session } from "../session/session.ts";
import { privilegeRoles, privilegeStatements } from "./acl.ts";
import type { Acl } from "./kind.ts";
import { ident, literal } from "./quote.ts";
import { storageParameters } from "./relation-fragments.ts";
import { settingClause } from "./setting.ts";

export type GlobalKind = "role" | "role-membership" | "role-setting" | "tablespace" | "parameter-privilege";

/** One of them, with everything that makes it. In the order in which they are to be made. */
export interface Global {
  readonly kind: GlobalKind;
  /** The role, the tablespace or the parameter; of a membership the role that is granted. */
  readonly name: string;
  /** `ROLE app`, `MEMBERSHIP of alice in app`. */
  readonly address: string;
  readonly statements: readonly string[];
  /** Roles that must be there. */
  readonly roles: readonly string[];
}

export interface GlobalsOptions {
  /** Passwords as the server keeps them: hashed. Needs a superuser. Default: false. */
  readonly rolePasswords?: boolean;
}

/** Reads all of them. Throws PERMISSION_DENIED when passwords are asked for and the role may not read them. */
export async function readGlobals(session: Session, { rolePasswords = false }: GlobalsOptions = {}): Promise<readonly Global[]> {
  const version = session.serverVersion;
  const roles = await session.query<Role>(rolesQuery(rolePasswords));
  const memberships = await session.query<Membership>(membershipsQuery(version));
  const settings = await session.query<RoleSettings>(SETTINGS);
  const tablespaces = await session.query<Tablespace>(TABLESPACES);
  const parameters = version < 150_000 ? [] : await session.query<Parameter>(PARAMETERS);
  return [
    ...roles.map(roleOf),
    ...inGrantOrder(memberships).map(membershipOf),
    ...settings.map(settingsOf),
    ...tablespaces.map((tablespace) => tablespaceOf(tablespace, version)),
    ...parameters.map((parameter) => parameterOf(parameter, version)),
  ];
}

interface Role {
  readonly name: string;
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly createRole: boolean;
  readonly createDatabase: boolean;
  readonly login: boolean;
  readonly replication: boolean;
  readonly bypassRls: boolean;
  readonly connectionLimit: number;
  readonly password: string | null;
  readonly validUntil: string | null;
  readonly comment: string | null;
}

/** pg_roles hides passwords and may be read by everybody; pg_authid has them. */
function rolesQuery(rolePasswords: boolean): string {
  return /* sql */ `
  select r.rolname as name, r.rolsuper as superuser, r.rolinherit as inherit, r.rolcreaterole as "createRole", r.rolcreatedb as "createDatabase",
    r.rolcanlogin as login, r.rolreplication as replication, r.rolbypassrls as "bypassRls", r.rolconnlimit as "connectionLimit",
    ${rolePasswords ? "r.rolpassword" : "null::text"} as password, r.rolvaliduntil::text as "validUntil",
    pg_catalog.shobj_description(r.oid, 'pg_authid') as comment
  from pg_catalog.${rolePasswords ? "pg_authid" : "pg_roles"} r
  where r.rolname !~ '^pg_'
  order by r.rolname`;
}

function roleOf(role: Role): Global {
  const can = (yes: boolean, word: string) => (yes ? word : `NO${word}`);
  const attributes = [
    can(role.superuser, "SUPERUSER"), can(role.inherit, "INHERIT"), can(role.createRole, "CREATEROLE"), can(role.createDatabase, "CREATEDB"),
    can(role.login, "LOGIN"), can(role.replication, "REPLICATION"), can(role.bypassRls, "BYPASSRLS"),
  ];
  if (role.connectionLimit !== -1) attributes.push(`CONNECTION LIMIT ${role.connectionLimit}`);
  if (role.password !== null) attributes.push(`PASSWORD ${literal(role.password)}`);
  if (role.validUntil !== null) attributes.push(`VALID UNTIL ${literal(role.validUntil)}`);
  const statements = [`CREATE ROLE ${ident(role.name)} WITH ${attributes.join(" ")};`];
  if (role.comment !== null) statements.push(`COMMENT ON ROLE ${ident(role.name)} IS ${literal(role.comment)};`);
  return { kind: "role", name: role.name, address: `ROLE ${ident(role.name)}`, statements, roles: [] };
}

interface Membership {
  readonly role: string;
  readonly member: string;
  /** Null where it does not matter who granted: before 16, and for the first superuser. */
  readonly grantor: string | null;
  readonly admin: boolean;
  /** Null before 16. */
  readonly inherit: boolean | null;
  readonly set: boolean | null;
}

/** The first superuser (10) may have another name on the target, and is who a superuser grants as anyway. */
function membershipsQuery(serverVersion: number): string {
  const since16 = serverVersion >= 160_000;
  return /* sql */ `
  select r.rolname as role, m.rolname as member, ${since16 ? "case when a.grantor <> 10 then g.rolname end" : "null::text"} as grantor,
    a.admin_option as admin, ${since16 ? "a.inherit_option" : "null::boolean"} as inherit, ${since16 ? "a.set_option" : "null::boolean"} as set
  from pg_catalog.pg_auth_members a
  join pg_catalog.pg_roles r on r.oid = a.roleid
  join pg_catalog.pg_roles m on m.oid = a.member
  left join pg_catalog.pg_roles g on g.oid = a.grantor
  where m.rolname !~ '^pg_'
  order by r.rolname, m.rolname, g.rolname`;
}

/** Who grants must have been granted with ADMIN before. What is never reached so comes last, as it is. */
function inGrantOrder(memberships: readonly Membership[]): readonly Membership[] {
  const ordered: Membership[] = [];
  let waiting = memberships;
  const mayGrant = (role: string, grantor: string | null) => grantor === null || ordered.some((done) => done.admin && done.role === role && done.member === grantor);
  while (waiting.length > 0) {
    const ready = waiting.filter(({ role, grantor }) => mayGrant(role, grantor));
    if (ready.length === 0) return [...ordered, ...waiting];
    ordered.push(...ready);
    waiting = waiting.filter((membership) => !ready.includes(membership));
  }
  return ordered;
}

function membershipOf({ role, member, grantor, admin, inherit, set }: Membership): Global {
  const word = (yes: boolean) => (yes ? "TRUE" : "FALSE");
  const options: string[] = [];
  if (inherit === null) options.push(...(admin ? ["ADMIN OPTION"] : []));
  else options.push(...(admin ? ["ADMIN OPTION"] : []), `INHERIT ${word(inherit)}`, ...(set === false ? ["SET FALSE"] : []));
  const clauses = [`GRANT ${ident(role)} TO ${ident(member)}`, ...(options.length > 0 ? [`WITH ${options.join(", ")}`] : []), ...(grantor === null ? [] : [`GRANTED BY ${ident(grantor)}`])];
  const roles = [role, member, ...(grantor === null ? [] : [grantor])];
  return { kind: "role-membership", name: role, address: `MEMBERSHIP of ${ident(member)} in ${ident(role)}`, statements: [`${clauses.join(" ")};`], roles };
}

interface RoleSettings {
  /** Null for ALTER ROLE ALL. */
  readonly role: string | null;
  readonly values: readonly string[];
}

// Settings in one database belong to that database's archive.
const SETTINGS = /* sql */ `
  select r.rolname as role, s.setconfig as values
  from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_roles r on r.oid = s.setrole
  where s.setdatabase = 0 and (r.oid is not null or s.setrole = 0)
  order by r.rolname nulls first`;

function settingsOf({ role, values }: RoleSettings): Global {
  const name = role === null ? "ALL" : ident(role);
  return { kind: "role-setting", name: role ?? "ALL", address: `SETTINGS of ROLE ${name}`, statements: values.map((value) => `ALTER ROLE ${name} ${settingClause(value)};`), roles: role === null ? [] : [role] };
}

interface Tablespace {
  readonly name: string;
  readonly owner: string;
  readonly location: string;
  readonly acl: Acl | null;
  readonly options: readonly string[];
  readonly comment: string | null;
}

// One inside the data folder (allow_in_place_tablespaces) has a relative location, and is made with an empty one.
const TABLESPACES = /* sql */ `
  select t.spcname as name, pg_catalog.pg_get_userbyid(t.spcowner) as owner,
    case when l.location ~ '^pg_tblspc/' then '' else l.location end as location,
    case when t.spcacl is not null then json_build_object('actual', t.spcacl::text[], 'base', pg_catalog.acldefault('t', t.spcowner)::text[]) end as acl,
    coalesce(t.spcoptions, '{}') as options, pg_catalog.shobj_description(t.oid, 'pg_tablespace') as comment
  from pg_catalog.pg_tablespace t cross join lateral pg_catalog.pg_tablespace_location(t.oid) l(location)
  where t.spcname !~ '^pg_'
  order by t.spcname`;

function tablespaceOf(tablespace: Tablespace, serverVersion: number): Global {
  const address = `TABLESPACE ${ident(tablespace.name)}`;
  const statements = [`CREATE ${address} OWNER ${ident(tablespace.owner)} LOCATION ${literal(tablespace.location)};`];
  if (tablespace.options.length > 0) statements.push(`ALTER ${address} SET (${storageParameters(tablespace.options).join(", ")});`);
  if (tablespace.comment !== null) statements.push(`COMMENT ON ${address} IS ${literal(tablespace.comment)};`);
  statements.push(...privilegeStatements(tablespace, address, serverVersion));
  return { kind: "tablespace", name: tablespace.name, address, statements, roles: [...new Set([tablespace.owner, ...privilegeRoles(tablespace)])] };
}

interface Parameter {
  readonly name: string;
  readonly owner: string;
  readonly acl: Acl;
}

const PARAMETERS = /* sql */ `
  select p.parname as name, pg_catalog.pg_get_userbyid(10) as owner,
    json_build_object('actual', p.paracl::text[], 'base', pg_catalog.acldefault('p', 10)::text[]) as acl
  from pg_catalog.pg_parameter_acl p
  order by p.parname`;

function parameterOf(parameter: Parameter, serverVersion: number): Global {
  const address = `PARAMETER ${parameter.name.split(".").map(ident).join(".")}`;
  const roles = privilegeRoles(parameter).filter((role) => role !== parameter.owner);
  return { kind: "parameter-privilege", name: parameter.name, address, statements: privilegeStatements(parameter, address, serverVersion), roles };
}
