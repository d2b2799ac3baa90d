/**
 * What belongs to the whole server and not to one database: roles with their memberships and settings, tablespaces,
 * privileges on parameters. Read like pg_dumpall does, with one query per kind. Roles that the server brings (`pg_…`)
 * are not among them; memberships in them are.
 */
import type { Warning } from "../events.ts";
import type { Session } from "../session/session.ts";
import { privilegeRoles, privilegeStatements } from "./acl.ts";
import type { Acl } from "./kind.ts";
import { type Property, propertiesOf } from "./property.ts";
import { ident, literal } from "./quote.ts";
import { storageParameters } from "./relation-fragments.ts";
import { type SecurityLabel, securityLabelStatements } from "./security-label.ts";
import { settingClause } from "./setting.ts";

/** In the order in which they are to be made. */
export const GLOBAL_KINDS = ["role", "role-membership", "role-setting", "tablespace", "parameter-privilege"] as const;

export type GlobalKind = (typeof GLOBAL_KINDS)[number];

export function isGlobalKind(kind: string): kind is GlobalKind {
  return GLOBAL_KINDS.some((one) => one === kind);
}

/** One of them, with everything that makes it. */
export interface Global {
  readonly kind: GlobalKind;
  /** The role, the tablespace or the parameter; of a membership the role that is granted; `ALL` of settings for all roles. */
  readonly name: string;
  /** Of a membership: who is the member. Of settings: whose they are, null for all roles. Null for the others. */
  readonly of: string | null;
  /** `ROLE app`, `MEMBERSHIP of alice in app`. */
  readonly address: string;
  /** The first makes it, the others tell of it. */
  readonly properties: readonly Property[];
}

export interface GlobalsOptions {
  /** Passwords as the server keeps them: hashed. Needs a superuser. Default: false. */
  readonly rolePasswords?: boolean;
}

export interface Globals {
  readonly globals: readonly Global[];
  /** What no server would make again. */
  readonly warnings: readonly Warning[];
}

/** Reads all of them. Throws PERMISSION_DENIED when passwords are asked for and the role may not read them. */
export async function readGlobals(session: Session, { rolePasswords = false }: GlobalsOptions = {}): Promise<Globals> {
  const version = session.serverVersion;
  const roles = await session.query<Role>(rolesQuery(rolePasswords));
  const memberships = await session.query<Membership>(membershipsQuery(version));
  const settings = await session.query<RoleSettings>(SETTINGS);
  const tablespaces = await session.query<Tablespace>(TABLESPACES);
  const parameters = version < 150_000 ? [] : await session.query<Parameter>(PARAMETERS);
  const reserved = await session.query<{ object: string }>(RESERVED);
  const globals = [
    ...roles.map(roleOf),
    ...inGrantOrder(memberships).map(membershipOf),
    ...settings.map(settingsOf),
    ...tablespaces.map((tablespace) => tablespaceOf(tablespace, version)),
    ...parameters.map((parameter) => parameterOf(parameter, version)),
  ];
  return { globals, warnings: reserved.map(({ object }) => ({ code: "GLOBAL_NOT_CARRIED", object, message: `${object} is not carried: names that begin with pg_ are the server's own, and no server would make it` })) };
}

/** What the record of a TOC entry holds of a global beside the entry's own fields. */
export type GlobalRecord = Pick<Global, "of" | "properties">;

/** Throws a plain Error for what is no such record. */
export function readGlobalRecord(record: unknown): GlobalRecord {
  const properties = propertiesOf(record);
  const { of }: Record<string, unknown> = { ...(record as object) }; // propertiesOf takes nothing else.
  return { of: typeof of === "string" ? of : null, properties };
}

// Nobody can make such a name; who wrote it into the catalog by hand should know.
const RESERVED = /* sql */ `
  select 'role ' || r.rolname as object from pg_catalog.pg_roles r where r.rolname ~ '^pg_' and r.oid >= 16384
  union all select 'tablespace ' || t.spcname from pg_catalog.pg_tablespace t where t.spcname ~ '^pg_' and t.oid >= 16384
  order by 1`;

/** The labels of a shared object, `oid` of `catalog`. */
function labels(catalog: string, oid: string): string {
  return `(select coalesce(json_agg(json_build_object('provider', l.provider, 'label', l.label, 'column', null) order by l.provider), '[]'::json)
    from pg_catalog.pg_shseclabel l where l.classoid = 'pg_catalog.${catalog}'::pg_catalog.regclass and l.objoid = ${oid})`;
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
  readonly labels: readonly SecurityLabel[];
}

/** pg_roles hides passwords and may be read by everybody; pg_authid has them. */
function rolesQuery(rolePasswords: boolean): string {
  return /* sql */ `
  select r.rolname as name, r.rolsuper as superuser, r.rolinherit as inherit, r.rolcreaterole as "createRole", r.rolcreatedb as "createDatabase",
    r.rolcanlogin as login, r.rolreplication as replication, r.rolbypassrls as "bypassRls", r.rolconnlimit as "connectionLimit",
    ${rolePasswords ? "r.rolpassword" : "null::text"} as password, r.rolvaliduntil::text as "validUntil",
    pg_catalog.shobj_description(r.oid, 'pg_authid') as comment, ${labels("pg_authid", "r.oid")} as labels
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
  if (role.validUntil !== null) attributes.push(`VALID UNTIL ${literal(role.validUntil)}`);
  const address = `ROLE ${ident(role.name)}`;
  const properties: Property[] = [{ type: "create", roles: [], statement: `CREATE ${address} WITH ${attributes.join(" ")};` }];
  // By itself, so that whoever shows what an archive holds can leave it out.
  if (role.password !== null) properties.push({ type: "password", roles: [], statement: `ALTER ${address} PASSWORD ${literal(role.password)};` });
  return { kind: "role", name: role.name, of: null, address, properties: [...properties, ...descriptions(address, role.comment, role.labels)] };
}

function descriptions(address: string, comment: string | null, labels: readonly SecurityLabel[]): readonly Property[] {
  return [
    ...(comment === null ? [] : [{ type: "comment", roles: [], statement: `COMMENT ON ${address} IS ${literal(comment)};` } as const]),
    ...securityLabelStatements(address, labels).map((statement) => ({ type: "security-label", roles: [], statement }) as const),
  ];
}

interface Membership {
  readonly role: string;
  readonly member: string;
  /** Whether the member uses what is granted to it unless a grant says otherwise. */
  readonly memberInherits: boolean;
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
  select r.rolname as role, m.rolname as member, m.rolinherit as "memberInherits", ${since16 ? "case when a.grantor <> 10 then g.rolname end" : "null::text"} as grantor,
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

/** The first version in which a membership has options beside ADMIN, and keeps who granted it. */
const MEMBERSHIP_OPTIONS = 160_000;

function membershipOf(membership: Membership): Global {
  const { role, member, grantor, admin, inherit, set } = membership;
  const grant = `GRANT ${ident(role)} TO ${ident(member)}`;
  const plain: Property = { type: "create", roles: [role, member], statement: `${grant}${admin ? " WITH ADMIN OPTION" : ""};` };
  const global = { kind: "role-membership", name: role, of: member, address: `MEMBERSHIP of ${ident(member)} in ${ident(role)}` } as const;
  if (inherit === null) return { ...global, properties: [plain] };
  const options = [...(admin ? ["ADMIN OPTION"] : []), `INHERIT ${inherit ? "TRUE" : "FALSE"}`, ...(set === false ? ["SET FALSE"] : [])];
  const granted = `${grant} WITH ${options.join(", ")}`;
  const whole: Property =
    grantor === null
      ? { type: "create", roles: [role, member], statement: `${granted};`, since: MEMBERSHIP_OPTIONS }
      : // On the target the grantor may be a role that was there before and may not grant it.
        { type: "create", roles: [role, member, grantor], statement: `${granted} GRANTED BY ${ident(grantor)};`, since: MEMBERSHIP_OPTIONS, otherwise: `${granted};` };
  const lost = withoutOptions(membership);
  return { ...global, properties: [whole, { ...plain, before: MEMBERSHIP_OPTIONS, ...(lost === "" ? {} : { lost }) }] };
}

/** What a server before 16 cannot say: there it is the member that inherits or does not. */
function withoutOptions({ inherit, memberInherits, set, grantor }: Membership): string {
  return [
    ...(inherit === memberInherits ? [] : [`INHERIT ${inherit === true ? "TRUE" : "FALSE"}`]),
    ...(set === false ? ["SET FALSE"] : []),
    ...(grantor === null ? [] : [`GRANTED BY ${ident(grantor)}`]),
  ].join(", ");
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
  const roles = role === null ? [] : [role];
  return {
    kind: "role-setting",
    name: role ?? "ALL",
    of: role,
    address: `SETTINGS of ROLE ${name}`,
    properties: values.map((value) => ({ type: "setting", roles, statement: `ALTER ROLE ${name} ${settingClause(value)};` })),
  };
}

interface Tablespace {
  readonly name: string;
  readonly owner: string;
  readonly location: string;
  readonly acl: Acl | null;
  readonly options: readonly string[];
  readonly comment: string | null;
  readonly labels: readonly SecurityLabel[];
}

// One inside the data folder (allow_in_place_tablespaces) has a relative location, and is made with an empty one.
const TABLESPACES = /* sql */ `
  select t.spcname as name, pg_catalog.pg_get_userbyid(t.spcowner) as owner,
    case when l.location ~ '^pg_tblspc/' then '' else l.location end as location,
    case when t.spcacl is not null then json_build_object('actual', t.spcacl::text[], 'base', pg_catalog.acldefault('t', t.spcowner)::text[]) end as acl,
    coalesce(t.spcoptions, '{}') as options, pg_catalog.shobj_description(t.oid, 'pg_tablespace') as comment, ${labels("pg_tablespace", "t.oid")} as labels
  from pg_catalog.pg_tablespace t cross join lateral pg_catalog.pg_tablespace_location(t.oid) l(location)
  where t.spcname !~ '^pg_'
  order by t.spcname`;

function tablespaceOf(tablespace: Tablespace, serverVersion: number): Global {
  const { name, owner, location, options } = tablespace;
  const address = `TABLESPACE ${ident(name)}`;
  const properties: Property[] = [{ type: "create", roles: [], statement: `CREATE ${address} LOCATION ${literal(location)};` }];
  properties.push({ type: "owner", roles: [owner], statement: `ALTER ${address} OWNER TO ${ident(owner)};` });
  if (options.length > 0) properties.push({ type: "setting", roles: [], statement: `ALTER ${address} SET (${storageParameters(options).join(", ")});` });
  properties.push(...descriptions(address, tablespace.comment, tablespace.labels));
  const privileges = privilegeStatements(tablespace, address, serverVersion);
  if (privileges.length > 0) properties.push({ type: "privileges", roles: privilegeRoles(tablespace), statement: privileges.join("\n") });
  return { kind: "tablespace", name, of: null, address, properties };
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
  const statement = privilegeStatements(parameter, address, serverVersion).join("\n");
  return { kind: "parameter-privilege", name: parameter.name, of: null, address, properties: [{ type: "privileges", roles, statement, since: 150_000 }] };
}
