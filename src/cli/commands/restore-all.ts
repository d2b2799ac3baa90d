/** `pgark restore-all`: both application databases from an archive each; neither is touched when one would be refused. */
import type { Command } from "commander";
import { addVerb, type Context, run } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { openProject } from "../project.ts";
import { addRestoreFlags, type Outcome, refuseEarly, type RestoreFlags, restoreOne, targetOf } from "../restoring.ts";
import { addSelection } from "../selection-flags.ts";

export function restoreAll(program: Command): void {
  const verb = addVerb(program, "restore-all", "Restore rulesdb and memorydb from an archive each.")
    .argument("<rulesdb-archive>")
    .argument("<memorydb-archive>");
  addRestoreFlags(addSelection(verb)).action((rulesdb: string, memorydb: string, flags: RestoreFlags) =>
    run(flags, (context) => work(context, { rulesdb, memorydb }, flags)),
  );
}

async function work(context: Context, archives: Readonly<Record<string, string>>, flags: RestoreFlags) {
  const project = await openProject(flags, context.io);
  const pairs = Object.entries(archives).map(([name, archive]) => ({ name, archive, target: targetOf(project.database(name), project.backupsFolder) }));
  if (flags.dryRun !== true) for (const { archive, target } of pairs) await refuseEarly(context, archive, target, flags);
  const outcomes: Outcome[] = [];
  for (const { name, archive, target } of pairs) {
    const outcome = await restoreOne(context, archive, target, flags);
    outcomes.push(outcome);
    context.printer.part("restored", { database: name, ...outcome.data }, `${outcome.text}\n`);
  }
  const exitCode = worstOf(outcomes.map((outcome) => outcome.exitCode));
  context.printer.report("restore-all", { databases: outcomes.map((outcome) => outcome.data) }, "", exitCode);
  return exitCode;
}

/** A failure counts for more than a refusal, and a refusal for more than rejected rows. */
function worstOf(exitCodes: readonly ExitCode[]): ExitCode {
  return [EXIT.failed, EXIT.refused, EXIT.rejected].find((exitCode) => exitCodes.includes(exitCode)) ?? exitCodes.find((exitCode) => exitCode !== EXIT.done) ?? EXIT.done;
}
