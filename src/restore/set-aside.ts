/**
 * What stands in the way of rows that come in any order is set aside while they load: foreign keys, triggers of
 * users, and secondary indexes of tables that are empty. Setting aside happens in one transaction together with the
 * journal, so that a crash at any point loses nothing. No superuser is needed, only the owner of the tables.
 */
import { isPgarkError, PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { addToJournal, createJournal, readJournal, removeFromJournal, type SetAside } from "./journal.ts";
import { type KeyParts, putPartsBack } from "./key-parts.ts";
import { obstacles } from "./obstacles.ts";
import { inTransaction } from "./transaction.ts";

interface Obstacle extends Omit<SetAside, "id"> {
  readonly remove: string;
  /** A foreign key's. */
  readonly parts: KeyParts | null;
  /** The statement that checks a foreign key, where it comes back unchecked. */
  readonly check: string | null;
  readonly ofTrigger: boolean;
}

export interface SetAsideOptions {
  /** OIDs of the tables that rows go into straight: they are empty, so that their indexes can come later. */
  readonly tables: readonly number[];
  /** OIDs of tables that rows are merged into. Default: none. */
  readonly merged?: readonly number[];
  /** `TableForeignKey.rootOid` of the foreign keys to set aside, whosever they are. Default: all of `tables` and `merged`. */
  readonly foreignKeys?: readonly number[];
  /** How their emptiness is put back, should the restore fail. */
  readonly rows: readonly Omit<SetAside, "id">[];
  readonly fireTriggers: boolean;
  /** Whether unique indexes stay, because they are to refuse rows. Default: false. */
  readonly keepUnique?: boolean;
  /** Whether the caller has begun a transaction. */
  readonly singleTransaction: boolean;
  /** Whether the journal is written. Default: unless everything is one transaction, whose rollback puts all back. */
  readonly journal?: boolean;
}

/**
 * Sets aside what stands in the way and gives everything that is to be put back. Throws PERMISSION_DENIED, naming
 * the object, when the role is not the owner of a table; nothing is changed then.
 */
export async function setAside(session: Session, options: SetAsideOptions): Promise<readonly SetAside[]> {
  const { tables, merged = [], foreignKeys = null, rows, fireTriggers, keepUnique = false, singleTransaction, journal = !singleTransaction } = options;
  return inTransaction(session, singleTransaction, async () => {
    if (journal) await createJournal(session);
    const found = await session.query<Obstacle>(obstacles(session.serverVersion), [tables, merged, foreignKeys, keepUnique]);
    const inTheWay = found.filter(({ ofTrigger }) => !ofTrigger || !fireTriggers).map((one) => ({ ...one, putBack: wholePutBack(one) }));
    for (const { remove, object } of inTheWay) {
      await session.execute(remove).catch((error: unknown) => {
        throw explained(error, object);
      });
    }
    if (!journal) return inTheWay.map(({ kind, object, rank, tables, putBack }, index) => ({ id: index + 1, kind, object, rank, tables, putBack }));
    const halfBack = new Map((await readJournal(session)).map((one) => [`${one.kind} ${one.object}`, one]));
    for (const one of [...rows, ...inTheWay]) await note(session, one, halfBack.get(`${one.kind} ${one.object}`));
    return readJournal(session);
  });
}

/** The check comes last: what it finds leaves the rest as it was. */
function wholePutBack({ putBack, parts, check }: Obstacle): readonly string[] {
  return [...putBack, ...(parts === null ? [] : putPartsBack(parts)), ...(check === null ? [] : [check])];
}

/** A foreign key may be back and not yet checked: it comes back as it is now, and then as the journal says. */
async function note(session: Session, one: Omit<SetAside, "id">, halfBack: SetAside | undefined): Promise<void> {
  if (halfBack === undefined || one.kind !== "foreign key") return addToJournal(session, one);
  await removeFromJournal(session, halfBack.id);
  const rest = halfBack.putBack.filter((statement) => !one.putBack.includes(statement));
  await addToJournal(session, { ...one, putBack: [...one.putBack, ...rest] });
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
