/**
 * What a role lacks for a restore into tables that are there: known before the first write, with the GRANT that helps.
 * A superuser lacks nothing, and an owner of tables and database next to nothing.
 */
import { ident } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { ConflictPolicy } from "../options.ts";
import type { Session } from "../session/session.ts";

export interface PrivilegeNeeds {
  readonly tables: readonly TableNeeds[];
  /** `TableForeignKey.rootOid` of the foreign keys that are dropped and made again. */
  readonly aside: readonly number[];
  readonly setsTriggersAside: boolean;
  /** Whether a journal is written on the target. */
  readonly journal: boolean;
}

export interface TableNeeds {
  readonly oid: number;
  readonly name: string;
  readonly policy: ConflictPolicy;
  readonly straight: boolean;
  readonly emptied: boolean;
}

/** One error for each object, PERMISSION_DENIED, which says what is missing. Empty when nothing is. */
export async function privilegesLacking(session: Session, needs: PrivilegeNeeds): Promise<readonly PgarkError[]> {
  const [role] = await session.query<{ name: string; superuser: boolean }>("select current_user::text as name, rolsuper as superuser from pg_catalog.pg_roles where rolname = current_user");
  if (role === undefined) throw new Error("pg_roles has no row for the current role");
  if (role.superuser) return [];
  return [...(await databaseLacks(session, role.name, needs)), ...(await tablesLack(session, role.name, needs)), ...(await ownersLack(session, role.name, needs)), ...(await parentsLack(session, role.name, needs))];
}

function lacking(object: string, message: string, hint: string): PgarkError {
  return new PgarkError("PERMISSION_DENIED", message, { object, hint, sqlState: "42501" });
}

/** `role x lacks INSERT, SELECT on table app.t`, and the GRANT. `on`: as GRANT writes it. */
function grant(role: string, privileges: readonly string[], object: string, on: string, why = ""): PgarkError {
  return lacking(object, `role ${ident(role)} lacks ${privileges.join(", ")} on ${object}${why}`, `GRANT ${privileges.join(", ")} ON ${on} TO ${ident(role)};`);
}

const DATABASE = /* sql */ `
  select d.datname::text as database,
    pg_catalog.has_database_privilege(d.oid, 'TEMPORARY') as temporary,
    pg_catalog.has_database_privilege(d.oid, 'CREATE') as creates,
    n.oid is not null as there,
    coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false) as uses,
    coalesce(pg_catalog.has_schema_privilege(n.oid, 'CREATE'), false) as "createsIn"
  from pg_catalog.pg_database d left join pg_catalog.pg_namespace n on n.nspname = 'pgark'
  where d.datname = pg_catalog.current_database()`;

async function databaseLacks(session: Session, role: string, { tables, aside, journal }: PrivilegeNeeds): Promise<readonly PgarkError[]> {
  const [found] = await session.query<{ database: string; temporary: boolean; creates: boolean; there: boolean; uses: boolean; createsIn: boolean }>(DATABASE);
  if (found === undefined) throw new Error("pg_database has no row for the current database");
  const database = `database ${ident(found.database)}`;
  const errors: PgarkError[] = [];
  const stages = tables.some(({ straight }) => !straight) || aside.length > 0;
  if (stages && !found.temporary) errors.push(grant(role, ["TEMPORARY"], database, `DATABASE ${ident(found.database)}`, ", where rows are staged in temporary tables"));
  if (journal && !found.there && !found.creates) errors.push(grant(role, ["CREATE"], database, `DATABASE ${ident(found.database)}`, ", where the journal of the restore is kept in schema pgark"));
  const inSchema = [...(found.uses ? [] : ["USAGE"]), ...(found.createsIn ? [] : ["CREATE"])];
  if (journal && found.there && inSchema.length > 0) errors.push(grant(role, inSchema, "schema pgark", "SCHEMA pgark", ", where the journal of the restore is kept"));
  return errors;
}

/** `maintains`: a privilege since 17, which allows LOCK TABLE. Columns count for INSERT where the table's own is lacking. */
function tableFacts(serverVersion: number): string {
  const has = (privilege: string) => `pg_catalog.has_table_privilege(c.oid, '${privilege}')`;
  return /* sql */ `
  select c.oid, n.nspname::text as schema,
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') as "usesSchema",
    ${has("SELECT")} as "select", ${has("UPDATE")} as "update", ${has("DELETE")} as "delete", ${has("TRUNCATE")} as "truncate",
    ${serverVersion >= 170_000 ? has("MAINTAIN") : "false"} as maintain,
    case when ${has("INSERT")} then '{}' else array(
      select a.attname::text from pg_catalog.pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and not pg_catalog.has_column_privilege(c.oid, a.attnum, 'INSERT')
      order by a.attnum) end as "notInserted",
    pg_catalog.has_any_column_privilege(c.oid, 'INSERT') as "insertsSome",
    pg_catalog.row_security_active(c.oid) as "rowSecurity",
    pg_catalog.pg_has_role(c.relowner, 'USAGE') as owner
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = any ($1::oid[])`;
}

interface TableFacts {
  readonly oid: number;
  readonly schema: string;
  readonly usesSchema: boolean;
  readonly select: boolean;
  readonly update: boolean;
  readonly delete: boolean;
  readonly truncate: boolean;
  readonly maintain: boolean;
  readonly notInserted: readonly string[];
  readonly insertsSome: boolean;
  readonly rowSecurity: boolean;
  readonly owner: boolean;
}

async function tablesLack(session: Session, role: string, { tables, journal }: PrivilegeNeeds): Promise<readonly PgarkError[]> {
  const rows = await session.query<TableFacts>(tableFacts(session.serverVersion), [tables.map(({ oid }) => oid)]);
  const facts = new Map(rows.map((row) => [row.oid, row]));
  const schemas = [...new Set(rows.filter(({ usesSchema }) => !usesSchema).map(({ schema }) => schema))];
  const errors = schemas.map((schema) => grant(role, ["USAGE"], `schema ${ident(schema)}`, `SCHEMA ${ident(schema)}`));
  for (const table of new Map(tables.map((one) => [one.oid, one])).values()) {
    const found = facts.get(table.oid);
    if (found === undefined) continue;
    const object = `table ${table.name}`;
    const privileges = lackingOn(table, found, journal);
    const columns = found.insertsSome && found.notInserted.length > 0 ? `: there is none for column${found.notInserted.length === 1 ? "" : "s"} ${found.notInserted.map(ident).join(", ")}` : "";
    if (privileges.length > 0) errors.push(grant(role, privileges, object, table.name, columns));
    if (found.rowSecurity) errors.push(rowSecurity(role, object, table.name, found.owner));
  }
  return errors;
}

function lackingOn({ policy, straight, emptied }: TableNeeds, found: TableFacts, journal: boolean): readonly string[] {
  const lacks = new Set<string>();
  if (found.notInserted.length > 0) lacks.add("INSERT");
  // A restore that fails takes its rows out again: it finds them by xmin, for which columns' privileges do not count.
  if ((!straight || journal) && !found.select) lacks.add("SELECT");
  if (straight && journal && !emptied && !found.delete) lacks.add("DELETE");
  if (!straight && policy === "update" && !found.update) lacks.add("UPDATE");
  if (emptied && !found.truncate) lacks.add("TRUNCATE");
  // SHARE ROW EXCLUSIVE asks for one of these.
  const locks = found.update || found.delete || found.truncate || found.maintain || lacks.has("UPDATE") || lacks.has("DELETE") || lacks.has("TRUNCATE");
  if (!straight && !locks) lacks.add("UPDATE");
  return [...lacks];
}

function rowSecurity(role: string, object: string, name: string, owner: boolean): PgarkError {
  return lacking(
    object,
    `row security of ${object} applies to role ${ident(role)}: rows that its policies hide would be taken for missing`,
    owner ? `ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY;` : "Restore as the table's owner, or as a role with BYPASSRLS.",
  );
}

/** `$1`: tables whose triggers and rules are set aside, with their partitions. `$2`: foreign keys. */
const NOT_OWNED = /* sql */ `
  with trees as (
    select t.oid from unnest($1::oid[]) t(oid)
    union select p.relid from unnest($1::oid[]) t(oid), pg_catalog.pg_partition_tree(t.oid) p
  ), things as (
    select k.conrelid as table, 'foreign key ' || pg_catalog.quote_ident(k.conname) as thing
    from pg_catalog.pg_constraint k where k.oid = any ($2::oid[])
    union all
    select t.tgrelid, 'trigger ' || pg_catalog.quote_ident(t.tgname)
    from pg_catalog.pg_trigger t where t.tgrelid in (select oid from trees) and not t.tgisinternal and t.tgenabled in ('O', 'A') and t.tgtype & 60 <> 0
    union all
    select r.ev_class, 'rule ' || pg_catalog.quote_ident(r.rulename)
    from pg_catalog.pg_rewrite r where r.ev_class in (select oid from trees) and r.ev_type <> '1' and r.ev_enabled in ('O', 'A')
  )
  select things.table::pg_catalog.regclass::text as "table", pg_catalog.pg_get_userbyid(c.relowner)::text as owner, array_agg(things.thing order by things.thing) as things
  from things join pg_catalog.pg_class c on c.oid = things.table
  where not pg_catalog.pg_has_role(c.relowner, 'USAGE')
  group by things.table, c.relowner order by 1`;

async function ownersLack(session: Session, role: string, { tables, aside, setsTriggersAside }: PrivilegeNeeds): Promise<readonly PgarkError[]> {
  const rows = await session.query<{ table: string; owner: string; things: readonly string[] }>(NOT_OWNED, [setsTriggersAside ? tables.map(({ oid }) => oid) : [], aside]);
  return rows.map(({ table, owner, things }) =>
    lacking(`table ${table}`, `role ${ident(role)} is not the owner of table ${table}, and must set aside ${things.join(", ")} while rows come in`, `Restore as ${ident(owner)}, or GRANT ${ident(owner)} TO ${ident(role)};`),
  );
}

/** `$1`: foreign keys. Who makes one needs REFERENCES on the parent's table or on all its columns, owner of the child or not. */
const PARENTS = /* sql */ `
  select distinct k.confrelid::pg_catalog.regclass::text as parent, n.nspname::text as schema,
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') as "usesSchema",
    pg_catalog.has_table_privilege(k.confrelid, 'REFERENCES') or (
      select bool_and(pg_catalog.has_column_privilege(k.confrelid, x.attnum, 'REFERENCES')) from unnest(k.confkey) x(attnum)) as "references"
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class c on c.oid = k.confrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where k.oid = any ($1::oid[])
  order by 1`;

async function parentsLack(session: Session, role: string, { aside, tables }: PrivilegeNeeds): Promise<readonly PgarkError[]> {
  const rows = await session.query<{ parent: string; schema: string; usesSchema: boolean; references: boolean }>(PARENTS, [aside]);
  const loaded = new Set(tables.map(({ name }) => name));
  const errors: PgarkError[] = [];
  for (const { parent, schema, usesSchema, references } of rows) {
    if (!usesSchema && !loaded.has(parent)) errors.push(grant(role, ["USAGE"], `schema ${ident(schema)}`, `SCHEMA ${ident(schema)}`));
    if (!references) errors.push(grant(role, ["REFERENCES"], `table ${parent}`, parent, ", which a foreign key that has to be made again needs"));
  }
  return errors;
}
