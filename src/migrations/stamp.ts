/** Says where a database stands, without running anything. */
import { qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { levelOf } from "./folder.ts";
import type { MigrationFolder } from "./folder.ts";
import { DRIZZLE_JOURNAL, type JournalTable } from "../options.ts";
import { compareLevels } from "./journal.ts";
import { inJournal, writeRow } from "./write-journal.ts";

export interface StampOptions {
  /** Default: `drizzle.__drizzle_migrations`. */
  readonly journal?: JournalTable | undefined;
  /** Also forget migrations that the folder does not know. Default: false, and stamping is refused when there are any. */
  readonly purge?: boolean | undefined;
}

export interface StampResult {
  /** Tags that the journal now has and had not. */
  readonly marked: readonly string[];
  /** Tags, or hashes of unknown migrations, that the journal had and has no more. */
  readonly forgotten: readonly string[];
  /** Tags whose file was edited since; the journal now has the new content's hash. */
  readonly corrected: readonly string[];
}

/**
 * Makes the journal say exactly the level `tag` (`head` for the newest, `base` for none): what leads there is marked
 * as applied, what lies beyond is forgotten, and no migration runs in either direction. A journal that already says so is not
 * touched. Throws `USAGE` for an unknown tag and `DRIFT`, unless `purge`, when the journal names migrations that the folder lacks.
 */
export async function stamp(session: Session, folder: MigrationFolder, tag: string, options: StampOptions = {}): Promise<StampResult> {
  const wanted = folder.migrations.slice(0, tag === "base" ? 0 : levelOf(folder, tag));
  const table = options.journal ?? DRIZZLE_JOURNAL;

  return inJournal(session, folder, table, async (level) => {
    const before = compareLevels(folder, level.applied);
    if (before.unknown.length > 0 && options.purge !== true) refuseUnknown(folder, before.unknown);
    const tags = wanted.map((migration) => migration.tag);
    const result: StampResult = {
      marked: tags.filter((name) => before.pending.includes(name)),
      forgotten: [...before.applied.filter((name) => !tags.includes(name)), ...before.unknown],
      corrected: tags.filter((name) => before.edited.includes(name)),
    };
    if (result.marked.length + result.forgotten.length + result.corrected.length === 0) return result;
    // Rows hold nothing but the level, and their ids follow its order when all are written anew.
    await session.execute(`delete from ${qualified(table.schema, table.table)}`);
    for (const migration of wanted) await writeRow(session, folder, table, level, migration);
    return result;
  });
}

function refuseUnknown(folder: MigrationFolder, unknown: readonly string[]): never {
  throw new PgarkError("DRIFT", `the journal names ${unknown.length} migrations that ${folder.path} lacks: ${unknown.join(", ")}`, {
    object: folder.path,
    hint: "Stamp from the folder they come from, or purge them.",
  });
}
