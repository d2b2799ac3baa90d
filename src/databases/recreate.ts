/**
 * Puts an empty database in the place of one: what `nuke` does, and the scratch databases of `drill`. It promises that
 * the new database stands, with everything the old one's shell had (owner, encoding, locale, tablespace, settings,
 * privileges, comment), *before* the old one is dropped, so that a refusal of the server loses nothing; and that a
 * protected database is refused whoever asks. It asks nobody: confirming is the command line's business.
 */
import { ident } from "../catalog/quote.ts";
import { PgarkError, isPgarkError } from "../errors.ts";
import { nodeIo } from "../io/io.ts";
import type { CommonOptions } from "../options.ts";
import { resolveConnection } from "../session/conninfo.ts";
import { connect } from "../session/connect.ts";
import type { Session } from "../session/session.ts";
import { type DatabaseShell, createLike, readShell } from "./shell.ts";

/** What a database is and what would be lost with it. */
export interface DatabaseFacts extends DatabaseShell {
  /** `postgres@127.0.0.1:5432/rulesdb` */
  readonly place: string;
  readonly sizeBytes: number;
  readonly tables: number;
  /** The server's estimate. */
  readonly approximateRows: number;
  /** Other sessions in the database, which would be ended. */
  readonly sessions: number;
  /** Why it must not be dropped, null when it may. */
  readonly protection: string | null;
}

export interface RecreateOptions extends CommonOptions {
  /** The configuration's `protected: true`. Default: false. */
  readonly protected?: boolean | undefined;
}

const OWN_DATABASES = new Set(["postgres", "template0", "template1"]);

/**
 * Marks a database as protected in the database itself, so that it holds on every machine:
 * `alter database rulesdb set pgark.protected = on`.
 */
export const PROTECTED_SETTING = "pgark.protected";

/** Reads what is there and would be lost. Null when there is no such database. `target` undefined: the PG* environment. */
export async function inspectDatabase(target: string | undefined, options: RecreateOptions = {}): Promise<DatabaseFacts | null> {
  try {
    await using session = await connect(await resolveConnection(target), { signal: options.signal });
    return await readFacts(session, options);
  } catch (error) {
    if (isPgarkError(error) && error.sqlState === NO_SUCH_DATABASE) return null;
    throw error;
  }
}

/**
 * Drops the database, ending its sessions, and leaves an empty one like it. Throws `PROTECTED` for one that must stay, and
 * whatever the server refuses; the old database is then untouched. `name` is made new when there was none.
 */
export async function recreateDatabase(target: string, name: string, options: RecreateOptions = {}): Promise<void> {
  const facts = await inspectDatabase(target, options);
  const protection = facts === null ? protectionByName(name) : facts.protection;
  if (protection !== null) {
    throw new PgarkError("PROTECTED", `${name} is protected and stays: ${protection}`, { object: `database ${name}` });
  }
  await using session = await connectForMaintenance(target, options);
  if (facts === null) {
    await session.execute(`create database ${ident(name)} template template0`);
    return;
  }
  const fresh = `pgark_new_${Buffer.from((options.io ?? nodeIo).random(6)).toString("hex")}`;
  await createLike(session, facts, fresh);
  try {
    await session.execute(dropStatement(session, facts.name));
  } catch (error) {
    await session.execute(`drop database ${ident(fresh)}`);
    throw error;
  }
  await session.execute(`alter database ${ident(fresh)} rename to ${ident(facts.name)}`);
}

/** Creates an empty database with the shell of the target's, under a name of its own, and gives that name. */
export async function createScratchDatabase(target: string | undefined, options: CommonOptions = {}): Promise<string> {
  const name = `pgark_drill_${Buffer.from((options.io ?? nodeIo).random(6)).toString("hex")}`;
  await using session = await connect(await resolveConnection(target), { signal: options.signal });
  const shell = await readShell(session);
  await using maintenance = await connectForMaintenance(target, options);
  await createLike(maintenance, shell, name);
  return name;
}

/** Drops what `createScratchDatabase` made, and nothing else. */
export async function dropScratchDatabase(target: string | undefined, name: string): Promise<void> {
  if (!/^pgark_drill_[0-9a-f]{12}$/.test(name)) throw new Error(`${name} is no scratch database`);
  await using session = await connectForMaintenance(target, {});
  await session.execute(dropStatement(session, name));
}

/** Creates the target's database when it is not there yet. Gives whether it did. */
export async function ensureDatabase(target: string, name: string, options: CommonOptions = {}): Promise<boolean> {
  await using session = await connectForMaintenance(target, options);
  const found = await session.query(`select 1 from pg_catalog.pg_database where datname = $1`, [name]);
  if (found.length > 0) return false;
  await session.execute(`create database ${ident(name)} template template0 encoding 'UTF8'`);
  return true;
}

const NO_SUCH_DATABASE = "3D000";

/** CREATE and DROP DATABASE need a session in another database. `postgres` may itself be missing; template1 never is. */
async function connectForMaintenance(target: string | undefined, options: CommonOptions): Promise<Session> {
  const settings = await resolveConnection(target);
  try {
    return await connect(settings, { signal: options.signal, database: "postgres" });
  } catch (error) {
    if (!isPgarkError(error) || error.sqlState !== NO_SUCH_DATABASE) throw error;
    return connect(settings, { signal: options.signal, database: "template1" });
  }
}

function dropStatement(session: Session, name: string): string {
  return `drop database ${ident(name)}${session.serverVersion >= 130000 ? " with (force)" : ""}`;
}

async function readFacts(session: Session, options: RecreateOptions): Promise<DatabaseFacts> {
  const shell = await readShell(session);
  const [contents] = await session.query<{ tables: number; rows: number; bytes: string; sessions: number }>(CONTENTS);
  if (contents === undefined) throw new Error("a query without FROM gave no row");
  return {
    ...shell,
    place: session.place,
    sizeBytes: Number(contents.bytes),
    tables: contents.tables,
    approximateRows: contents.rows,
    sessions: contents.sessions,
    protection: protectionByName(shell.name) ?? protectionByMark(shell, options),
  };
}

function protectionByName(name: string): string | null {
  return OWN_DATABASES.has(name) ? "it is a database of the server itself" : null;
}

function protectionByMark(shell: DatabaseShell, options: RecreateOptions): string | null {
  if (options.protected === true) return "the configuration says protected: true";
  if (shell.isTemplate) return "it is marked as a template";
  const mark = shell.settings.find(({ role, name }) => role === null && name === PROTECTED_SETTING);
  if (mark === undefined || /^(off|false|no|0)$/i.test(mark.value)) return null;
  return `it is marked with ${PROTECTED_SETTING}; lift it with: alter database ${ident(shell.name)} reset ${PROTECTED_SETTING}`;
}

const CONTENTS = /* sql */ `
  select
    (select count(*)::int4 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast') as tables,
    -- reltuples is -1 before the first ANALYZE; the statistics collector then knows more.
    (select coalesce(sum(greatest(c.reltuples, s.n_live_tup, 0)), 0)::float8
      from pg_catalog.pg_class c join pg_catalog.pg_stat_user_tables s on s.relid = c.oid where c.relkind = 'r') as rows,
    pg_catalog.pg_database_size(pg_catalog.current_database())::text as bytes,
    (select count(*)::int4 from pg_catalog.pg_stat_activity
      where datname = pg_catalog.current_database() and pid <> pg_catalog.pg_backend_pid() and backend_type = 'client backend') as sessions`;
