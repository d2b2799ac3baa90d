/** `pgark nuke`: drop databases and leave empty ones like them. It shows what dies, refuses what is protected, and asks. */
import type { Command } from "commander";
import { PgarkError } from "../../errors.ts";
import type { DatabaseFacts } from "../../index.ts";
import { confirmByName } from "../confirm.ts";
import { addVerb, type CommonFlags, type Context, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { repeated } from "../flags.ts";
import { openProject, type ProjectDatabase } from "../project.ts";
import { table } from "../table.ts";
import { bytesText, counted, countText } from "../units.ts";

interface Flags extends CommonFlags {
  readonly all?: true;
  readonly yes?: readonly string[];
}

/** A database of the configuration with what is really there; `facts` is null when nothing is. */
interface Doomed {
  readonly database: ProjectDatabase;
  readonly url: string;
  /** As the server calls it. This is the name to confirm. */
  readonly name: string;
  readonly facts: DatabaseFacts | null;
}

const PROTECTING = `
A database is protected by protected: true in pgark.config.ts, or, on every machine, by a mark in itself:
  alter database rulesdb set pgark.protected = on;
postgres, template0, template1 and databases marked as templates always are.`;

export function nuke(program: Command): void {
  addVerb(program, "nuke", "Drop databases with everything in them and recreate them empty.")
    .argument("[db...]", "databases of the configuration")
    .option("--all", "every database of the configuration")
    .option("--yes <name>", "drop the database of this name without asking (repeatable)", repeated)
    .addHelpText("after", PROTECTING)
    .action((names: readonly string[], flags: Flags) => run(flags, (context) => work(context, names, flags)));
}

async function work(context: Context, names: readonly string[], flags: Flags) {
  const { recreateDatabase } = await import("../../index.ts");
  const project = await openProject(flags, context.io);
  const chosen = project.choose(names, flags.all === true);
  const doomed = await Promise.all(chosen.map((database) => lookAt(database, context)));
  for (const { facts } of doomed) {
    if (facts?.protection == null) continue;
    throw new PgarkError("PROTECTED", `${facts.name} is protected and stays: ${facts.protection}`, { object: `database ${facts.name}` });
  }
  context.printer.part("doomed", { databases: doomed.map(({ facts, name }) => ({ name, facts })) }, doomedText(doomed));
  await confirmByName(
    doomed.filter(({ facts }) => facts !== null).map(({ name }) => name),
    flags.yes ?? [],
    context.signal,
  );
  for (const { database, url, name } of doomed) {
    await recreateDatabase(url, name, { protected: database.protected, signal: context.signal, io: context.io });
  }
  const emptied = doomed.map(({ name }) => name);
  context.printer.report("nuke", { emptied }, `${emptied.map((name) => `${name}: empty`).join("\n")}`, EXIT.done);
}

async function lookAt(database: ProjectDatabase, context: Context): Promise<Doomed> {
  const { databaseNameOf, inspectDatabase } = await import("../../index.ts");
  const url = database.url();
  const facts = await inspectDatabase(url, { protected: database.protected, signal: context.signal, io: context.io });
  return { database, url, facts, name: facts?.name ?? (await databaseNameOf(url)) };
}

function doomedText(doomed: readonly Doomed[]): string {
  const rows = doomed.map(({ name, facts }) =>
    facts === null
      ? [name, "does not exist yet", "", "", "", ""]
      : [name, facts.place, countText(facts.tables), `≈ ${countText(facts.approximateRows)}`, bytesText(facts.sizeBytes), countText(facts.sessions)],
  );
  const columns = [{ title: "database" }, { title: "at" }, ...["tables", "rows", "size", "open sessions"].map((title) => ({ title, align: "right" as const }))];
  return `${counted(doomed.filter(({ facts }) => facts !== null).length, "database")} will be dropped with everything in it:\n\n${table(columns, rows)}\n`;
}
