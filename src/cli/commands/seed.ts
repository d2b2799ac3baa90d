/** `pgark seed`: fills databases with the rows that `seed.ts` in their migrations folder describes. */
import type { Command } from "commander";
import { PgarkError } from "../../errors.ts";
import { addVerb, type CommonFlags, type Context, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { wholeNumber } from "../flags.ts";
import { openProject } from "../project.ts";
import { counted, secondsText } from "../units.ts";

interface Flags extends CommonFlags {
  readonly rows?: number;
}

export function seed(program: Command): void {
  addVerb(program, "seed", "Fill empty, migrated databases with made-up rows.")
    .argument("[db...]", "databases of the configuration (default: all that have migrations)")
    .option("--rows <n>", "rows of the main table; the others follow in proportion (default: the seed's own)", wholeNumber("--rows"))
    .action((names: readonly string[], flags: Flags) => run(flags, (context) => work(context, names, flags)));
}

async function work({ io, signal, printer }: Context, names: readonly string[], flags: Flags): Promise<void> {
  const { seedDatabase } = await import("../../index.ts");
  const project = await openProject(flags, io);
  const chosen = names.length > 0 ? project.choose(names, false) : project.databases.filter(({ migrations }) => migrations !== null);
  const results: object[] = [];
  for (const { name, migrations, url } of chosen) {
    if (migrations === null) throw new PgarkError("USAGE", `${name} has no migrations folder in the configuration, where its seed.ts would be`, { object: `database ${name}` });
    const result = await seedDatabase(url(), migrations, flags.rows, { io, signal, onEvent: printer.onEvent });
    results.push({ database: name, ...result });
    printer.part("seeded", { database: name, ...result }, `${name}: ${counted(result.rows, "row")}, ${secondsText(result.seconds)}`);
  }
  printer.report("seed", { databases: results }, "", EXIT.done);
}
