/**
 * What exists in the database and is not carried yet: nothing may be lost in silence, so each such object is a
 * warning. A kind that gets its file in kinds/ loses its line here.
 */
import type { Warning } from "../events.ts";
import type { Session } from "../session/session.ts";
import type { Links } from "./dependencies.ts";
import { FIRST_NORMAL_OBJECT_ID, isMember, userSchema } from "./fragments.ts";
import type { AnyObject } from "./kind.ts";
import { userMapping } from "./kinds/user-mapping.ts";
import { qualified } from "./quote.ts";

interface Found {
  /** In words: `event trigger`. */
  readonly what: string;
  readonly schema: string | null;
  readonly name: string;
}

/** One warning for each object that is not carried, by kind and name. */
export async function readUnmodelled(session: Session, found: readonly AnyObject[], links: Pick<Links, "byKey">): Promise<readonly Warning[]> {
  const objects = await session.query<Found>(objectsQuery());
  return [
    ...objects.map(({ what, schema, name }) => warning("UNMODELLED_OBJECT", `${what} ${written(schema, name)}`, "exists and is not in this archive")),
    ...(await session.query<InvalidIndex>(INVALID_INDEXES)).map(invalidIndex),
    ...hiddenMappings(links),
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

// initdb maps the default parser's 19 types of tokens to one dictionary each: words to the language's stemmer, or those in
// ASCII to the English one, and everything else to "simple". Dictionaries of somebody's own have a line of theirs.
const CHANGED_CONFIGURATIONS = /* sql */ `
    select null::text as schema, c.oid::pg_catalog.regconfig::text as name
    from pg_catalog.pg_ts_config c
    left join pg_catalog.pg_ts_config_map m on m.mapcfg = c.oid
    left join pg_catalog.pg_ts_dict d on d.oid = m.mapdict
    where c.oid < ${FIRST_NORMAL_OBJECT_ID}
    group by c.oid
    having not coalesce(bool_or(m.mapdict >= ${FIRST_NORMAL_OBJECT_ID}), false) and (count(m.mapdict) <> 19 or not bool_and(m.mapseqno = 1 and case
      when c.cfgname = 'simple' then d.dictname = 'simple'
      when m.maptokentype in (2, 10, 17) then d.dictname = c.cfgname || '_stem'
      when m.maptokentype in (1, 11, 16) then d.dictname in (c.cfgname || '_stem', 'english_stem')
      else d.dictname = 'simple' end))`;

/** Each kind in words → `schema, name` of the objects of the user that no extension brought. */
const OBJECTS: readonly (readonly [what: string, rows: string])[] = [
  // Of all databases of the cluster: only this one's; and only where the role may not read how they connect.
  ["subscription", `select null::text as schema, pg_catalog.quote_ident(x.subname) as name from pg_catalog.pg_subscription x where x.subdbid = ${"(select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())"}
    and not pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT')`],
  // On what is no object of the archive: the database itself, a member of an extension, an object of PostgreSQL's own.
  ["security label", `select null::text as schema, 'by ' || pg_catalog.quote_ident(x.provider) || ' on ' || x.objtype || ' ' || x.objname as name from pg_catalog.pg_seclabels x
    where x.objtype not in ('role', 'tablespace', 'subscription', 'large object') and case
      when x.objtype = 'database' then x.objname = pg_catalog.quote_ident(pg_catalog.current_database())
      else x.objoid < ${FIRST_NORMAL_OBJECT_ID} and (x.objtype, x.objname) <> ('schema', 'public')
        or exists (select from pg_catalog.pg_depend e where e.classid = x.classoid and e.objid = x.objoid and e.deptype = 'e') end`],
  // Nobody should make objects there, and a restore could do so only as a superuser.
  ["relation in a system schema", inSystemSchema("pg_class", "x.relname", "x.relnamespace", "x.relkind in ('r', 'p', 'v', 'm', 'S', 'f')")],
  ["function in a system schema", inSystemSchema("pg_proc", "x.proname", "x.pronamespace")],
  ["type in a system schema", inSystemSchema("pg_type", "x.typname", "x.typnamespace", "x.typrelid = 0 and not exists (select from pg_catalog.pg_type e where e.oid = x.typelem and e.typarray = x.oid)")],
  ["operator in a system schema", inSystemSchema("pg_operator", "x.oprname", "x.oprnamespace")],
  ["operator class in a system schema", inSystemSchema("pg_opclass", "x.opcname", "x.opcnamespace")],
  ["operator family in a system schema", inSystemSchema("pg_opfamily", "x.opfname", "x.opfnamespace")],
  ["collation in a system schema", inSystemSchema("pg_collation", "x.collname", "x.collnamespace")],
  ["text search configuration in a system schema", inSystemSchema("pg_ts_config", "x.cfgname", "x.cfgnamespace")],
  ["text search dictionary in a system schema", inSystemSchema("pg_ts_dict", "x.dictname", "x.dictnamespace")],
  ["text search parser in a system schema", inSystemSchema("pg_ts_parser", "x.prsname", "x.prsnamespace")],
  ["text search template in a system schema", inSystemSchema("pg_ts_template", "x.tmplname", "x.tmplnamespace")],
  ["conversion in a system schema", inSystemSchema("pg_conversion", "x.conname", "x.connamespace")],
  // What initdb maps, it maps to dictionaries of its own.
  ["mapping of a built-in text search configuration", `select null::text as schema, x.mapcfg::pg_catalog.regconfig::text || ' to ' || x.mapdict::pg_catalog.regdictionary::text as name
    from pg_catalog.pg_ts_config_map x where x.mapcfg < ${FIRST_NORMAL_OBJECT_ID} and x.mapdict >= ${FIRST_NORMAL_OBJECT_ID} group by x.mapcfg, x.mapdict`],
  ["change of a built-in text search configuration", CHANGED_CONFIGURATIONS],
];

/** All in one query. The order is the same under every collation of the database. */
function objectsQuery(): string {
  const parts = OBJECTS.map(([what, rows]) => `select '${what}'::text as what, r.schema::text, r.name::text from (${rows}) r`);
  return `select o.* from (${parts.join("\n  union all\n  ")}) o order by o.what collate "C", o.schema collate "C", o.name collate "C"`;
}

function inSystemSchema(catalog: string, name: string, namespace: string, where = "true"): string {
  return `select n.nspname as schema, ${name} as name from pg_catalog.${catalog} x join pg_catalog.pg_namespace n on n.oid = ${namespace}
    where x.oid >= ${FIRST_NORMAL_OBJECT_ID} and ${where} and n.nspname in ('pg_catalog', 'information_schema') and not ${isMember(catalog, "x.oid")}`;
}

interface InvalidIndex {
  readonly schema: string;
  readonly name: string;
  readonly definition: string;
}

// CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY failed. No query uses it, and building it may fail again.
const INVALID_INDEXES = /* sql */ `
  select n.nspname as schema, c.relname as name, pg_catalog.pg_get_indexdef(i.indexrelid) as definition
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid and c.relkind = 'i'
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where not i.indisvalid and ${userSchema()} and not ${isMember("pg_class", "i.indrelid")}
  order by n.nspname collate "C", c.relname collate "C"`;

function invalidIndex({ schema, name, definition }: InvalidIndex): Warning {
  return warning("INVALID_INDEX", `index ${qualified(schema, name)}`, `is invalid, as a failed CREATE INDEX CONCURRENTLY leaves it, and is not in this archive; what it was to be: ${definition}`);
}

/** A user mapping whose options only a superuser or the user may read is carried without them. */
function hiddenMappings({ byKey }: Pick<Links, "byKey">): readonly Warning[] {
  return [...byKey.values()].flatMap((object) => {
    if (object.kind !== "user-mapping" || object.readable) return [];
    return [warning("OPTIONS_HIDDEN", userMapping.address(object), "has options that this role may not read, if it has any; they are not in this archive")];
  });
}

/** A new database comes with schema public, and a restore does not drop what it did not make. */
function droppedPublic(found: readonly AnyObject[]): readonly Warning[] {
  if (found.some((object) => object.kind === "schema" && object.name === "public")) return [];
  return [warning("PUBLIC_SCHEMA_DROPPED", "schema public", "does not exist in this database; only a restore that makes the database (--create) drops it")];
}
