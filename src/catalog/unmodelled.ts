/**
 * What exists in the database and is not carried yet: nothing may be lost in silence, so each such object is a
 * warning. A kind that gets its file in kinds/ loses its line here.
 */
import type { Warning } from "../events.ts";
import type { Session } from "../session/session.ts";
import type { Links } from "./dependencies.ts";
import { FIRST_NORMAL_OBJECT_ID, isMember, userSchema } from "./fragments.ts";
import type { AnyObject } from "./kind.ts";
import { ident, qualified } from "./quote.ts";

interface Found {
  /** In words: `event trigger`. */
  readonly what: string;
  readonly schema: string | null;
  readonly name: string;
}

/** One warning for each object that is not carried, by kind and name. */
export async function readUnmodelled(session: Session, found: readonly AnyObject[], links: Pick<Links, "members" | "byKey">): Promise<readonly Warning[]> {
  const objects = await session.query<Found>(objectsQuery());
  const grants = await session.query<Found>(SYSTEM_PRIVILEGES);
  return [
    ...objects.map(({ what, schema, name }) => warning("UNMODELLED_OBJECT", `${what} ${written(schema, name)}`, "exists and is not in this archive")),
    ...grants.map(({ what, schema, name }) => warning("UNMODELLED_PRIVILEGES", `${what} ${written(schema, name)}`, "is a system object whose privileges were changed; the change is not in this archive")),
    ...memberPrivileges(found, links),
    ...canonicalFunctions(links),
    ...droppedPublic(found),
  ];
}

function warning(code: string, object: string, says: string): Warning {
  return { code, object, message: `${object} ${says}` };
}

/** Names that are sentences (a cast, an operator) come from the server whole; only plain ones are quoted here. */
function written(schema: string | null, name: string): string {
  return schema === null ? name : qualified(schema, name);
}

/** Each kind in words → `schema, name` of the objects of the user that no extension brought. */
const OBJECTS: readonly (readonly [what: string, rows: string])[] = [
  ["access method", own("pg_am", "x.amname")],
  ["base type", ownIn("pg_type", "x.typname", "x.typnamespace", "x.typtype = 'b' and x.typisdefined and not exists (select from pg_catalog.pg_type e where e.typarray = x.oid)")],
  ["shell type", ownIn("pg_type", "x.typname", "x.typnamespace", "not x.typisdefined")],
  ["cast", own("pg_cast", "'(' || pg_catalog.format_type(x.castsource, null) || ' AS ' || pg_catalog.format_type(x.casttarget, null) || ')'", { plain: true })],
  ["conversion", ownIn("pg_conversion", "x.conname", "x.connamespace")],
  ["event trigger", own("pg_event_trigger", "x.evtname")],
  ["foreign-data wrapper", own("pg_foreign_data_wrapper", "x.fdwname")],
  ["foreign table", ownIn("pg_class", "x.relname", "x.relnamespace", "x.relkind = 'f'")],
  ["invalid index", ownIn("pg_class", "x.relname", "x.relnamespace", "x.relkind = 'i' and exists (select from pg_catalog.pg_index i where i.indexrelid = x.oid and not i.indisvalid)")],
  ["disabled state of", `select null::text as schema, pg_catalog.pg_describe_object('pg_catalog.pg_constraint'::pg_catalog.regclass, x.tgconstraint, 0) as name
    from pg_catalog.pg_trigger x where x.tgisinternal and x.tgconstraint <> 0 and x.tgenabled <> 'O' and x.tgparentid = 0`],
  ["operator", own("pg_operator", "x.oid::pg_catalog.regoperator::text", { plain: true, where: userOwned("x.oprnamespace") })],
  ["operator class", ownIn("pg_opclass", "x.opcname", "x.opcnamespace")],
  ["operator family", ownIn("pg_opfamily", "x.opfname", "x.opfnamespace")],
  ["publication", own("pg_publication", "x.pubname")],
  ["server", own("pg_foreign_server", "x.srvname")],
  ["text search configuration", ownIn("pg_ts_config", "x.cfgname", "x.cfgnamespace")],
  ["text search dictionary", ownIn("pg_ts_dict", "x.dictname", "x.dictnamespace")],
  ["text search parser", ownIn("pg_ts_parser", "x.prsname", "x.prsnamespace")],
  ["text search template", ownIn("pg_ts_template", "x.tmplname", "x.tmplnamespace")],
  ["transform", own("pg_transform", "'FOR ' || pg_catalog.format_type(x.trftype, null) || ' LANGUAGE ' || (select l.lanname from pg_catalog.pg_language l where l.oid = x.trflang)", { plain: true })],
  // The catalog is for superusers, the view is for everybody.
  ["user mapping", `select null::text as schema, 'FOR ' || pg_catalog.quote_ident(x.usename) || ' SERVER ' || pg_catalog.quote_ident(x.srvname) as name from pg_catalog.pg_user_mappings x`],
  // Of all databases of the cluster: only this one's.
  ["subscription", `select null::text as schema, pg_catalog.quote_ident(x.subname) as name from pg_catalog.pg_subscription x where x.subdbid = ${"(select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())"}`],
  ["security label", `select null::text as schema, 'by ' || pg_catalog.quote_ident(x.provider) || ' on ' || x.objtype || ' ' || x.objname as name from pg_catalog.pg_seclabels x
    where x.objtype not in ('role', 'tablespace') and (x.objtype <> 'database' or x.objname = pg_catalog.quote_ident(pg_catalog.current_database()))`],
  // Members that were added one by one to a family that PostgreSQL itself brought.
  ["member of a built-in operator family", `select null::text as schema, pg_catalog.pg_describe_object('pg_catalog.pg_amop'::pg_catalog.regclass, x.oid, 0) as name
    from pg_catalog.pg_amop x where x.oid >= ${FIRST_NORMAL_OBJECT_ID} and x.amopfamily < ${FIRST_NORMAL_OBJECT_ID} and ${looseMember("pg_amop")}`],
  ["member of a built-in operator family", `select null::text as schema, pg_catalog.pg_describe_object('pg_catalog.pg_amproc'::pg_catalog.regclass, x.oid, 0) as name
    from pg_catalog.pg_amproc x where x.oid >= ${FIRST_NORMAL_OBJECT_ID} and x.amprocfamily < ${FIRST_NORMAL_OBJECT_ID} and ${looseMember("pg_amproc")}`],
];

/** All in one query. The order is the same under every collation of the database. */
function objectsQuery(): string {
  const parts = OBJECTS.map(([what, rows]) => `select '${what}'::text as what, r.schema::text, r.name::text from (${rows}) r`);
  return `select o.* from (${parts.join("\n  union all\n  ")}) o order by o.what collate "C", o.schema collate "C", o.name collate "C"`;
}

/** Objects of a catalog whose names live in no schema. `plain` names are written as they are. */
function own(catalog: string, name: string, { plain = false, where = "true" } = {}): string {
  return `select null::text as schema, ${plain ? name : `pg_catalog.quote_ident(${name})`} as name from pg_catalog.${catalog} x
    where x.oid >= ${FIRST_NORMAL_OBJECT_ID} and ${where} and not ${isMember(catalog, "x.oid")}`;
}

/** Objects of a catalog that live in a schema. */
function ownIn(catalog: string, name: string, namespace: string, where = "true"): string {
  return `select n.nspname as schema, ${name} as name from pg_catalog.${catalog} x join pg_catalog.pg_namespace n on n.oid = ${namespace}
    where x.oid >= ${FIRST_NORMAL_OBJECT_ID} and ${where} and ${userSchema()} and not ${isMember(catalog, "x.oid")}`;
}

function userOwned(namespace: string): string {
  return `exists (select from pg_catalog.pg_namespace n where n.oid = ${namespace} and ${userSchema()})`;
}

/** Neither an operator class's nor an extension's: it hangs on the family, or on what it calls, alone. */
function looseMember(catalog: string): string {
  return /* sql */ `not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass and d.objid = x.oid and d.deptype = 'i')
    and not exists (
    select from pg_catalog.pg_depend d
    join pg_catalog.pg_depend e on e.classid = d.refclassid and e.objid = d.refobjid and e.deptype = 'e'
    where d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass and d.objid = x.oid)`;
}

// Objects of pg_catalog, and languages, whose privileges are no longer those that came with initdb.
const SYSTEM_PRIVILEGES = /* sql */ `
  select r.what, r.schema::text, r.name::text
  from (select 'system table' as what, 'pg_catalog' as schema, x.relname::text as name, x.oid, x.relacl as acl, 'pg_class' as catalog, x.relnamespace as namespace
        from pg_catalog.pg_class x where x.relkind in ('r', 'v', 'm', 'S')
        union all
        select 'system function', null, x.oid::pg_catalog.regprocedure::text, x.oid, x.proacl, 'pg_proc', x.pronamespace from pg_catalog.pg_proc x
        union all
        select 'system type', 'pg_catalog', x.typname, x.oid, x.typacl, 'pg_type', x.typnamespace from pg_catalog.pg_type x
        union all
        select 'language', null, pg_catalog.quote_ident(x.lanname), x.oid, x.lanacl, 'pg_language', n.oid
        from pg_catalog.pg_language x cross join pg_catalog.pg_namespace n where n.nspname = 'pg_catalog'
        union all
        select 'schema', null, x.nspname, x.oid, x.nspacl, 'pg_namespace', x.oid from pg_catalog.pg_namespace x) r
  join pg_catalog.pg_namespace n on n.oid = r.namespace and n.nspname = 'pg_catalog'
  left join pg_catalog.pg_init_privs i on i.objoid = r.oid and i.classoid = ('pg_catalog.' || r.catalog)::pg_catalog.regclass and i.objsubid = 0
  where r.oid < ${FIRST_NORMAL_OBJECT_ID} and r.acl::text is distinct from i.initprivs::text
  order by r.what collate "C", r.schema collate "C", r.name collate "C"`;

/** Members of extensions are not objects of the archive, so neither are changes to their privileges. */
function memberPrivileges(found: readonly AnyObject[], { members, byKey }: Pick<Links, "members" | "byKey">): readonly Warning[] {
  return found.flatMap((object) => {
    const extension = members.get(object.key);
    if (extension === undefined || (object.acl ?? null) === null) return [];
    const named = `${object.kind} ${qualified(object.schema, object.name)}`;
    return [warning("UNMODELLED_PRIVILEGES", named, `belongs to extension ${ident(byKey.get(extension)?.name ?? "")} and its privileges were changed; the change is not in this archive`)];
  });
}

/** A canonical function takes the range that it makes canonical: that needs a shell type, which is not modelled. */
function canonicalFunctions({ byKey }: Pick<Links, "byKey">): readonly Warning[] {
  return [...byKey.values()].flatMap((object) => {
    if (object.kind !== "range" || object.canonical === null) return [];
    return [warning("UNMODELLED_OBJECT", `canonical function ${object.canonical}`, `of type ${qualified(object.schema, object.name)} is not in this archive: a restore makes the type without it`)];
  });
}

/** A new database comes with schema public, and a restore does not drop what it did not make. */
function droppedPublic(found: readonly AnyObject[]): readonly Warning[] {
  if (found.some((object) => object.kind === "schema" && object.name === "public")) return [];
  return [warning("PUBLIC_SCHEMA_DROPPED", "schema public", "does not exist in this database; a restore leaves the target's as it is")];
}
