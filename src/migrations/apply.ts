/** Brings a database to a level of a folder: all migrations that are missing, in one transaction. */
import { PgarkError, messageOf } from "../errors.ts";
import { teller } from "../events.ts";
import type { Listener } from "../events.ts";
import { nodeIo } from "../io/io.ts";
import type { Io } from "../io/io.ts";
import type { Session } from "../session/session.ts";
import { levelOf } from "./folder.ts";
import type { Migration, MigrationFolder } from "./folder.ts";
import { DRIZZLE_JOURNAL, type JournalTable } from "../options.ts";
import { compareLevels } from "./journal.ts";
import type { Comparison, Level } from "./journal.ts";
import { inJournal, writeRow } from "./write-journal.ts";

export interface MigrateOptions {
  /** The last migration to apply. Default: `head`, all of them. */
  readonly to?: string | undefined;
  /** Default: `drizzle.__drizzle_migrations`. */
  readonly journal?: JournalTable | undefined;
  /** Told a `step` before and an `object` after each migration. */
  readonly onEvent?: Listener | undefined;
  /** For the clock. Default: the real one. */
  readonly io?: Io | undefined;
  /** Run in the transaction before anything else, told where the database stands. What it throws rolls everything back. */
  readonly onBegin?: ((level: Level) => Promise<void>) | undefined;
  /** Run in the transaction after the last migration, told which were applied. What it throws rolls everything back. */
  readonly beforeCommit?: ((applied: readonly string[]) => Promise<void>) | undefined;
}

export interface MigrateResult {
  /** Tags, in the order they ran; empty when there was nothing to do. */
  readonly applied: readonly string[];
  /** How the folder and the database compared before. */
  readonly before: Comparison;
}

/**
 * Applies what is missing up to and including `to`. One transaction for all, as drizzle does it: a failure leaves the database as
 * it was. It never goes back: a database beyond `to` stays where it is, and one that is newer than the folder is left alone.
 *
 * Throws `SQL_FAILED` (or what the server's refusal means) with the migration, the statement and the server's words, and `DRIFT`,
 * before anything ran, where drizzle would guess: when the database has migrations that the folder lacks while others are
 * pending, and, in 0.45 folders, when a pending one is older than an applied one, which drizzle 0.45 passes over in silence.
 */
export async function migrate(session: Session, folder: MigrationFolder, options: MigrateOptions = {}): Promise<MigrateResult> {
  const target = levelOf(folder, options.to ?? "head");
  const table = options.journal ?? DRIZZLE_JOURNAL;
  const tell = teller(options.onEvent);
  const io = options.io ?? nodeIo;

  return inJournal(session, folder, table, async (level) => {
    await options.onBegin?.(level);
    const before = compareLevels(folder, level.applied);
    const pending = folder.migrations.slice(0, target).filter((migration) => before.pending.includes(migration.tag));
    if (pending.length > 0) refuseGuess(folder, before);
    for (const migration of pending) {
      const started = io.tickMs();
      tell({ type: "step", step: "migrate", detail: migration.tag });
      await run(session, migration);
      await writeRow(session, folder, table, level, migration);
      tell({ type: "object", action: "created", kind: "migration", name: migration.tag, seconds: (io.tickMs() - started) / 1000 });
    }
    const applied = pending.map((migration) => migration.tag);
    await options.beforeCommit?.(applied);
    return { applied, before };
  });
}

async function run(session: Session, migration: Migration): Promise<void> {
  for (const [at, statement] of migration.statements.entries()) {
    try {
      await session.execute(statement);
    } catch (cause) {
      const known = cause instanceof PgarkError ? cause : undefined;
      throw new PgarkError(known?.code ?? "SQL_FAILED", `migration ${migration.tag}, statement ${at + 1} of ${migration.statements.length}: ${messageOf(cause)}`, {
        object: `migration ${migration.tag}`,
        hint: known?.hint,
        sqlState: known?.sqlState,
        cause,
      });
    }
  }
}

function refuseGuess(folder: MigrationFolder, before: Comparison): void {
  if (before.state !== "diverged") return;
  // drizzle 1.0 goes by name, so that a migration from a merged branch may well be older than the last one applied.
  if (before.unknown.length === 0 && folder.shape === "folders") return;
  const why =
    before.unknown.length > 0
      ? `the database has migrations that ${folder.path} lacks (${before.unknown.join(", ")}), while ${before.pending.join(", ")} are pending`
      : `${before.pending[0]} is pending although a later migration, ${before.applied.at(-1)}, is applied`;
  throw new PgarkError("DRIFT", `${why}; expected the database to stand at a level of the folder`, {
    object: folder.path,
    hint: "Bring the folder and the database together, or say where the database really stands with migrate --stamp TAG.",
  });
}
