/**
 * What stands in the way of rows that come in any order is set aside while they load and put back afterwards:
 * foreign keys, triggers of users, and secondary indexes of tables that are empty. Setting aside happens in one
 * transaction together with a journal of how to put everything back, in the target's schema `pgark`, so that a
 * crash at any point loses nothing: the next restore finds the journal and puts things back first. No superuser
 * is needed, only the owner of the tables.
 */
import { isPgarkError, PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { OBSTACLES } from "./obstacles.ts";
import type { Task } from "./schedule.ts";
import { inTransaction } from "./transaction.ts";

/** One thing that was set aside. */
export interface SetAside {
  readonly id: number;
  readonly kind: "foreign key" | "trigger" | "index";
  /** As a person would write it. */
  readonly object: string;
  /** OIDs of the tables it has to do with, for the scheduler's locks. */
  readonly tables: readonly number[];
  /** The statements that put it back. */
  readonly putBack: readonly string[];
}

interface Obstacle extends Omit<SetAside, "id"> {
  readonly remove: string;
}

const CREATE_JOURNAL = `
  CREATE SCHEMA IF NOT EXISTS pgark;
  CREATE TABLE IF NOT EXISTS pgark.set_aside (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    object text NOT NULL,
    tables oid[] NOT NULL,
    put_back text[] NOT NULL,
    set_aside_at timestamptz NOT NULL DEFAULT now());`;
const DROP_JOURNAL = "DROP TABLE IF EXISTS pgark.set_aside;";
const JOURNAL = /* sql */ `
  select id::float8 as id, kind, object, tables::int8[]::float8[] as tables, put_back as "putBack" from pgark.set_aside order by id`;
const HAS_JOURNAL = /* sql */ `
  select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = 'pgark' and c.relname = 'set_aside'`;

/** What an earlier restore left set aside; empty when it ended properly. */
export async function readSetAside(session: Session): Promise<readonly SetAside[]> {
  const there = await session.query(HAS_JOURNAL);
  return there.length === 0 ? [] : session.query<SetAside>(JOURNAL);
}

/**
 * Sets aside what stands in the way of rows for the tables with these OIDs. Throws PERMISSION_DENIED, naming the
 * object, when the role is not the owner of a table; nothing is changed then.
 */
export async function setAside(session: Session, tables: readonly number[], options: { readonly fireTriggers: boolean; readonly inTransaction: boolean }): Promise<readonly SetAside[]> {
  const obstacles = (await session.query<Obstacle>(OBSTACLES, [tables])).filter(({ kind }) => kind !== "trigger" || !options.fireTriggers);
  if (obstacles.length === 0) return [];
  return inTransaction(session, options.inTransaction, async () => {
    await session.execute(CREATE_JOURNAL);
    for (const { remove, kind, object, tables: touched, putBack } of obstacles) {
      await session.execute(remove).catch((error: unknown) => {
        throw explained(error, object);
      });
      await session.query(`insert into pgark.set_aside (kind, object, tables, put_back) values ($1, $2, $3::oid[], $4::text[])`, [kind, object, touched, putBack]);
    }
    return session.query<SetAside>(JOURNAL);
  });
}

/** The tasks that put things back: indexes of a table side by side, foreign keys when the indexes are there, triggers last. */
export function putBackTasks(journal: readonly SetAside[], onDone: (one: SetAside) => void, alreadyInTransaction: boolean): readonly Task[] {
  const idsOf = (kind: SetAside["kind"]) => journal.filter((one) => one.kind === kind).map(({ id }) => taskId(id));
  return journal.map((one) => ({
    id: taskId(one.id),
    needs: one.kind === "index" ? [] : one.kind === "foreign key" ? idsOf("index") : [...idsOf("index"), ...idsOf("foreign key")],
    locks: new Map(one.tables.map((table) => [table, one.kind === "index" ? "share" : "exclusive"])),
    weight: one.kind === "index" ? 1 : 0,
    run: async (session) => {
      await putBack(session, one, alreadyInTransaction);
      onDone(one);
    },
  }));
}

/** The journal goes when it is empty; the schema too, unless something else is in it. */
export async function dropJournal(session: Session): Promise<void> {
  await session.execute(DROP_JOURNAL);
  await session.execute("DROP SCHEMA IF EXISTS pgark RESTRICT").catch((error: unknown) => {
    // Something else lives there: it stays.
    if (!isPgarkError(error) || error.sqlState !== "2BP01") throw error;
  });
}

async function putBack(session: Session, { id, putBack: statements, object }: SetAside, alreadyInTransaction: boolean): Promise<void> {
  try {
    await inTransaction(session, alreadyInTransaction, async () => {
      for (const statement of statements) await session.execute(statement);
      await session.execute(`DELETE FROM pgark.set_aside WHERE id = ${id}`);
    });
  } catch (error) {
    if (!isPgarkError(error)) throw error;
    throw new PgarkError(error.code, `could not put back ${object}: ${error.message}`, {
      object,
      sqlState: error.sqlState,
      cause: error,
      hint: "It is kept in pgark.set_aside with the statements that put it back.",
    });
  }
}

function taskId(id: number): string {
  return `put back ${id}`;
}

function explained(error: unknown, object: string): unknown {
  if (!isPgarkError(error, "PERMISSION_DENIED")) return error;
  return new PgarkError("PERMISSION_DENIED", `${object} must be set aside while rows are loaded, and only the table's owner may do that: ${error.message}`, {
    object,
    sqlState: error.sqlState,
    cause: error,
    hint: "Restore as the tables' owner.",
  });
}
