/** `restore --migrate-to-archive`: an archive's rows at the level they were dumped at, and the later migrations over them. */
import { resolve } from "node:path";
import { PgarkError } from "../errors.ts";
import type { MigratedRestoreReport } from "../index.ts";
import type { RestoreOptions } from "../options.ts";
import type { Context } from "./context.ts";
import { plain } from "./plain.ts";
import { restoreText } from "./reports.ts";
import { exitCodeOfReport, type Outcome, type Target } from "./restoring.ts";
import { counted } from "./units.ts";

/** Restores one archive through the target's migrations; `archive` is a path. `dryRun` and `-` are refused. */
export async function migrateToArchive(context: Context, archive: string, target: Target, dryRun: boolean, options: RestoreOptions): Promise<Outcome> {
  if (archive === "-") throw new PgarkError("USAGE", "the archive's level must be known before its rows are read, and the target migrated between; --migrate-to-archive does not go with -");
  if (dryRun) throw new PgarkError("USAGE", "what the rows meet is known when the migrations have run; --migrate-to-archive does not go with --dry-run");
  if (target.migrationsFolder === undefined || target.migrationsTable === undefined) {
    throw new PgarkError("USAGE", "--migrate-to-archive needs the database's migrations folder", { hint: "Name a database of the configuration that has one, with --db NAME." });
  }
  const { restoreThroughMigrations } = await import("../index.ts");
  const migrations = { folder: target.migrationsFolder, ...target.migrationsTable };
  // What the configuration says of renamed tables is meant for the head: the archive's own level has the archive's names.
  const report = await restoreThroughMigrations(resolve(archive), target.settings, { ...options, mapping: undefined, migrations });
  for (const warning of [...report.warnings, ...report.restore.warnings]) context.printer.onEvent({ type: "warning", warning });
  return { data: report, text: migratedText(report), exitCode: exitCodeOfReport(report.restore) };
}

function migratedText({ level, migratedTo, restore, migratedForward }: MigratedRestoreReport): string {
  const before = migratedTo.length === 0 ? `at the archive's level, ${plain(level)}` : `migrated to the archive's level, ${plain(level)}: ${counted(migratedTo.length, "migration")}`;
  const after = migratedForward.length === 0 ? "no later migrations to run" : `migrated over the rows: ${migratedForward.map(plain).join(", ")}`;
  return `${before}\n\n${restoreText(restore)}\n${after}`;
}
