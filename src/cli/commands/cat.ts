/** `pgark cat`: the rows of one table of an archive, for a look or for another program. No server is needed. */
import { type Command, Option } from "commander";
import { addVerb, type CommonFlags, run } from "../context.ts";
import { openArchive } from "../open.ts";
import { writeOut } from "../stdout.ts";

interface Flags extends CommonFlags {
  readonly format: "csv" | "jsonl" | "copy";
}

export function cat(program: Command): void {
  addVerb(program, "cat", "Print the rows of one table of an archive.")
    .argument("<archive>")
    .argument("<table>", "schema.table")
    .addOption(new Option("--format <format>", "csv with a header, JSON lines, or COPY's text format").choices(["csv", "jsonl", "copy"]).default("csv"))
    .action((archive: string, table: string, flags: Flags) =>
      run(
        flags,
        async ({ io, signal }) => {
          await using opened = await openArchive(archive, { io, signal });
          await writeOut(opened.print(table, flags.format));
        },
        { dataOnStdout: true },
      ),
    );
}
