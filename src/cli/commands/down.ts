/** `pgark down`: stops the local server. Its data stays. */
import type { Command } from "commander";
import { addVerb, type CommonFlags, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { openProject } from "../project.ts";

export function down(program: Command): void {
  addVerb(program, "down", "Stop the local server; its data stays.").action((flags: CommonFlags) =>
    run(flags, async ({ io, printer }) => {
      const { defaultDataFolder, findRunning } = await import("../../index.ts");
      const { config } = await openProject(flags, io);
      const dataFolder = defaultDataFolder(config.folder);
      const server = await findRunning(dataFolder, io);
      await server?.stop();
      const text = server === null ? "no local server was running" : `stopped PostgreSQL ${server.version} on 127.0.0.1:${server.port}; its data stays in ${dataFolder}`;
      printer.report("down", { stopped: server !== null, dataFolder }, text, EXIT.done);
    }),
  );
}
