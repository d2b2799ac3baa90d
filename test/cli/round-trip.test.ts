import type { ChildProcess } from "node:child_process";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { createProject, pgark, pgarkPipe } from "./run.ts";

const SHOP = `
  create table items (id int primary key, name text not null, made timestamptz default '2026-01-01 00:00+00');
  insert into items select g, 'item ' || g from generate_series(1, 5000) g;
  create table sales (item int references items, amount numeric(10, 2));
  insert into sales select g, g / 3.0 from generate_series(1, 2000) g;
  create index on sales (amount);
  create view cheap as select * from sales where amount < 10;`;

async function rowsOf(database: TestDatabase): Promise<object | undefined> {
  const [row] = await database.query<object>(`
    select (select md5(string_agg(i::text, ',' order by i::text)) from items i) as items, (select md5(string_agg(s::text, ',' order by s::text)) from sales s) as sales`);
  return row;
}

interface JsonLine {
  readonly schema_version: number;
  readonly seq: number;
  readonly type: string;
  readonly exit_code?: number;
  readonly code?: string;
  readonly result?: { readonly [field: string]: unknown };
}

function jsonLines(stdout: string): readonly JsonLine[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as JsonLine);
}

describe("a database by its name", () => {
  test("goes to an archive, is listed, shown, verified, restored, and refused where rows stand", async () => {
    await using source = await createDatabase(SHOP);
    await using target = await createDatabase();
    await using project = await createProject({ shop: {}, copy: {} });
    const run = (...words: string[]) => pgark(words, { cwd: project.folder, env: { SHOP_URL: source.url, COPY_URL: target.url } });
    const backups = join(project.folder, "backups");

    const backup = await run("backup", "shop", "--json");
    const lines = jsonLines(backup.stdout);
    expect(backup.exitCode).toBe(0);
    expect(lines.map(({ seq }) => seq)).toStrictEqual(lines.map((_line, index) => index + 1));
    expect(new Set(lines.map((line) => line.schema_version))).toStrictEqual(new Set([1]));
    expect({ type: lines.at(-1)?.type, exit: lines.at(-1)?.exit_code }).toStrictEqual({ type: "result", exit: 0 });

    const names = (await readdir(backups)).toSorted();
    expect(names.map((name) => name.replace(/\d{8}-\d{6}/, "TIME"))).toStrictEqual(["shop-TIME.ark", "shop-latest.ark"]);
    expect((await stat(join(backups, names[0] ?? ""))).mode & 0o777).toBe(0o600);

    const listed = jsonLines((await run("list", "--json")).stdout).at(-1)?.result?.["archives"] as { state: string; rows: number; content: string }[];
    expect(listed.map(({ state, rows, content }) => ({ state, rows, content }))).toStrictEqual([{ state: "complete", rows: 7000, content: "all" }]);
    const shown = await run("show", "backups/shop-latest.ark", "--toc");
    expect(["public.items", "public.sales", "VIEW public.cheap"].filter((name) => !shown.stdout.includes(name))).toStrictEqual([]);
    expect((await run("verify", "backups/shop-latest.ark", "--against", "shop")).exitCode).toBe(0);

    const planned = await run("restore", "backups/shop-latest.ark", "--db", "copy", "--dry-run");
    expect([planned.exitCode, planned.stdout.includes("Nothing was changed.")]).toStrictEqual([0, true]);
    expect(await target.query("select from pg_class where relname = 'items'")).toStrictEqual([]);

    const restored = await run("restore", "backups/shop-latest.ark", "--db", "copy");
    expect({ exitCode: restored.exitCode, sum: /^sum .*$/m.exec(restored.stdout)?.[0].replaceAll(/\s+/g, " ").split(" ").slice(0, 7) }).toStrictEqual({
      exitCode: 0,
      sum: ["sum", "7,000", "7,000", "0", "0", "0", "0"],
    });
    expect(await rowsOf(target)).toStrictEqual(await rowsOf(source));

    const again = await run("restore", "backups/shop-latest.ark", "--db", "copy", "--data-only");
    expect({ exitCode: again.exitCode, named: again.stderr.includes("public.items") }).toStrictEqual({ exitCode: 5, named: true });
    await target.query("update items set name = 'other' where id = 7");
    const different = await run("verify", "backups/shop-latest.ark", "--against", "copy", "--json");
    expect({ exitCode: different.exitCode, code: jsonLines(different.stdout).at(-1)?.code }).toStrictEqual({ exitCode: 1, code: "DIFFERENT" });
  });

  test("passes a drill that leaves nothing behind", async () => {
    await using source = await createDatabase(SHOP);
    const { exitCode, stdout } = await pgark(["drill", "--url", source.url]);
    expect({ exitCode, equal: stdout.includes("everything is equal, 2 tables") }).toStrictEqual({ exitCode: 0, equal: true });
    expect(await source.query("select datname::text from pg_database where datname ~ '^pgark_drill_'")).toStrictEqual([]);
  });
});

test("a backup flows through a pipe into a restore, and its words go to stderr", async () => {
  await using source = await createDatabase(SHOP);
  await using target = await createDatabase();
  await using project = await createProject();
  const [backup, restore] = await pgarkPipe(["backup", "--url", source.url, "-o", "-"], ["restore", "-", "--url", target.url], project.folder);
  expect([backup.exitCode, restore.exitCode]).toStrictEqual([0, 0]);
  expect(backup.stderr).toContain("stdout: 2 tables, 7,000 rows");
  expect(await rowsOf(target)).toStrictEqual(await rowsOf(source));
});

test("an archive that is cut, or none, exits 4 and is listed as what it is", async () => {
  await using source = await createDatabase(SHOP);
  await using project = await createProject();
  const run = (...words: string[]) => pgark(words, { cwd: project.folder });
  await run("backup", "--url", source.url, "-o", "whole.ark");
  const whole = await readFile(join(project.folder, "whole.ark"));
  await writeFile(join(project.folder, "cut.ark"), whole.subarray(0, whole.length / 2));
  await writeFile(join(project.folder, "other.ark"), "no archive");
  expect((await run("verify", "cut.ark", "other.ark", "whole.ark")).exitCode).toBe(4);
  const listed = jsonLines((await run("list", ".", "--json")).stdout).at(-1)?.result?.["archives"] as { file: string; state: string }[];
  expect(listed.map(({ file, state }) => `${file} ${state}`).toSorted()).toStrictEqual(["cut.ark incomplete", "other.ark damaged", "whole.ark complete"]);
  const printed = await run("cat", "whole.ark", "public.items", "--format", "copy");
  expect({ exitCode: printed.exitCode, rows: printed.stdout.trimEnd().split("\n").length, stderr: printed.stderr }).toStrictEqual({ exitCode: 0, rows: 5000, stderr: "" });
});

test("nuke drops nothing unconfirmed or protected, and leaves an empty database where it may", async () => {
  await using database = await createDatabase(SHOP);
  await using project = await createProject({ shop: {}, held: { protected: true } });
  const run = (...words: string[]) => pgark(words, { cwd: project.folder, env: { SHOP_URL: database.url, HELD_URL: database.url } });
  const tables = async () => (await pgark(["status", "--json"], { cwd: project.folder, env: { SHOP_URL: database.url } })).stdout.includes('"tables":2');

  const refused = [await run("nuke", "shop"), await run("nuke", "shop", "--yes", "shop"), await run("nuke", "held", "--yes", database.name)];
  expect(refused.map(({ exitCode }) => exitCode)).toStrictEqual([5, 5, 5]);
  expect(refused[0]?.stdout).toContain(database.name);
  expect((await run("nuke")).exitCode).toBe(2);
  expect(await tables()).toBe(true);

  expect((await run("nuke", "shop", "--yes", database.name)).exitCode).toBe(0);
  expect(await tables()).toBe(false);
});

describe("interrupted", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s a backup cancels on the server, leaves no file and exits %i", async (signal, code) => {
    await using source = await createDatabase("create table slow (id int); insert into slow select generate_series(1, 100);");
    await using project = await createProject();
    await source.query("begin; lock table slow in access exclusive mode");
    const { exitCode, stderr } = await pgark(["backup", "--url", source.url], {
      cwd: project.folder,
      onStart: (child) => void killWhenBlocked(child, signal, source),
    });
    expect({ exitCode, stderr }).toStrictEqual({ exitCode: code, stderr: `${signal}: cancelling; once more leaves at once\nerror: interrupted by ${signal}\n` });
    expect(await readdir(join(project.folder, "backups")).catch(() => [])).toStrictEqual([]);
    await source.query("rollback");
    expect(await source.query("select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'active'")).toStrictEqual([]);
  });

  test("a restore leaves the target's tables as they were", async () => {
    await using source = await createDatabase(SHOP);
    await using target = await createDatabase(SHOP);
    await using project = await createProject();
    await pgark(["backup", "--url", source.url, "-o", "shop.ark"], { cwd: project.folder });
    await target.query("truncate items, sales");
    await target.query("begin; lock table sales in access exclusive mode");
    const { exitCode } = await pgark(["restore", "shop.ark", "--url", target.url, "--data-only"], {
      cwd: project.folder,
      onStart: (child) => void killWhenBlocked(child, "SIGINT", target),
    });
    await target.query("rollback");
    expect(exitCode).toBe(130);
    expect(await target.query("select (select count(*)::int from items) as items, (select count(*)::int from sales) as sales, (select count(*)::int from pg_constraint where conrelid = 'sales'::regclass and contype = 'f') as keys")).toStrictEqual([
      { items: 0, sales: 0, keys: 1 },
    ]);
  });
});

/** Sends the signal as soon as another session in the database waits for a lock. */
async function killWhenBlocked(child: ChildProcess, signal: NodeJS.Signals, database: TestDatabase): Promise<void> {
  while (child.exitCode === null) {
    // Inside a transaction the server would show what it showed first.
    await database.query("select pg_stat_clear_snapshot()");
    const waiting = await database.query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
    if (waiting.length > 0) return void child.kill(signal);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
