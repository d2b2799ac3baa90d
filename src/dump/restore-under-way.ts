/**
 * A source into which a restore is running, or was when it was interrupted: its journal, schema pgark, means something there
 * and nowhere else, so it is left out, and said. What the restore has brought so far is dumped as it stands.
 */
import type { Warning } from "../events.ts";
import type { SelectionOptions } from "../options.ts";
import type { Session } from "../session/session.ts";

/** A schema of that name may be somebody else's: the journal is the one with these tables. */
const JOURNAL = /* sql */ `
  select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'pgark' and c.relname in ('set_aside', 'run') and c.relkind = 'r'
  having count(*) = 2`;

/** The warning; null when no restore is under way. */
export async function readRestoreUnderWay(session: Session): Promise<Warning | null> {
  if ((await session.query(JOURNAL)).length === 0) return null;
  return {
    code: "RESTORE_UNDER_WAY",
    object: "schema pgark",
    message: "a restore into this database is running or was interrupted, so rows and definitions may be incomplete; its journal, schema pgark, is left out",
  };
}

/** The selection without the journal, whatever else its patterns fit. */
export function withoutJournal<Options extends SelectionOptions>(options: Options): Options {
  return { ...options, excludeSchemas: [...(options.excludeSchemas ?? []), "pgark"], excludeTables: [...(options.excludeTables ?? []), "pgark.*"] };
}
