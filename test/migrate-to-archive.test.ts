import { execFile } from "node:child_process";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dump, type MigrationsFolder, restore, restoreThroughMigrations, tableDigests } from "../src/index.ts";
import { nodeIo } from "../src/io/io.ts";
import { migrate } from "../src/migrations/apply.ts";
import { readFolder } from "../src/migrations/folder.ts";
import { createDatabase, type TestDatabase } from "./helpers/database.ts";
import { temporaryFolder } from "./helpers/folder.ts";
import { as, createRole, giveDatabase } from "./helpers/role.ts";
import { extendedFolder } from "./migrations/extended.ts";
import { migrateByDrizzle, openSession, schemaText, type TestFolder } from "./migrations/helpers.ts";

/** An application with a life: rows that came at the second level, and what users did to the rows that a migration brought. */
interface Application {
  readonly folder: string;
  /** At the second level. */
  readonly rows: string;
  /** From the level `count` on, rows are there that the migration of that level brought. */
  readonly seeded: { readonly count: number; readonly table: string; readonly changes: string };
  /** What the data migrations make of the rows, at the head. */
  readonly made: { readonly query: string; readonly rows: readonly object[] };
}

const RULESDB: Application = {
  folder: "drizzle",
  rows: `
    insert into users (handle, email, display_name) values ('ada', 'ada@example.org', 'Ada Lovelace'), ('konrad', 'konrad@example.de', 'Konrad Zuse'), ('bot', 'bot@example.org', 'Bot');
    insert into projects (key, name, owner_id, languages) values ('engine', 'Engine', 1, '{ts,sql}'), ('z3', 'Z3', 2, '{}');
    insert into tags (project_id, name) values (null, 'style'), (100, 'sql');
    insert into rules (project_id, author_id, slug, title, body) select 100 + n % 2, n % 3 + 1, 'rule-' || n, 'Rule ' || n, 'Body ' || n from generate_series(1, 40) n;
    update rules set parent_rule_id = id - 1 where id % 2 = 0;
    update projects set current_rule_id = 7;`,
  seeded: { count: 6, table: "public.locales", changes: "update locales set title = 'Deutsch' where key = 'de'; delete from locale_fallbacks where key = 'tlh'; delete from locales where key = 'tlh'" },
  made: {
    query: "select handle::text, first_name, last_name, locale_key from users order by handle",
    rows: [
      { handle: "ada", first_name: "Ada", last_name: "Lovelace", locale_key: "en" },
      { handle: "bot", first_name: "Bot", last_name: null, locale_key: "en" },
      { handle: "konrad", first_name: "Konrad", last_name: "Zuse", locale_key: "de" },
    ],
  },
};

const MEMORYDB: Application = {
  folder: "drizzle-memorydb",
  rows: `
    insert into memory_nodes (kind, content, keywords, embedding)
      select 'fact', 'Memory number ' || n, array['all', 'k' || n % 2], (select array_agg((n * i % 7)::real / 7) from generate_series(1, 768) i)::vector from generate_series(1, 2) n;
    insert into memory_edges (source_id, target_id, kind) values (1, 2, 'follows')`,
  seeded: { count: 5, table: "public.models", changes: "update models set dimensions = 1024 where name = 'large'; delete from models where name = 'small'" },
  made: {
    query: "select n.id, n.summary, array_agg(k.keyword order by k.keyword) as keywords from memory_nodes n join node_keywords k on k.node_id = n.id group by n.id order by n.id",
    rows: [
      { id: "1", summary: "Memory n…", keywords: ["all", "k1"] },
      { id: "2", summary: "Memory n…", keywords: ["all", "k0"] },
    ],
  },
};

/** Migrates to the first `count` migrations of the folder. */
async function migrateTo(database: TestDatabase, folder: TestFolder, count: number): Promise<readonly string[]> {
  const read = await readFolder(nodeIo, folder.path);
  await using session = await openSession(database);
  const { applied } = await migrate(session, read, { to: read.migrations[count - 1]?.tag });
  return applied;
}

/** The application after `count` migrations, having lived since the second. */
async function liveTo(database: TestDatabase, application: Application, folder: TestFolder, count: number): Promise<void> {
  await migrateTo(database, folder, 2);
  await database.query(application.rows);
  await migrateTo(database, folder, count);
  if (count >= application.seeded.count) await database.query(application.seeded.changes);
}

const migrationsIn = (folder: TestFolder): MigrationsFolder => ({ folder: folder.path, schema: "drizzle", table: "__drizzle_migrations" });
const tagsOf = async (folder: TestFolder) => (await readFolder(nodeIo, folder.path)).migrations.map(({ tag }) => tag);
const journalOf = (database: TestDatabase) => database.query("select * from drizzle.__drizzle_migrations order by id");
const stateOf = async (database: TestDatabase, major: string) => ({
  schema: await schemaText(database, major),
  rows: await tableDigests(database.url),
  sequences: await database.query("select schemaname::text, sequencename::text, last_value from pg_sequences order by 1, 2"),
});

describe.each<[string, string, Application, readonly (readonly [number, number])[]]>([
  ["rulesdb", "15", RULESDB, [[6, 3]]],
  ["rulesdb", "17", RULESDB, [[2, 2], [5, 3], [6, 0], [7, 0]]],
  ["memorydb", "17", MEMORYDB, [[2, 0], [4, 4], [5, 3]]],
])("an archive of %s on PostgreSQL %s", (_, major, application, levels) => {
  it.each(levels)("of level %i, through migrations into an empty target of level %i, becomes what the database itself became", async (archived, standing) => {
    await using files = await temporaryFolder();
    await using folder = await extendedFolder(application.folder);
    const tags = await tagsOf(folder);
    await using source = await createDatabase("", { major });
    await using target = await createDatabase("", { major });
    await liveTo(source, application, folder, archived);
    await dump(source.url, files.file("a.ark"));
    if (standing > 0) await migrateTo(target, folder, standing);

    const report = await restoreThroughMigrations(files.file("a.ark"), target.url, { migrations: migrationsIn(folder), verifyFirst: true });

    expect({ level: report.level, migratedTo: report.migratedTo, migratedForward: report.migratedForward }).toStrictEqual({
      level: tags[archived - 1],
      migratedTo: tags.slice(standing, archived),
      migratedForward: tags.slice(archived),
    });
    const replaced = archived >= application.seeded.count && standing < application.seeded.count;
    expect(report.warnings.filter(({ object }) => object === `table ${application.seeded.table}`).map(({ code }) => code)).toStrictEqual(replaced ? ["MIGRATION_ROWS_REPLACED"] : []);
    expect(await target.query(application.made.query)).toStrictEqual(application.made.rows);
    // The oracle: drizzle's own migrator takes the source to the same head.
    await migrateByDrizzle(source, folder.path);
    expect(await stateOf(target, major)).toStrictEqual(await stateOf(source, major));
  });
});

describe.each<[string, Application]>([
  ["rulesdb", RULESDB],
  ["memorydb", MEMORYDB],
])("rows of %s alone, with the target at another level", (_, application) => {
  it.each([
    [2, 4],
    [4, 4],
  ])("archive at %i, target at %i: are loaded, and the journal is the target's own", async (archived, standing) => {
    await using files = await temporaryFolder();
    await using folder = await extendedFolder(application.folder);
    await using source = await createDatabase();
    await using target = await createDatabase();
    await liveTo(source, application, folder, archived);
    await dump(source.url, files.file("a.ark"));
    await migrateTo(target, folder, standing);
    const journal = await journalOf(target);

    const { tables, skipped } = await restore(files.file("a.ark"), target.url, { content: "data", migrationsFolder: folder.path });

    expect(skipped.map(({ object }) => object).filter((object) => object.includes("__drizzle_migrations") && !object.includes("_seq"))).toHaveLength(1);
    expect(tables.every(({ archived: rows, inserted }) => rows === inserted)).toBe(true);
    expect(await journalOf(target)).toStrictEqual(journal);
    expect(journal).toHaveLength(standing);
  });

  it("archive at 4, target at 2: are refused with the names of the migrations", async () => {
    await using files = await temporaryFolder();
    await using folder = await extendedFolder(application.folder);
    await using source = await createDatabase();
    await using target = await createDatabase();
    await liveTo(source, application, folder, 4);
    await dump(source.url, files.file("a.ark"), { content: "data" });
    await migrateTo(target, folder, 2);
    const before = await stateOf(target, "17");

    const tags = await tagsOf(folder);

    // A table that both levels have alike is refused too.
    await expect(restore(files.file("a.ark"), target.url, { tables: [application === RULESDB ? "users" : "sessions"], migrationsFolder: folder.path })).rejects.toMatchObject({
      code: "MIGRATIONS_NEWER",
      message: `the archive's database had 2 migrations that the target has not: ${tags[2]}, ${tags[3]}`,
    });

    expect(await stateOf(target, "17")).toStrictEqual(before);
  });

  it("archive at 2, target at 4: through migrations are refused, as there is no way back", async () => {
    await using files = await temporaryFolder();
    await using folder = await extendedFolder(application.folder);
    await using source = await createDatabase();
    await using target = await createDatabase();
    await liveTo(source, application, folder, 2);
    await dump(source.url, files.file("a.ark"), { content: "data" });
    await migrateTo(target, folder, 4);
    const before = await stateOf(target, "17");
    const tags = await tagsOf(folder);

    await expect(restoreThroughMigrations(files.file("a.ark"), target.url, { migrations: migrationsIn(folder) })).rejects.toMatchObject({
      code: "DRIFT",
      message: `the archive stands at migration ${tags[1]}, and the target has migrations beyond it: ${tags[2]}, ${tags[3]}; there is no way back`,
    });

    expect(await stateOf(target, "17")).toStrictEqual(before);
  });
});

describe("what a restore through migrations refuses, leaving the target as it was:", () => {
  /** A target that stands empty at `standing`, and what is done to archive, target and folder before. */
  const refused = async (
    { archived = 5, standing = 3, source: changed = "", target: there = "", foldersMore = undefined as Parameters<typeof extendedFolder>[1], dumped = {} as Parameters<typeof dump>[2] },
    expected: object,
  ): Promise<void> => {
    await using files = await temporaryFolder();
    await using folder = await extendedFolder("drizzle");
    await using other = await extendedFolder("drizzle", foldersMore);
    await using source = await createDatabase();
    await using target = await createDatabase();
    await liveTo(source, RULESDB, foldersMore === undefined ? folder : other, archived);
    await source.query(changed);
    await dump(source.url, files.file("a.ark"), dumped);
    if (standing > 0) await migrateTo(target, folder, standing);
    await target.query(there);
    const before = await stateOf(target, "17");

    await expect(restoreThroughMigrations(files.file("a.ark"), target.url, { migrations: migrationsIn(folder) })).rejects.toMatchObject(expected);

    expect(await stateOf(target, "17")).toStrictEqual(before);
  };

  it("a row in a table of the archive", () =>
    refused({ target: "insert into tags (name) values ('mine')" }, { code: "TARGET_NOT_EMPTY", object: "table public.tags", message: "the target already has rows in public.tags; nothing was changed" }));

  it("an archive with a migration that the folder lacks, by its hash and day", () =>
    refused({ archived: 8, foldersMore: [{ tag: "0007_later", sql: "create table later (id int)" }] }, { code: "MIGRATIONS_NEWER", message: expect.stringMatching(/had 1 migration that .* lacks: [0-9a-f]{12}… of \d{4}-\d\d-\d\d$/) }));

  it("a target that went another way", () =>
    refused({ target: "insert into drizzle.__drizzle_migrations (hash, created_at) values ('theirs', 1700000000000)" }, { code: "DRIFT", message: expect.stringContaining("theirs… of 2023-11-14; there is no way back") }));

  it("a target whose tables no journal accounts for", () =>
    refused({ standing: 0, target: "create table tags (id int)" }, { code: "DRIFT", object: "table public.tags", hint: expect.stringContaining("--stamp") }));

  it("an archive that had no journal", () => refused({ standing: 0, source: "drop schema drizzle cascade" }, { code: "USAGE", message: expect.stringContaining("no drizzle journal") }));

  it("rows that do not fit the tables of their own level, before the migrations are kept", () =>
    refused({ standing: 0, source: "alter table users add column by_hand text" }, { code: "DRIFT", message: expect.stringMatching(/by_hand[^]*; found at the archive's own level, migration 0004_imports_and_confidence; nothing was changed$/) }));

  it("rows of a migration that reference such as the archive would replace, and are not in it", () =>
    refused(
      { archived: 6, standing: 0, dumped: { excludeTables: ["locale_fallbacks"] } },
      { code: "DRIFT", object: "table public.locale_fallbacks", message: "migrations put rows into public.locale_fallbacks that reference rows they put into public.locales, and only the latter are in the archive; nothing was changed" },
    ));

  it.each([{ create: true }, { clean: true }, { content: "schema" as const }, { where: { users: "id = 1" } }])("options that cannot be meant: %o", async (options) => {
    await expect(restoreThroughMigrations("none.ark", "postgres://127.0.0.1:1/none", { migrations: { folder: "drizzle", schema: "drizzle", table: "__drizzle_migrations" }, ...options })).rejects.toMatchObject({ code: "USAGE" });
  });
});

it("tells how many rows of migrations gave way, for each table", async () => {
  await using files = await temporaryFolder();
  await using folder = await extendedFolder("drizzle");
  await using source = await createDatabase();
  await using target = await createDatabase();
  await liveTo(source, RULESDB, folder, 6);
  await dump(source.url, files.file("a.ark"), { content: "data" });
  const told: unknown[] = [];

  const { warnings } = await restoreThroughMigrations(files.file("a.ark"), target.url, { migrations: migrationsIn(folder), onEvent: (event) => void (event.type === "warning" && told.push(event.warning)) });

  expect(warnings).toStrictEqual([
    { code: "MIGRATION_ROWS_REPLACED", object: "table public.locale_fallbacks", message: "2 rows that migrations put into table public.locale_fallbacks give way to the archive's" },
    { code: "MIGRATION_ROWS_REPLACED", object: "table public.locales", message: "3 rows that migrations put into table public.locales give way to the archive's" },
  ]);
  expect(told).toStrictEqual(warnings);
  expect(await target.query("select l.key, title, fallback from locales l left join locale_fallbacks f using (key) order by 1")).toStrictEqual([
    { key: "de", title: "Deutsch", fallback: "en" },
    { key: "en", title: "English", fallback: null },
  ]);
});

it("takes a migration whose file was edited since for the same one, and says so", async () => {
  await using files = await temporaryFolder();
  await using folder = await extendedFolder("drizzle");
  await using source = await createDatabase();
  await using target = await createDatabase();
  await liveTo(source, RULESDB, folder, 5);
  await dump(source.url, files.file("a.ark"));
  await appendFile(join(folder.path, "0003_audit_and_triggers.sql"), "\n-- Edited.\n");

  const { level, warnings } = await restoreThroughMigrations(files.file("a.ark"), target.url, { migrations: migrationsIn(folder) });

  expect({ level, warnings }).toStrictEqual({
    level: "0004_imports_and_confidence",
    warnings: [
      {
        code: "MIGRATION_EDITED",
        object: "migration 0003_audit_and_triggers",
        message: "the file of migration 0003_audit_and_triggers was edited after the archive's database was migrated with it; the target gets what it says now",
      },
    ],
  });
  expect(await target.query(RULESDB.made.query)).toStrictEqual(RULESDB.made.rows);
});

it("says where the target stands when rows fail, and can be given again", async () => {
  await using files = await temporaryFolder();
  await using folder = await extendedFolder("drizzle");
  await using source = await createDatabase();
  await using target = await createDatabase();
  await liveTo(source, RULESDB, folder, 5);
  // The source has lost a constraint that the migrations make.
  await source.query("alter table tags drop constraint tags_color_check; update tags set color = 'blue' where name = 'sql'");
  await dump(source.url, files.file("bad.ark"));
  await source.query("update tags set color = '#0000ff' where name = 'sql'");
  await dump(source.url, files.file("good.ark"));

  await expect(restoreThroughMigrations(files.file("bad.ark"), target.url, { migrations: migrationsIn(folder) })).rejects.toMatchObject({
    message: expect.stringMatching(/tags_color_check[^]*; the target stands at the archive's level, migration 0004_imports_and_confidence$/),
    hint: expect.stringMatching(/The same command can be given again\.$/),
  });
  expect(await journalOf(target)).toHaveLength(5);

  const { migratedTo } = await restoreThroughMigrations(files.file("good.ark"), target.url, { migrations: migrationsIn(folder) });
  expect(migratedTo).toStrictEqual([]);
  expect(await target.query("select name, color from tags order by name")).toStrictEqual(await source.query("select name, color from tags order by name"));
});

it("keeps the rows when a later migration fails on them, says where the target stands, and migrate goes on from there", async () => {
  await using files = await temporaryFolder();
  await using bad = await extendedFolder("drizzle", [{ tag: "0007_short_names", sql: "alter table users add check (length(first_name) > 3)" }]);
  await using good = await extendedFolder("drizzle");
  await using source = await createDatabase();
  await using target = await createDatabase();
  await liveTo(source, RULESDB, good, 5);
  await dump(source.url, files.file("a.ark"));

  await expect(restoreThroughMigrations(files.file("a.ark"), target.url, { migrations: migrationsIn(bad) })).rejects.toMatchObject({
    code: "SQL_FAILED",
    object: "migration 0007_short_names",
    sqlState: "23514",
    message: expect.stringMatching(/^migration 0007_short_names, statement 1 of 1: [^]*; the archive's rows are in, and the target stands at their level, migration 0004_imports_and_confidence$/),
    hint: expect.stringContaining("run pgark migrate"),
  });
  expect(await journalOf(target)).toHaveLength(5);
  expect((await tableDigests(target.url)).filter(({ table }) => table === "public.rules")).toStrictEqual((await tableDigests(source.url)).filter(({ table }) => table === "public.rules"));

  expect(await migrateTo(target, good, 7)).toStrictEqual(["0005_locales", "0006_split_names"]);
  await migrateByDrizzle(source, good.path);
  // A sequence does not roll back: the journal's ids have a gap.
  const application = async (database: TestDatabase) => tableDigests(database.url, { excludeTables: ["drizzle.__drizzle_migrations"] });
  expect(await application(target)).toStrictEqual(await application(source));
});

it("begins anew after it was killed while rows were loaded", async () => {
  await using files = await temporaryFolder();
  await using folder = await extendedFolder("drizzle");
  await using source = await createDatabase();
  await using target = await createDatabase();
  await liveTo(source, RULESDB, folder, 6);
  await dump(source.url, files.file("a.ark"));
  const script = `
    import { restoreThroughMigrations } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
    let seen = 0;
    const onEvent = (event) => { if (event.type === "chunk" && ++seen === 3) process.kill(process.pid, "SIGKILL"); };
    await restoreThroughMigrations(${JSON.stringify(files.file("a.ark"))}, ${JSON.stringify(target.url)}, { jobs: 1, onEvent, migrations: ${JSON.stringify(migrationsIn(folder))} });`;
  const signal = await new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]).once("exit", (_, by) => resolve(by));
  });
  expect(signal).toBe("SIGKILL");

  const { migratedTo, migratedForward } = await restoreThroughMigrations(files.file("a.ark"), target.url, { migrations: migrationsIn(folder) });

  expect({ migratedTo, migratedForward }).toStrictEqual({ migratedTo: [], migratedForward: ["0006_split_names"] });
  await migrateByDrizzle(source, folder.path);
  expect(await stateOf(target, "17")).toStrictEqual(await stateOf(source, "17"));
});

it("needs no superuser, only the database's owner", async () => {
  await using files = await temporaryFolder();
  await using owner = await createRole();
  await using folder = await extendedFolder("drizzle");
  await using source = await createDatabase();
  await using target = await createDatabase();
  await giveDatabase(target.url, owner);
  await target.query(`grant create on schema public to ${owner.name}`);
  await liveTo(source, RULESDB, folder, 6);
  await dump(source.url, files.file("a.ark"));

  await restoreThroughMigrations(files.file("a.ark"), as(owner, target.url), { migrations: migrationsIn(folder) });

  expect(await target.query(RULESDB.made.query)).toStrictEqual(RULESDB.made.rows);
});
