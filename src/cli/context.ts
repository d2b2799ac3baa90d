/** What every verb is given to work with, and the frame that runs it: printer, cancelling, exit code. */
import type { Command } from "commander";
import { type Io, nodeIo } from "../io/io.ts";
import { EXIT, EXIT_CODES_HELP, type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { jsonPrinter } from "./print-json.ts";
import { textPrinter } from "./print-text.ts";
import type { Printer } from "./printer.ts";

export interface Context {
  readonly printer: Printer;
  readonly signal: AbortSignal;
  readonly io: Io;
}

/** The flags of every verb. */
export interface CommonFlags {
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly project?: string;
}

/** Does a verb's work. What it returns is the exit code; nothing means done. What it throws is printed. */
export type Work = (context: Context) => Promise<ExitCode | void>;

export interface Frame {
  /** stdout carries the data itself, so every word goes to stderr. Default: false. */
  readonly dataOnStdout?: boolean;
}

/** Adds a verb with the flags and the help that all verbs share. */
export function addVerb(program: Command, nameAndArguments: string, description: string): Command {
  return program
    .command(nameAndArguments)
    .description(description)
    .option("--json", "one JSON object per line on stdout (stderr where the data goes to stdout), the last one the result")
    .option("-q, --quiet", "no progress and no report; warnings and errors only")
    .option("-v, --verbose", "every table and object; causes of errors")
    .option("--project <folder>", "the folder whose pgark.config.ts and backups are meant (default: this one)")
    .addHelpText("after", EXIT_CODES_HELP);
}

/** Runs the work of a verb to its exit code. It never throws. */
export async function run(flags: CommonFlags, work: Work, { dataOnStdout = false }: Frame = {}): Promise<void> {
  const out = dataOnStdout ? process.stderr : process.stdout;
  const verbosity = { quiet: flags.quiet === true, verbose: flags.verbose === true };
  const printer = flags.json === true ? jsonPrinter(out, nodeIo, verbosity) : textPrinter(out, process.stderr, nodeIo, verbosity);
  const interrupt = listenForInterrupt((name) => printer.say(`${name}: cancelling; once more leaves at once`));
  try {
    process.exitCode = (await work({ printer, signal: interrupt.signal, io: nodeIo })) ?? EXIT.done;
  } catch (error) {
    const exitCode = interrupt.exitCode() ?? exitCodeOf(error);
    printer.close();
    // An exit code of a signal is one of ours: 130, 143, or 129 by SIGHUP.
    printer.fail(interrupt.signal.aborted ? interrupt.signal.reason : error, exitCode as ExitCode);
    process.exitCode = exitCode;
  } finally {
    printer.close();
  }
  // A cancelled run may leave a socket that waits for a dead server; nothing of it matters any more.
  if (interrupt.signal.aborted) setTimeout(() => process.exit(), 3000).unref();
}
