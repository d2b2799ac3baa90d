/** What is on the target before anything is written: everything that the plan has to know, in a handful of queries. */
import { isPgarkError } from "../errors.ts";
import { qualified } from "../catalog/quote.ts";
import { type AppliedMigration, readLevel } from "../migrations/journal.ts";
import type { JournalTable } from "../options.ts";
import type { Session } from "../session/session.ts";

export interface TargetFacts {
  /** Without secrets. */
  readonly place: string;
  readonly database: string;
  readonly serverVersion: number;
  readonly encoding: string;
  readonly roles: ReadonlySet<string>;
  readonly tablespaces: ReadonlySet<string>;
  readonly schemas: ReadonlySet<string>;
  /** Extensions that are installed or could be, with both versions. */
  readonly extensions: ReadonlyMap<string, { readonly installed: string | null; readonly available: string | null }>;
  /** By qualified name. */
  readonly relations: ReadonlyMap<string, TargetRelation>;
  /** Null when there is no drizzle journal. */
  readonly migrations: readonly AppliedMigration[] | null;
}

export interface TargetRelation {
  readonly oid: number;
  /** `pg_class.relkind`. */
  readonly relkind: string;
  /** Whether it came with an extension. */
  readonly ofExtension: boolean;
  readonly columns: readonly TargetColumn[];
}

export interface TargetColumn {
  readonly name: string;
  /** `format_type` text. */
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly generated: boolean;
}

const DATABASE = /* sql */ `
  select pg_catalog.current_database()::text as database,
         pg_catalog.pg_encoding_to_char(d.encoding)::text as encoding,
         array(select spcname::text from pg_catalog.pg_tablespace) as tablespaces,
         array(select nspname::text from pg_catalog.pg_namespace) as schemas
  from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`;

const EXTENSIONS = /* sql */ `
  select name::text, installed_version as installed, default_version as available from pg_catalog.pg_available_extensions`;

const RELATIONS = /* sql */ `
  select c.oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as relkind,
         exists (select from pg_catalog.pg_depend d
                 where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e') as "ofExtension",
         coalesce(json_agg(json_build_object(
           'name', a.attname,
           'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
           'notNull', a.attnotnull,
           'hasDefault', a.atthasdef or a.attidentity <> '' or exists (
             select from pg_catalog.pg_type t where t.oid = a.atttypid and t.typdefault is not null),
           'generated', a.attgenerated <> '') order by a.attnum) filter (where a.attnum is not null), '[]') as columns
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
  where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  group by c.oid, n.nspname, c.relname, c.relkind`;

export async function readTarget(session: Session, migrationsTable: JournalTable): Promise<TargetFacts> {
  const [facts] = await session.query<{ database: string; encoding: string; tablespaces: string[]; schemas: string[] }>(DATABASE);
  if (facts === undefined) throw new Error("pg_database has no row for the current database");
  const extensions = await session.query<{ name: string; installed: string | null; available: string | null }>(EXTENSIONS);
  const relations = await session.query<TargetRelation & { schema: string; name: string }>(RELATIONS);
  const level = await readLevel(session, migrationsTable);
  return {
    place: session.place,
    database: facts.database,
    serverVersion: session.serverVersion,
    encoding: facts.encoding,
    roles: new Set(await readRoles(session)),
    tablespaces: new Set(facts.tablespaces),
    schemas: new Set(facts.schemas),
    extensions: new Map(extensions.map(({ name, ...versions }) => [name, versions])),
    relations: new Map(relations.map(({ schema, name, ...relation }) => [qualified(schema, name), relation])),
    migrations: level.journal === "none" ? null : level.applied,
  };
}

/** Roles belong to the server, and their names are in the encoding of whatever database they were made in: those that this one cannot say are left out. */
async function readRoles(session: Session): Promise<readonly string[]> {
  try {
    return await namesOf(session, "select rolname::text as name from pg_catalog.pg_roles");
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  const readable: string[] = [];
  for (const { oid } of await session.query<{ oid: number }>("select oid from pg_catalog.pg_roles")) {
    try {
      readable.push(...(await namesOf(session, `select rolname::text as name from pg_catalog.pg_roles where oid = ${oid}`)));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
  return readable;
}

async function namesOf(session: Session, sql: string): Promise<readonly string[]> {
  return (await session.query<{ name: string }>(sql)).map(({ name }) => name);
}

/** `character_not_in_repertoire` and `untranslatable_character`. */
function isUnreadable(error: unknown): boolean {
  return isPgarkError(error) && (error.sqlState === "22021" || error.sqlState === "22P05");
}

/** What is true of a database that has yet to be made on the server whose `facts` these are. */
export function newDatabase(facts: TargetFacts, source: { readonly database: string; readonly encoding: string }): TargetFacts {
  return {
    ...facts,
    database: source.database,
    encoding: source.encoding,
    schemas: new Set(["public"]),
    extensions: new Map([...facts.extensions].map(([name, { available }]) => [name, { installed: null, available }])),
    relations: new Map(),
    migrations: null,
  };
}

/** Which of the large objects are there. */
export async function largeObjectsThere(session: Session, oids: readonly number[]): Promise<readonly number[]> {
  const rows = await session.query<{ oid: number }>(`select oid from pg_catalog.pg_largeobject_metadata where oid = any ($1::oid[]) order by oid`, [oids]);
  return rows.map(({ oid }) => oid);
}

export async function hasLargeObjects(session: Session): Promise<boolean> {
  return (await session.query("select from pg_catalog.pg_largeobject_metadata limit 1")).length > 0;
}

/** Tables to a statement: each is a subquery that stops at its first row. */
const TABLES_PER_STATEMENT = 500;

/** Which of the tables have rows, given as FROM names them: `ONLY public.rules`. */
export async function tablesWithRows(session: Session, tables: readonly string[]): Promise<readonly string[]> {
  const filled: string[] = [];
  for (let from = 0; from < tables.length; from += TABLES_PER_STATEMENT) {
    const some = tables.slice(from, from + TABLES_PER_STATEMENT);
    const selects = some.map((table, position) => `select ${position} as position where exists (select from ${table})`);
    const rows = await session.query<{ position: number }>(selects.join(" union all "));
    filled.push(...rows.map(({ position }) => some[position]!));
  }
  return filled;
}
