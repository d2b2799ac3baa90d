/** One database: can it be reached, is it new enough, does it have what it needs, and may this role read all of it? */
import { ident, qualified } from "../catalog/quote.ts";
import { messageOf, PgarkError } from "../errors.ts";
import { resolveConnection } from "../session/conninfo.ts";
import { connect } from "../session/connect.ts";
import type { Session } from "../session/session.ts";
import { bad, type Finding, ok } from "./finding.ts";

export interface DatabaseToExamine {
  readonly name: string;
  /** Undefined when the configuration leads nowhere. */
  readonly url: string | undefined;
  /** What to set to give it a URL. */
  readonly urlVariable: string;
  readonly extensions: readonly string[];
}

export interface DatabaseReading {
  readonly place: string;
  /** `server_version_num` */
  readonly serverVersion: number;
  readonly sizeBytes: number;
  readonly lackingExtensions: readonly string[];
  readonly role: string;
  readonly superuser: boolean;
  readonly bypassRls: boolean;
  /** Relations the role may not SELECT from, for want of a privilege on them or on their schema. */
  readonly unreadable: readonly Relation[];
  /** Tables whose row security applies to the role: a dump would stop at them. */
  readonly rowSecurity: readonly Relation[];
  /** Large objects the role may not read. */
  readonly largeObjects: readonly number[];
}

interface Relation {
  readonly schema: string;
  readonly name: string;
}

const OLDEST_SERVER = 130000;

/** Reads what the checks need. Throws what keeps it from connecting. */
export async function readDatabase(url: string, extensions: readonly string[], signal: AbortSignal | undefined): Promise<DatabaseReading> {
  await using session = await connect(await resolveConnection(url), { signal });
  const [facts] = await session.query<{ role: string; superuser: boolean; bypassRls: boolean; bytes: string }>(FACTS);
  if (facts === undefined) throw new PgarkError("SQL_FAILED", `${session.place}: the current role is not in pg_roles`);
  const { bytes, ...role } = facts;
  const available = await session.query<{ name: string }>(`select name::text from pg_catalog.pg_available_extensions`);
  return {
    place: session.place,
    serverVersion: session.serverVersion,
    sizeBytes: Number(bytes),
    lackingExtensions: extensions.filter((name) => !available.some((one) => one.name === name)),
    ...role,
    ...(role.superuser ? { unreadable: [], rowSecurity: [], largeObjects: [] } : await readLimits(session)),
  };
}

async function readLimits(session: Session): Promise<Pick<DatabaseReading, "unreadable" | "rowSecurity" | "largeObjects">> {
  return {
    unreadable: await session.query<Relation>(UNREADABLE),
    rowSecurity: await session.query<Relation>(ROW_SECURITY),
    largeObjects: (await session.query<{ oid: number }>(LARGE_OBJECTS)).map(({ oid }) => oid),
  };
}

/** The finding for a database that could not be read. */
export function checkUnreachable({ name, url, urlVariable }: DatabaseToExamine, error: unknown): Finding {
  if (url === undefined) return bad(`${name}: server`, `${urlVariable} is not set and no local server was started`, `Run pgark up, or set ${urlVariable} to a connection URL.`);
  const hint = error instanceof PgarkError ? error.hint : undefined;
  return bad(`${name}: server`, messageOf(error), hint ?? `Start the server (pgark up for the local one), or correct ${urlVariable}.`);
}

export function checkDatabase(name: string, reading: DatabaseReading): readonly Finding[] {
  return [checkServer(name, reading), ...reading.lackingExtensions.map((extension) => lacks(name, reading, extension)), checkPrivileges(name, reading)];
}

function checkServer(name: string, { place, serverVersion }: DatabaseReading): Finding {
  const found = `PostgreSQL ${versionText(serverVersion)} at ${place}`;
  if (serverVersion >= OLDEST_SERVER) return ok(`${name}: server`, found);
  return bad(`${name}: server`, `${found}, expected 13 or newer`, "Upgrade the server; the pg_dump of a newer version reads the old one.");
}

function lacks(name: string, { serverVersion }: DatabaseReading, extension: string): Finding {
  const major = Math.floor(serverVersion / 10_000);
  const fix =
    extension === "vector"
      ? `Install postgresql-${major}-pgvector on the server's machine, use the image pgvector/pgvector, or let pgark up find a server that has it.`
      : `Install the package that brings ${extension} for PostgreSQL ${major} on the server's machine.`;
  return bad(`${name}: extension ${extension}`, "not available on the server", fix);
}

function checkPrivileges(name: string, reading: DatabaseReading): Finding {
  const check = `${name}: privileges`;
  const { role, unreadable, rowSecurity, largeObjects } = reading;
  const complaints = [
    some(unreadable.length, "relation that may not be read", "relations that may not be read", unreadable[0]),
    some(rowSecurity.length, "table with row security, at which the dump would stop", "tables with row security, at which the dump would stop", rowSecurity[0]),
    some(largeObjects.length, "large object that may not be read", "large objects that may not be read", undefined),
  ].filter((complaint) => complaint !== null);
  if (complaints.length === 0) return ok(check, reading.superuser ? `${role} is superuser and reads everything` : `${role} may read everything`);
  return bad(check, `${role}: ${complaints.join("; ")}`, `As a superuser: ${missingGrants(reading).join(" ")}`);
}

/** The statements that let the role read everything, and nothing more. */
export function missingGrants({ role, serverVersion, unreadable, rowSecurity, largeObjects }: DatabaseReading): readonly string[] {
  const grants: string[] = [];
  if (unreadable.length > 0 && serverVersion >= 140000) grants.push(`GRANT pg_read_all_data TO ${ident(role)};`);
  if (unreadable.length > 0 && serverVersion < 140000) {
    for (const schema of new Set(unreadable.map((relation) => relation.schema))) {
      grants.push(`GRANT USAGE ON SCHEMA ${ident(schema)} TO ${ident(role)};`);
      grants.push(`GRANT SELECT ON ALL TABLES IN SCHEMA ${ident(schema)} TO ${ident(role)};`);
      grants.push(`GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${ident(schema)} TO ${ident(role)};`);
    }
  }
  // pg_read_all_data does not come with BYPASSRLS.
  if (rowSecurity.length > 0) grants.push(`ALTER ROLE ${ident(role)} BYPASSRLS;`);
  if (largeObjects.length > 0) grants.push(`GRANT SELECT ON LARGE OBJECT ${largeObjects.join(", ")} TO ${ident(role)};`);
  return grants;
}

function some(count: number, one: string, many: string, example: Relation | undefined): string | null {
  if (count === 0) return null;
  const named = example === undefined ? "" : ` (${count > 1 ? "such as " : ""}${qualified(example.schema, example.name)})`;
  return `${count} ${count === 1 ? one : many}${named}`;
}

/** `17.6`, from 170006. */
function versionText(version: number): string {
  return version >= 100000 ? `${Math.floor(version / 10_000)}.${version % 10_000}` : `${Math.floor(version / 10_000)}.${Math.floor(version / 100) % 100}`;
}

const FACTS = /* sql */ `
  select rolname::text as role, rolsuper as superuser, rolbypassrls as "bypassRls",
    pg_catalog.pg_database_size(pg_catalog.current_database())::text as bytes
  from pg_catalog.pg_roles where rolname = current_user`;

const UNREADABLE = /* sql */ `
  select n.nspname::text as schema, c.relname::text as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'S', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not (
      pg_catalog.has_schema_privilege(n.oid, 'USAGE')
      and case when c.relkind = 'S' then pg_catalog.has_sequence_privilege(c.oid, 'SELECT') else pg_catalog.has_table_privilege(c.oid, 'SELECT') end
    )
    -- What belongs to an extension is not dumped.
    and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  order by n.nspname, c.relname`;

const ROW_SECURITY = /* sql */ `
  select n.nspname::text as schema, c.relname::text as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  -- Knows owners, FORCE and BYPASSRLS.
  where c.relkind in ('r', 'p') and pg_catalog.row_security_active(c.oid)
  order by n.nspname, c.relname`;

const LARGE_OBJECTS = /* sql */ `
  select m.oid from pg_catalog.pg_largeobject_metadata m
  where not pg_catalog.pg_has_role(m.lomowner, 'USAGE')
    and pg_catalog.current_setting('lo_compat_privileges') = 'off'
    and not exists (
      select from pg_catalog.aclexplode(m.lomacl) a
      where a.privilege_type = 'SELECT' and (a.grantee = 0 or pg_catalog.pg_has_role(a.grantee, 'USAGE'))
    )
  order by m.oid limit 100`;
