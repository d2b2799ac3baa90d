#!/usr/bin/env node
/**
 * The command line: words in, exit code out. It imports nothing of the engine but `src/index.ts`, and that only when a verb
 * runs, so that `--help` is quick; the ground (errors, events, options, report, io) is shared. All printing is here.
 */
import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import { PgarkError } from "../errors.ts";
import { nodeIo } from "../io/io.ts";
import { backup } from "./commands/backup.ts";
import { cat } from "./commands/cat.ts";
import { doctor } from "./commands/doctor.ts";
import { down } from "./commands/down.ts";
import { drill } from "./commands/drill.ts";
import { list } from "./commands/list.ts";
import { migrate } from "./commands/migrate.ts";
import { nuke } from "./commands/nuke.ts";
import { restore } from "./commands/restore.ts";
import { restoreAll } from "./commands/restore-all.ts";
import { seed } from "./commands/seed.ts";
import { show } from "./commands/show.ts";
import { sql } from "./commands/sql.ts";
import { status } from "./commands/status.ts";
import { up } from "./commands/up.ts";
import { verify } from "./commands/verify.ts";
import { EXIT_CODES_HELP, exitCodeOf } from "./exit-codes.ts";
import { jsonPrinter } from "./print-json.ts";
import { textPrinter } from "./print-text.ts";
import { refuseSecrets } from "./secrets.ts";
import { guardStdout } from "./stdout.ts";

/** In the order of the help. */
const VERBS = [up, down, status, nuke, migrate, seed, backup, restore, restoreAll, list, show, verify, cat, sql, drill, doctor];

const EXAMPLES = `
Examples:
  pgark backup rulesdb                              a verified archive in backups/
  pgark backup --url postgres://me@db.example/shop  any database; the password from PGPASSWORD or ~/.pgpass
  pgark restore backups/rulesdb-latest.ark --db rulesdb
  pgark backup --url service=live -o - | pgark restore - --url service=copy
  pgark verify backups/*.ark                        every byte, without a server
  pgark drill                                       does a restore give back what was backed up?
  pgark doctor                                      what is missing here, and the fix for each`;

export function createProgram(): Command {
  const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
  const program = new Command("pgark")
    .description("PostgreSQL backup and restore without pg_dump: one verifiable archive, parallel, and an accounting that balances.")
    .version(version)
    .helpCommand(false)
    .configureHelp({ helpWidth: process.stdout.columns ?? 100 })
    .addHelpText("after", `${EXAMPLES}\n${EXIT_CODES_HELP}`);
  for (const verb of VERBS) verb(program);
  // What is wrong with the words is thrown here and printed below, as text or as JSON.
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ outputError: () => {} });
  return program;
}

async function main(words: readonly string[]): Promise<void> {
  guardStdout();
  const program = createProgram();
  try {
    refuseSecrets(words);
    if (words.length === 0) program.help({ error: true });
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    // The help or the version was asked for and shown.
    if (error instanceof CommanderError && error.exitCode === 0 && words.length > 0) return;
    const failure = error instanceof CommanderError ? usageError(error, words) : error;
    const verbosity = { quiet: false, verbose: words.includes("--verbose") || words.includes("-v") };
    const printer = words.includes("--json") ? jsonPrinter(process.stdout, nodeIo, verbosity) : textPrinter(process.stdout, process.stderr, nodeIo, verbosity);
    process.exitCode = exitCodeOf(failure);
    printer.fail(failure, exitCodeOf(failure));
    printer.close();
  }
}

function usageError(error: CommanderError, words: readonly string[]): PgarkError {
  if (words.length === 0) return new PgarkError("USAGE", "say what to do, with one of the verbs above");
  const verb = words.find((word) => !word.startsWith("-")) ?? "";
  return new PgarkError("USAGE", error.message.replace(/^error: /, ""), { hint: `pgark ${/^[a-z-]+$/.test(verb) && error.code !== "commander.unknownCommand" ? `${verb} ` : ""}--help tells what there is.` });
}

await main(process.argv.slice(2));
