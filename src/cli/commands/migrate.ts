/** `pgark migrate`: brings databases to the head of their drizzle folders, or only says that they are there. */
import type { Command } from "commander";
import { PgarkError } from "../../errors.ts";
import { addVerb, type CommonFlags, type Context, run } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { plain } from "../plain.ts";
import { openProject, type ProjectDatabase } from "../project.ts";
import { counted } from "../units.ts";

interface Flags extends CommonFlags {
  readonly stamp?: string;
}

export function migrate(program: Command): void {
  addVerb(program, "migrate", "Apply the drizzle migrations that databases lack.")
    .argument("[db...]", "databases of the configuration (default: all that have migrations)")
    .option("--stamp <tag>", "mark migrations up to this one (head: all, base: none) as applied and run none")
    .action((names: readonly string[], flags: Flags) => run(flags, (context) => work(context, names, flags)));
}

async function work(context: Context, names: readonly string[], flags: Flags): Promise<void> {
  const project = await openProject(flags, context.io);
  const chosen = names.length > 0 ? project.choose(names, false) : project.databases.filter(({ migrations }) => migrations !== null);
  if (chosen.length === 0) throw new PgarkError("USAGE", "no database here has migrations: pgark.config.ts names none");
  if (flags.stamp !== undefined && flags.stamp !== "head" && chosen.length > 1) throw new PgarkError("USAGE", "a tag belongs to one folder: name the one database to stamp");
  const results: object[] = [];
  for (const database of chosen) {
    const { data, text } = await (flags.stamp === undefined ? migrateOne(context, database) : stampOne(context, database, flags.stamp));
    results.push(data);
    context.printer.part("migrated", data, text);
  }
  context.printer.report("migrate", { databases: results }, "", EXIT.done);
}

async function migrateOne({ io, signal, printer }: Context, database: ProjectDatabase) {
  const { migrateDatabase } = await import("../../index.ts");
  const { applied, before } = await migrateDatabase(database.url(), migrationsOf(database), { io, signal, onEvent: printer.onEvent });
  const lines = applied.map((tag) => `${database.name}: applied ${plain(tag)}`);
  if (applied.length === 0) lines.push(`${database.name}: nothing to apply, ${counted(before.applied.length, "migration")} in place`);
  if (before.edited.length > 0) lines.push(`${database.name}: edited since it was applied: ${before.edited.map(plain).join(", ")}`);
  if (before.unknown.length > 0) lines.push(`${database.name}: the database has migrations that the folder lacks: ${before.unknown.map(plain).join(", ")}`);
  return { data: { database: database.name, applied, before }, text: lines.join("\n") };
}

async function stampOne({ io, signal }: Context, database: ProjectDatabase, tag: string) {
  const { stampDatabase } = await import("../../index.ts");
  const result = await stampDatabase(database.url(), migrationsOf(database), tag, { io, signal });
  const lines = [
    ...result.marked.map((marked) => `${database.name}: marked ${plain(marked)} as applied`),
    ...result.forgotten.map((forgotten) => `${database.name}: forgot ${plain(forgotten)}`),
    ...result.corrected.map((corrected) => `${database.name}: corrected the hash of ${plain(corrected)}`),
  ];
  return { data: { database: database.name, stamped: tag, ...result }, text: lines.length === 0 ? `${database.name}: already at ${plain(tag)}` : lines.join("\n") };
}

function migrationsOf(database: ProjectDatabase): NonNullable<ProjectDatabase["migrations"]> {
  if (database.migrations !== null) return database.migrations;
  throw new PgarkError("USAGE", `${database.name} has no migrations folder in the configuration`, { object: `database ${database.name}` });
}
