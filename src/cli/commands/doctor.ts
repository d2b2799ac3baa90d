/** `pgark doctor`: what is missing or wrong here, and the fix for each. It changes nothing. */
import type { Command } from "commander";
import type { Finding } from "../../index.ts";
import { addVerb, type CommonFlags, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { plain } from "../plain.ts";
import { openProject } from "../project.ts";

interface Flags extends CommonFlags {
  readonly url?: string;
}

export function doctor(program: Command): void {
  addVerb(program, "doctor", "Tell what is missing or wrong here, with the fix for each. Exits 1 when something is bad.")
    .option("--url <settings>", "look at this database instead of those of the configuration: a URL or key=value text without a password")
    .action((flags: Flags) =>
      run(flags, async ({ io, signal, printer }) => {
        const { databaseNameOf, examine } = await import("../../index.ts");
        const { config, backupsFolder, databases } = await openProject(flags, io);
        const patients =
          flags.url === undefined
            ? databases.map(({ name, urlFrom, urlVariable, extensions, url }) => ({ name, urlVariable, extensions, url: urlFrom === "nowhere" ? undefined : url() }))
            : [{ name: await databaseNameOf(flags.url), urlVariable: "--url", extensions: [], url: flags.url }];
        const findings = await examine({ databases: patients, projectFolder: config.folder, backupsFolder }, { io, signal });
        const exitCode = findings.some(({ state }) => state === "bad") ? EXIT.failed : EXIT.done;
        printer.answer("doctor", { findings }, findingsText(findings), exitCode);
        return exitCode;
      }),
    );
}

function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, state, found, fix }) => [
    `${state.padEnd(4)}  ${plain(check).padEnd(width)}  ${plain(found)}`,
    ...(fix === null ? [] : [`${" ".repeat(width + 8)}fix: ${plain(fix)}`]),
  ]);
  const count = (state: Finding["state"]): number => findings.filter((finding) => finding.state === state).length;
  return [...lines, "", count("bad") + count("warn") === 0 ? "all is well" : `${count("bad")} bad, ${count("warn")} to look at, ${count("ok")} well`].join("\n");
}
