/**
 * The journal of a restore into tables that were there before, in the target's schema `pgark`: what was set aside,
 * with the statements that put it back, and the transactions that brought rows. It is written in the same
 * transactions as what it tells of, so that after a crash at any point the next restore finds in it all that is
 * to be done. It goes when the restore completes.
 */
import { isPgarkError, messageOf, PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { inTransaction } from "./transaction.ts";

/** One thing that is to be put back: something that was set aside, or the emptiness of a table. */
export interface SetAside {
  readonly id: number;
  readonly kind: "rows" | "foreign key" | "trigger" | "index";
  /** As a person would write it. */
  readonly object: string;
  /** What has a lower rank comes back first. */
  readonly rank: number;
  /** OIDs of the tables it has to do with, for the scheduler's locks. */
  readonly tables: readonly number[];
  /** The statements that put it back. */
  readonly putBack: readonly string[];
}

const CREATE_SCHEMA = "CREATE SCHEMA pgark";
/** Each with a primary key: where everything is published, a row without one cannot be deleted. */
const CREATE_TABLES = `
  CREATE TABLE IF NOT EXISTS pgark.set_aside (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    object text NOT NULL,
    rank integer NOT NULL,
    tables oid[] NOT NULL,
    put_back text[] NOT NULL,
    set_aside_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE IF NOT EXISTS pgark.loaded (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid bigint NOT NULL,
    place text NOT NULL);
  -- Rows that a constraint refused: "literal" is the row in its fields' texts, ready for ROW input, and is tried again.
  CREATE TABLE IF NOT EXISTS pgark.rejects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    load integer NOT NULL,
    chunk integer NOT NULL,
    constraint_name text NOT NULL,
    message text NOT NULL,
    key json,
    "row" json NOT NULL,
    literal text NOT NULL);
  -- What updated rows were whose foreign keys could not be checked yet: the columns that the load writes, as a ROW literal.
  CREATE TABLE IF NOT EXISTS pgark.before (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    load integer NOT NULL,
    literal text NOT NULL);
  CREATE TABLE IF NOT EXISTS pgark.run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    archive text NOT NULL,
    fingerprint text NOT NULL,
    decisions json NOT NULL,
    removed json NOT NULL DEFAULT '{}',
    -- What progress.ts calls it.
    state text NOT NULL DEFAULT 'loading',
    started_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE IF NOT EXISTS pgark.chunks (
    load integer NOT NULL,
    chunk integer NOT NULL,
    archived bigint NOT NULL,
    inserted bigint NOT NULL,
    updated bigint NOT NULL,
    identical bigint NOT NULL,
    kept bigint NOT NULL,
    rejected bigint NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (load, chunk));
  CREATE TABLE IF NOT EXISTS pgark.entries (entry integer PRIMARY KEY);`;
const DROP = "DROP TABLE IF EXISTS pgark.set_aside, pgark.loaded, pgark.rejects, pgark.before, pgark.run, pgark.chunks, pgark.entries;";
const EXISTS = /* sql */ `
  select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = 'pgark' and c.relname = 'set_aside'`;
const READ = /* sql */ `
  select id::float8 as id, kind, object, rank, tables::int8[]::float8[] as tables, put_back as "putBack" from pgark.set_aside order by id`;
const ADD = /* sql */ `insert into pgark.set_aside (kind, object, rank, tables, put_back) values ($1, $2, $3, $4::oid[], $5::text[])`;
/** The schema, when it is there and nothing is in it. */
const EMPTY_SCHEMA = /* sql */ `
  select from pg_catalog.pg_namespace n
  where n.nspname = 'pgark' and not exists (
    select from pg_catalog.pg_depend d where d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.refobjid = n.oid)`;

/** Transaction ids mean something in one database only: a journal that was dumped and restored elsewhere must match no row there. */
export const PLACE = /* sql */ `(
  select s.system_identifier || '/' || d.oid
  from pg_catalog.pg_control_system() s, pg_catalog.pg_database d where d.datname = pg_catalog.current_database())`;
/** `xmin` has no epoch. */
const LOADED = /* sql */ `insert into pgark.loaded (xid, place) select pg_catalog.txid_current() % 4294967296, ${PLACE}`;

/** Makes the journal. Throws PERMISSION_DENIED where the role may not. Must be inside a transaction, whose commit waits for the disk: later ones may be lost in a crash of the server, this one not. */
export async function createJournal(session: Session): Promise<void> {
  await session.execute("SET LOCAL synchronous_commit = on");
  await createTables(session).catch((error: unknown) => {
    if (!isPgarkError(error, "PERMISSION_DENIED")) throw error;
    throw new PgarkError("PERMISSION_DENIED", `the journal of the restore is kept in schema pgark of the target, which cannot be created: ${messageOf(error)}`, {
      object: "schema pgark",
      sqlState: error.sqlState,
      cause: error,
      hint: "GRANT CREATE ON DATABASE to the restoring role, or restore in one transaction (--single-transaction), which needs no journal.",
    });
  });
}

/** Whether the role may keep the journal in the database: it makes schema pgark, or may use the one that is there. */
export async function mayKeepJournal(session: Session): Promise<boolean> {
  const [found] = await session.query<{ may: boolean }>(/* sql */ `
    select case when n.oid is null then pg_catalog.has_database_privilege(d.oid, 'CREATE')
      else pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_schema_privilege(n.oid, 'CREATE') end as may
    from pg_catalog.pg_database d left join pg_catalog.pg_namespace n on n.nspname = 'pgark' where d.datname = pg_catalog.current_database()`);
  return found?.may === true;
}

const TABLE = /\bpgark\.(set_aside|loaded|rejects|before|run|chunks|entries)\b/g;

/**
 * The session, with the journal's tables as temporary ones: for what ends with its transaction, a restore in a single one or
 * a plan, which then needs no right to make a schema.
 */
export function withTemporaryJournal(session: Session): Session {
  const moved = (sql: string) => (sql === CREATE_SCHEMA ? "SELECT" : sql.replace(TABLE, "pg_temp.pgark_journal_$1"));
  return {
    serverVersion: session.serverVersion,
    backendPid: session.backendPid,
    place: session.place,
    query: (sql, parameters) => session.query(moved(sql), parameters),
    execute: (sql) => session.execute(moved(sql)),
    copyOut: (sql) => session.copyOut(moved(sql)),
    copyIn: (sql) => session.copyIn(moved(sql)),
    close: () => session.close(),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Also where the schema is there and the role may not make one. */
async function createTables(session: Session): Promise<void> {
  const there = await session.query("select from pg_catalog.pg_namespace where nspname = 'pgark'");
  if (there.length === 0) await session.execute(CREATE_SCHEMA);
  await session.execute(CREATE_TABLES);
}

/** What an earlier restore left; empty when it ended properly. */
export async function readJournal(session: Session): Promise<readonly SetAside[]> {
  return (await isJournalThere(session)) ? session.query<SetAside>(READ) : [];
}

export async function isJournalThere(session: Session): Promise<boolean> {
  return (await session.query(EXISTS)).length > 0;
}

export async function addToJournal(session: Session, { kind, object, rank, tables, putBack }: Omit<SetAside, "id">): Promise<void> {
  await session.query(ADD, [kind, object, rank, tables, putBack]);
}

/** In the transaction that puts it back. */
export async function removeFromJournal(session: Session, id: number): Promise<void> {
  await session.execute(`DELETE FROM pgark.set_aside WHERE id = ${id}`);
}

/** In the transaction that brings rows: they can be told from everybody else's afterwards. */
export async function noteLoaded(session: Session): Promise<void> {
  await session.execute(LOADED);
}

/**
 * The statements that remove the rows that noted transactions brought, and no others, from a table that is given as
 * FROM names it. The lock waits for a transaction that is still about to commit.
 */
export function removeLoaded(table: string): readonly string[] {
  return [
    `LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`,
    `DELETE FROM ${table} WHERE xmin::pg_catalog.text::pg_catalog.int8 IN (SELECT xid FROM pgark.loaded WHERE place = ${PLACE})`,
  ];
}

/** The schema goes too, unless something else is in it; both at once. */
export async function dropJournal(session: Session, inTransactionAlready = false): Promise<void> {
  await inTransaction(session, inTransactionAlready, async () => {
    await session.execute(DROP);
    if ((await session.query(EMPTY_SCHEMA)).length > 0) await session.execute("DROP SCHEMA pgark");
  });
}
