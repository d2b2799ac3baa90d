/** `pgark sql`: an archive as plain SQL that psql loads, so that nobody needs pgark to get at the rows. */
import type { Command } from "commander";
import { addVerb, type CommonFlags, run } from "../context.ts";
import { openArchive } from "../open.ts";
import { writeOut } from "../stdout.ts";

interface Flags extends CommonFlags {
  readonly globals?: true;
}

export function sql(program: Command): void {
  addVerb(program, "sql", "Print an archive as plain SQL for psql.")
    .argument("<archive>")
    .option("--globals", "the roles, tablespaces and privileges on parameters that the archive holds, before all else")
    .addHelpText("after", "\nExample:\n  pgark sql shop.ark | psql -X -v ON_ERROR_STOP=1 shop_copy")
    .action((archive: string, flags: Flags) =>
      run(
        flags,
        async ({ io, signal }) => {
          await using opened = await openArchive(archive, { io, signal });
          await writeOut(opened.sql({ globals: flags.globals }));
        },
        { dataOnStdout: true },
      ),
    );
}
