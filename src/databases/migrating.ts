/** A named database and its migrations: connect, read the folder, and apply, stamp or compare. */
import { nodeIo } from "../io/io.ts";
import { migrate, type MigrateResult } from "../migrations/apply.ts";
import { readFolder } from "../migrations/folder.ts";
import { type AppliedMigration, type Comparison, compareLevels, readLevel } from "../migrations/journal.ts";
import { stamp, type StampResult } from "../migrations/stamp.ts";
import type { CommonOptions } from "../options.ts";
import { resolveConnection } from "../session/conninfo.ts";
import { connect } from "../session/connect.ts";
import type { Session } from "../session/session.ts";
import type { MigrationsFolder } from "./config.ts";

/** Applies what is missing. Throws as `migrate` of src/migrations does. */
export async function migrateDatabase(target: string, migrations: MigrationsFolder, options: CommonOptions = {}): Promise<MigrateResult> {
  const folder = await readFolder(options.io ?? nodeIo, migrations.folder);
  await using session = await open(target, options);
  return await migrate(session, folder, { journal: journalOf(migrations), onEvent: options.onEvent, io: options.io });
}

/** Marks migrations up to `tag` (`head`: all) as applied without running them. */
export async function stampDatabase(target: string, migrations: MigrationsFolder, tag: string, options: CommonOptions = {}): Promise<StampResult> {
  const folder = await readFolder(options.io ?? nodeIo, migrations.folder);
  await using session = await open(target, options);
  return await stamp(session, folder, tag, { journal: journalOf(migrations) });
}

/** How the database and the folder compare. Nothing is changed. */
export async function migrationLevel(target: string, migrations: MigrationsFolder, options: CommonOptions = {}): Promise<Comparison> {
  const folder = await readFolder(options.io ?? nodeIo, migrations.folder);
  await using session = await open(target, options);
  return compareLevels(folder, (await readLevel(session, journalOf(migrations))).applied);
}

/** How an archive's database and the folder compared when it was dumped, by what the manifest says. Needs no server. */
export async function archiveMigrationLevel(archived: readonly AppliedMigration[], migrations: MigrationsFolder, options: CommonOptions = {}): Promise<Comparison> {
  return compareLevels(await readFolder(options.io ?? nodeIo, migrations.folder), archived);
}

function journalOf({ schema, table }: MigrationsFolder) {
  return { schema, table };
}

async function open(target: string, options: CommonOptions): Promise<Session> {
  return connect(await resolveConnection(target), { signal: options.signal });
}
