/** Facts of the database as a whole: schemas, extensions, comments, labels, privileges, settings, and what depends on what. */
import { FIRST_OID, namesOf, privileges, rest, roleName, type FactQueries } from "./fragments.ts";

/** An object may be named after an OID: a toast table after its table's, a trigger of a foreign key after its own. */
const named = (alias: string) => `${alias}.type || ' ' || regexp_replace(${alias}.identity, '(pg_toast_|ConstraintTrigger_([ac]_)?)\\d+', '\\1', 'g')`;
const HERE = "(select d.oid from pg_database d where d.datname = current_database())";
/** Comments, labels and dependencies: an object of the user, or a large object, whose OID the user may have chosen. */
const OURS = (catalog: string, oid: string) => `(${oid} >= ${FIRST_OID} or ${catalog} = 'pg_largeobject'::regclass)`;
const COMMENTS = "select jsonb_build_object('on', i.type || ' ' || i.identity, 'comment', d.description) as fact from pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i";

/** What initdb made and somebody has changed since: catalog, and its columns of OID, owner and privileges. */
const SYSTEM = [
  ["pg_class", "relowner", "relacl"],
  ["pg_proc", "proowner", "proacl"],
  ["pg_type", "typowner", "typacl"],
  ["pg_namespace", "nspowner", "nspacl"],
  ["pg_language", "lanowner", "lanacl"],
] as const;

export const DATABASE: FactQueries = {
  // As the server makes it, public says nothing: it is in every new database, and stays in one that is restored into.
  schemas: {
    sql: `
    select jsonb_build_object('name', n.nspname, 'owner', pg_get_userbyid(n.nspowner), 'acl', ${privileges("n.nspacl", "'n'", "n.nspowner")}) as fact
    from pg_namespace n left join pg_init_privs i on i.objoid = n.oid and i.classoid = 'pg_namespace'::regclass
    where n.nspname !~ '^pg_(toast_)?temp' and (n.nspname <> 'public' or n.nspacl::text is distinct from i.initprivs::text)`,
  },
  extensions: {
    sql: `
    select jsonb_build_object('name', e.extname, 'schema', e.extnamespace::regnamespace::text, 'owner', pg_get_userbyid(e.extowner), 'tables', ${namesOf("e.extconfig", (oid) => `${oid}::regclass::text`)})
      || (${rest("e", "extname", "extnamespace", "extowner", "extconfig")}) as fact from pg_extension e`,
  },
  eventTriggers: { sql: `select jsonb_build_object('name', e.evtname, 'owner', pg_get_userbyid(e.evtowner), 'function', e.evtfoid::regprocedure::text) || (${rest("e", "evtowner", "evtfoid")}) as fact from pg_event_trigger e` },
  defaultPrivileges: {
    sql: `
    select jsonb_build_object('role', pg_get_userbyid(d.defaclrole), 'schema', nullif(d.defaclnamespace, 0)::regnamespace::text, 'type', d.defaclobjtype, 'acl', (select array_agg(x::text order by x::text) from unnest(d.defaclacl) x)) as fact
    from pg_default_acl d`,
  },
  initialPrivileges: {
    sql: `select jsonb_build_object('of', i.identity, 'column', p.objsubid, 'acl', p.initprivs::text) as fact from pg_init_privs p, pg_identify_object(p.classoid, p.objoid, 0) i where p.privtype = 'e'`,
  },
  largeObjects: { sql: `select jsonb_build_object('oid', l.oid::int8, 'owner', pg_get_userbyid(l.lomowner), 'acl', l.lomacl::text[], 'content', md5(lo_get(l.oid))) as fact from pg_largeobject_metadata l` },
  comments: { sql: `${COMMENTS} where ${OURS("d.classoid", "d.objoid")}` },
  securityLabels: {
    sql: `
    select jsonb_build_object('on', i.type || ' ' || i.identity, 'name', l.provider, 'label', l.label) as fact
    from pg_seclabel l, pg_identify_object(l.classoid, l.objoid, l.objsubid) i`,
  },
  // Every row of pg_depend that names an object of the user: what is dropped with what, what a view reads, whose index a constraint has.
  // A table keeps its toast table when the columns that needed one are dropped. A foreign key's own triggers hang on their parent's when the partition was attached, and not when it was made as a partition.
  dependencies: {
    sql: `
    select jsonb_build_object('object', ${named("i")}, 'on', ${named("r")}, 'type', d.deptype) as fact
    from pg_depend d, pg_identify_object(d.classid, d.objid, d.objsubid) i, pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) r
    where d.objid >= ${FIRST_OID} and (d.deptype not in ('P', 'S') or i.identity !~ 'RI_ConstraintTrigger') and i.identity !~ '^pg_toast[.]' and r.identity !~ '^pg_toast[.]'`,
  },
  // Tablespaces, owners, and roles that are named in privileges and policies.
  sharedDependencies: {
    sql: `
    select jsonb_build_object('object', ${named("i")}, 'on', r.type || ' ' || r.identity, 'type', d.deptype) as fact
    from pg_shdepend d, pg_identify_object(d.classid, d.objid, d.objsubid) i, pg_identify_object(d.refclassid, d.refobjid, 0) r
    where d.dbid = ${HERE}`,
  },
  databaseSettings: { sql: `select jsonb_build_object('role', ${roleName("s.setrole")}, 'settings', s.setconfig) as fact from pg_db_role_setting s where s.setdatabase = ${HERE}` },
  database: {
    sql: `
    select jsonb_build_object('encoding', pg_encoding_to_char(d.encoding), 'connections', d.datconnlimit, 'template', d.datistemplate, 'acl', d.datacl::text, 'comment', shobj_description(d.oid, 'pg_database')) as fact
    from pg_database d where d.oid = ${HERE}`,
  },
  // The rest is of initdb's objects, and so equal only on one major.
  systemComments: { sql: `${COMMENTS} where not ${OURS("d.classoid", "d.objoid")} and (i.identity, d.description) <> ('public', 'standard public schema')` },
  systemObjects: {
    sql: SYSTEM.map(
      ([catalog, owner, acl]) => `
    select jsonb_build_object('of', i.type || ' ' || i.identity, 'owner', pg_get_userbyid(o.${owner}), 'acl', o.${acl}::text) as fact
    from ${catalog} o join lateral pg_identify_object('${catalog}'::regclass, o.oid, 0) i on true left join pg_init_privs p on p.classoid = '${catalog}'::regclass and p.objoid = o.oid and p.objsubid = 0
    where o.oid < ${FIRST_OID} and i.identity <> 'public' and (o.${owner} <> 10 or o.${acl}::text is distinct from p.initprivs::text)`,
    ).join(" union all "),
  },
  systemColumns: {
    sql: `
    select jsonb_build_object('of', a.attrelid::regclass::text, 'name', a.attname, 'acl', a.attacl::text) as fact
    from pg_attribute a left join pg_init_privs p on p.classoid = 'pg_class'::regclass and p.objoid = a.attrelid and p.objsubid = a.attnum
    where a.attrelid < ${FIRST_OID} and a.attacl::text is distinct from p.initprivs::text`,
  },
};
