/**
 * `npm run demo`: the main job on real rows, without touching anything of yours. A server of its own, both databases of
 * this repository migrated and seeded, backed up, nuked, migrated again and restored, and every table compared. The digests
 * compared are SQL that the server computes, so that the engine does not check itself.
 *
 * Exit codes: 0 every table of every database that could run is equal (without pgvector that is rulesdb alone, and the
 * last line says so) · 1 anything else · 130 Ctrl-C. `-- --no-fetch` downloads no server, `-- --rows N` seeds less or more.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { listenForInterrupt } from "../src/cli/interrupt.ts";
import { bytesText, counted, secondsText } from "../src/cli/units.ts";
import { dump, ensureDatabase, findServer, inspectDatabase, isPgarkError, lackingExtensions, loadConfigFile, type MigrationsFolder, migrateDatabase, openArchive, type PgarkEvent, recreateDatabase, restore, seedDatabase, tableDigests } from "../src/index.ts";
import { type Evidence, outcomes, outcomeTable, type TableOutcome, watchTables } from "./outcome.ts";
import { say, step } from "./steps.ts";
import { startThrowAway, type ThrowAwayServer } from "./throw-away-server.ts";

const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));

/** One of the two databases, and where it is on the demo's server. */
interface DemoDatabase {
  readonly name: string;
  readonly url: string;
  readonly migrations: MigrationsFolder;
  readonly extensions: readonly string[];
}

interface Wishes {
  readonly fetch: boolean;
  /** Undefined: the seeds' own defaults, with more than 200,000 rows in rulesdb and 20,000 nodes in memorydb. */
  readonly rows: number | undefined;
  readonly signal: AbortSignal;
}

/** Gives whether all is equal. */
async function demo(wishes: Wishes): Promise<boolean> {
  const startedMs = performance.now();
  const binaries = await step(
    "find PostgreSQL",
    () => findServer({ needVector: true, fetch: wishes.fetch, projectFolder: REPOSITORY, onEvent: sayFetch }),
    ({ version, hasVector, binFolder }) => `${version} ${hasVector ? "with" : "WITHOUT"} pgvector in ${binFolder}`,
  );
  // From here on Ctrl-C has something to stop, which a start that was broken off would leave behind.
  mayLeaveAtOnce = false;
  await using place = await step(
    "start it",
    () => startThrowAway(binaries),
    ({ server }) => `127.0.0.1:${server.port}, process ${server.pid}, without fsync, data in ${server.dataFolder}`,
  );
  wishes.signal.throwIfAborted();
  const { able, unable } = await chooseDatabases(place);

  for (const database of able) await create(database, wishes);
  const backedUp: BackedUp[] = [];
  for (const database of able) backedUp.push(await backUp(database, place.archives, wishes));
  for (const database of able) await nukeAndMigrate(database, wishes);
  const results: TableOutcome[] = [];
  for (const one of backedUp) results.push(...outcomes({ ...one, ...(await restoreInto(one, wishes)), database: one.database.name }));
  await step("stop PostgreSQL", async () => place[Symbol.asyncDispose]());

  const equal = results.length > 0 && results.every((one) => one.equal);
  const names = able.map(({ name }) => name).join(" and ");
  say(`\n${outcomeTable(results)}\n`);
  say(`${equal ? `Every row of ${names} came back` : "NOT EVERY ROW CAME BACK"}; ${secondsText((performance.now() - startedMs) / 1000)} in all.`);
  for (const { name, extensions } of unable) say(`${name} was LEFT OUT, for want of ${extensions.join(", ")}: ${binaries.vectorMissing ?? "the server does not have it"}`);
  return equal;
}

/** What is downloaded, and where it is put. */
function sayFetch(event: PgarkEvent): void {
  if (event.type === "step") say(`  ${event.step}: ${event.detail ?? ""}`);
}

/** RULESDB_URL and MEMORYDB_URL are not looked at: the demo nukes, and nothing of yours shall be there. */
async function chooseDatabases({ server }: ThrowAwayServer): Promise<{ readonly able: readonly DemoDatabase[]; readonly unable: readonly DemoDatabase[] }> {
  const config = await loadConfigFile(join(REPOSITORY, "pgark.config.ts"));
  const able: DemoDatabase[] = [];
  const unable: DemoDatabase[] = [];
  for (const { name, migrations, extensions } of config.databases) {
    if (migrations === null) continue;
    const database = { name, migrations, extensions, url: server.url(name) };
    const lacking = await lackingExtensions(server.url("postgres"), extensions);
    (lacking.length === 0 ? able : unable).push(database);
  }
  return { able, unable };
}

async function create({ name, url, migrations }: DemoDatabase, { rows, signal }: Wishes): Promise<void> {
  await step(`create ${name}`, () => ensureDatabase(url, name, { signal }));
  await step(`migrate ${name}`, () => migrateDatabase(url, migrations, { signal }), ({ applied }) => counted(applied.length, "migration"));
  await step(`seed ${name}`, () => seedDatabase(url, migrations, rows, { signal }));
}

interface BackedUp extends Pick<Evidence, "before" | "archived" | "backupSeconds"> {
  readonly database: DemoDatabase;
  readonly archive: string;
}

async function backUp(database: DemoDatabase, archives: string, { signal }: Wishes): Promise<BackedUp> {
  const { name, url, migrations } = database;
  const before = await step(`digest ${name}`, () => digests(url, migrations, signal), rowsText);
  const archive = join(archives, `${name}-data.ark`);
  const { onEvent, seconds } = watchTables();
  await step(`back up ${name}`, () => dump(url, archive, { content: "data", migrationsTable: migrations, signal, onEvent }), ({ storedBytes }) => `${bytesText(storedBytes)}, verified`);
  await using opened = await openArchive(archive);
  return { database, archive, before, archived: opened.tables(), backupSeconds: seconds };
}

async function nukeAndMigrate({ name, url, migrations }: DemoDatabase, { signal }: Wishes): Promise<void> {
  await step(`nuke ${name}`, () => recreateDatabase(url, name, { signal }));
  const left = await inspectDatabase(url, { signal });
  if (left?.tables !== 0) throw new Error(`${name} was nuked and still has ${left?.tables} tables`);
  await step(`migrate ${name}`, () => migrateDatabase(url, migrations, { signal }), ({ applied }) => counted(applied.length, "migration"));
}

async function restoreInto({ database: { name, url, migrations }, archive }: BackedUp, { signal }: Wishes): Promise<Pick<Evidence, "restored" | "after">> {
  const { tables } = await step(`restore ${name}`, () => restore(archive, url, { content: "data", migrationsTable: migrations, signal }), (report) => `${counted(report.tables.reduce((sum, one) => sum + one.inserted, 0), "row")} inserted`);
  const after = await step(`digest ${name}`, () => digests(url, migrations, signal), rowsText);
  return { restored: tables, after };
}

/** The journal's rows are made anew by each migrate, with times of their own. */
function digests(url: string, { schema, table }: MigrationsFolder, signal: AbortSignal) {
  return tableDigests(url, { excludeTables: [`${schema}.${table}`], signal });
}

function rowsText(tables: readonly { readonly rows: number }[]): string {
  return `${counted(tables.reduce((sum, { rows }) => sum + rows, 0), "row")} in ${counted(tables.length, "table")}`;
}

function wishesOf(words: readonly string[], signal: AbortSignal): Wishes {
  const { values } = parseArgs({ args: [...words], options: { "no-fetch": { type: "boolean" }, rows: { type: "string" } } });
  const rows = values.rows === undefined ? undefined : Number(values.rows);
  if (rows !== undefined && !(Number.isSafeInteger(rows) && rows > 0)) throw new Error(`--rows must be a whole number of at least 1, not ${values.rows}`);
  return { fetch: values["no-fetch"] !== true, rows, signal };
}

/** While a server is looked for or fetched there is nothing to stop. */
let mayLeaveAtOnce = true;
const interrupt = listenForInterrupt((name) => {
  say(`${name}: stopping the server; once more leaves at once`);
  if (mayLeaveAtOnce) process.exit(interrupt.exitCode() ?? 130);
});
try {
  process.exitCode = (await demo(wishesOf(process.argv.slice(2), interrupt.signal))) ? 0 : 1;
} catch (error) {
  if (interrupt.signal.aborted) say("The server is stopped and its data removed.");
  say(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
  if (isPgarkError(error) && error.hint !== undefined) say(error.hint);
  process.exitCode = interrupt.exitCode() ?? 1;
}
