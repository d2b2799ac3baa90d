/** `pgark restore-all`: both application databases from an archive each; neither is touched when one would be refused. */
import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { isPgarkError, type PgarkError } from "../../errors.ts";
import { addVerb, type Context, run } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { openProject } from "../project.ts";
import { addRestoreFlags, type Outcome, refuseEarly, type RestoreFlags, type Restoring, restoreOne, targetOf } from "../restoring.ts";
import { addSelection } from "../selection-flags.ts";

export function restoreAll(program: Command): void {
  const verb = addVerb(program, "restore-all", "Restore rulesdb and memorydb from an archive each.")
    .argument("<rulesdb-archive>")
    .argument("<memorydb-archive>");
  addRestoreFlags(addSelection(verb)).action((rulesdb: string, memorydb: string, flags: RestoreFlags) =>
    run(flags, (context) => work(context, { rulesdb, memorydb }, flags)),
  );
}

interface NamedRestoring extends Restoring {
  readonly name: string;
}

async function work(context: Context, archives: Readonly<Record<string, string>>, flags: RestoreFlags) {
  const project = await openProject(flags, context.io);
  const restores = Object.entries(archives).map(([name, archive]): NamedRestoring => ({ name, archive, target: targetOf(project.database(name), project.backupsFolder), flags: { ...flags, ...rejectsFileOf(flags, name) } }));
  if (flags.dryRun !== true) await refuseEarly(context, restores, flags.yes ?? []);
  const outcomes: Outcome[] = [];
  for await (const { name, outcome } of oneByOne(context, restores, flags)) {
    outcomes.push(outcome);
    context.printer.part("restored", { database: name, ...outcome.data }, `${outcome.text}\n`);
  }
  const exitCode = worstOf(outcomes.map((outcome) => outcome.exitCode));
  context.printer.report("restore-all", { databases: outcomes.map((outcome) => outcome.data) }, "", exitCode);
  return exitCode;
}

interface NamedOutcome {
  readonly name: string;
  readonly outcome: Outcome;
}

/**
 * With `--resume`, the first database that has an interrupted restore goes on with it: those before it are complete, those
 * after it were never begun. Where none has, the last one's refusal is thrown.
 */
async function* oneByOne(context: Context, restores: readonly NamedRestoring[], { resume }: RestoreFlags): AsyncGenerator<NamedOutcome> {
  let begun = resume !== true;
  for (const [index, { name, archive, target, flags: { resume: _, ...flags } }] of restores.entries()) {
    try {
      const outcome = await restoreOne(context, archive, target, begun ? flags : { ...flags, resume: true }, "yes");
      begun = true;
      yield { name, outcome };
    } catch (error) {
      if (begun || !isNotUnderWay(error) || index === restores.length - 1) throw error;
      context.printer.say(`${name}: ${error.message}; taken as complete`);
    }
  }
}

/** An interrupted restore of another archive, or with other options, has the same code, and ends the run. */
function isNotUnderWay(error: unknown): error is PgarkError {
  return isPgarkError(error, "NOT_RESUMABLE") && error.message.startsWith("no interrupted restore");
}

/** One file each: `rulesdb-rejects.jsonl` for `rejects.jsonl`. */
function rejectsFileOf({ rejectsFile }: RestoreFlags, name: string): Pick<RestoreFlags, "rejectsFile"> {
  return rejectsFile === undefined ? {} : { rejectsFile: join(dirname(rejectsFile), `${name}-${basename(rejectsFile)}`) };
}

/** A failure counts for more than a refusal, and a refusal for more than rejected rows. */
function worstOf(exitCodes: readonly ExitCode[]): ExitCode {
  return [EXIT.failed, EXIT.refused, EXIT.rejected].find((exitCode) => exitCodes.includes(exitCode)) ?? exitCodes.find((exitCode) => exitCode !== EXIT.done) ?? EXIT.done;
}
