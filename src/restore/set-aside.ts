/**
 * What stands in the way of rows that come in any order is set aside while they load: foreign keys, triggers of
 * users, and secondary indexes of tables that are empty. Setting aside happens in one transaction together with the
 * journal, so that a crash at any point loses nothing. No superuser is needed, only the owner of the tables.
 */
import { isPgarkError, PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { addToJournal, createJournal, readJournal, type SetAside } from "./journal.ts";
import { OBSTACLES } from "./obstacles.ts";
import { inTransaction } from "./transaction.ts";

interface Obstacle extends Omit<SetAside, "id"> {
  readonly remove: string;
}

export interface SetAsideOptions {
  /** OIDs of the tables that rows go into. */
  readonly tables: readonly number[];
  /** How their emptiness is put back, should the restore fail. */
  readonly rows: readonly Omit<SetAside, "id">[];
  readonly fireTriggers: boolean;
  /** Whether everything is one transaction, whose rollback puts all back: then no journal is written. */
  readonly singleTransaction: boolean;
}

/**
 * Sets aside what stands in the way and gives everything that is to be put back. Throws PERMISSION_DENIED, naming
 * the object, when the role is not the owner of a table; nothing is changed then.
 */
export async function setAside(session: Session, options: SetAsideOptions): Promise<readonly SetAside[]> {
  const { tables, rows, fireTriggers, singleTransaction } = options;
  return inTransaction(session, singleTransaction, async () => {
    if (!singleTransaction) await createJournal(session);
    const obstacles = (await session.query<Obstacle>(OBSTACLES, [tables])).filter(({ kind }) => kind !== "trigger" || !fireTriggers);
    for (const { remove, object } of obstacles) {
      await session.execute(remove).catch((error: unknown) => {
        throw explained(error, object);
      });
    }
    if (singleTransaction) return obstacles.map(({ kind, object, rank, tables, putBack }, index) => ({ id: index + 1, kind, object, rank, tables, putBack }));
    for (const one of [...rows, ...obstacles]) await addToJournal(session, one);
    return readJournal(session);
  });
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
