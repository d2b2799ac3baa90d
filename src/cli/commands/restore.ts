/** `pgark restore`: an archive into a database, with an accounting that balances. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { PgarkError } from "../../errors.ts";
import { addVerb, type Context, run } from "../context.ts";
import { openProject } from "../project.ts";
import { addRestoreFlags, type RestoreFlags, restoreOne, type Target, targetOf } from "../restoring.ts";
import { addSelection, addUseList } from "../selection-flags.ts";

interface Flags extends RestoreFlags {
  readonly db?: string;
  readonly url?: string;
}

export function restore(program: Command): void {
  const verb = addVerb(program, "restore", "Restore an archive into a database.")
    .argument("<archive>", "the archive's file, or - for stdin")
    .option("--db <name>", "into this database of the configuration")
    .option("--url <settings>", "into any database: a URL or key=value text without a password")
    .option("--create", "create the archive's database first, on the target's server")
    .option("--globals", "first make the archive's roles, tablespaces and privileges on parameters that the server lacks")
    .option("--clean", "drop the archive's objects from the target first");
  addRestoreFlags(addUseList(addSelection(verb))).action((archive: string, flags: Flags) => run(flags, (context) => work(context, archive, flags)));
}

async function work(context: Context, archive: string, flags: Flags) {
  const target = await chooseTarget(context, flags);
  const { data, text, exitCode } = await restoreOne(context, archive, target, flags);
  if (flags.dryRun === true) context.printer.answer("restore", data, text, exitCode);
  else context.printer.report("restore", data, text, exitCode);
  return exitCode;
}

async function chooseTarget(context: Context, flags: Flags): Promise<Target> {
  if ((flags.db === undefined) === (flags.url === undefined)) {
    throw new PgarkError("USAGE", "say where to restore to, with one of --db NAME and --url SETTINGS");
  }
  if (flags.url !== undefined) return { settings: flags.url, protected: false, merge: {}, backupsFolder: resolve("backups") };
  const project = await openProject(flags, context.io);
  return targetOf(project.database(flags.db ?? ""), project.backupsFolder);
}
