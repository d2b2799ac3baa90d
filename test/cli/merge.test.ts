/** What the command line makes of rows that meet rows: policies, confirmation, rejects, undo, resume. */
import type { ChildProcess } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { refuseFlagsTogether } from "../../src/cli/flags-together.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { createProject, pgark, type Ran, type TestProject } from "./run.ts";

const TABLES = `
  create table customers (id int primary key, name text not null);
  create table orders (id int primary key, customer int not null references customers, total int check (total < 900));`;
const ROWS = `
  insert into customers select g, 'customer ' || g from generate_series(1, 20) g;
  insert into orders select g, g % 20 + 1, g from generate_series(1, 100) g;`;
/** 5 customers are gone, 5 have another name, one is only here; two orders cannot come in. */
const CHANGED = `
  delete from orders where customer <= 5 or id = 5; delete from customers where id <= 5;
  update customers set name = 'renamed' where id between 6 and 10;
  insert into customers values (99, 'only here');
  alter table orders drop constraint orders_total_check; alter table orders add check (total not in (5, 20));`;

interface Scene extends AsyncDisposable {
  readonly project: TestProject;
  readonly target: TestDatabase;
  /** Runs pgark in the project's folder. */
  run(...words: string[]): Promise<Ran>;
  /** `pgark restore shop.ark` into the target. */
  restore(...words: string[]): Promise<Ran>;
  files(folder?: string): Promise<readonly string[]>;
}

/** An archive of a shop, and a target that has been on since. */
async function shop(changes: string, source = TABLES + ROWS, target = TABLES + ROWS): Promise<Scene> {
  await using there = await createDatabase(source);
  const database = await createDatabase(target + changes);
  const project = await createProject({ shop: {} });
  const run = (...words: string[]) => pgark(words, { cwd: project.folder, env: { SHOP_URL: database.url } });
  const made = await run("backup", "--url", there.url, "-o", "shop.ark");
  if (made.exitCode !== 0) throw new Error(made.stderr);
  return {
    project,
    target: database,
    run,
    restore: (...words) => run("restore", "shop.ark", "--db", "shop", "--data-only", ...words),
    files: (folder = ".") => readdir(join(project.folder, folder)).catch(() => []),
    async [Symbol.asyncDispose]() {
      await project[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The report of a `--json` run. */
function reportOf({ stdout }: Ran): { tables: Record<string, unknown>[]; safetyBackup: { path: string; undo: string } | null; rejectsFile: string | null; resumed: boolean } {
  const last = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "{}") as { result: ReturnType<typeof reportOf> };
  return last.result;
}

/** The cells of the accounting, by table: archived, inserted, updated, identical, kept, rejected. */
function accountsOf({ stdout }: Ran): Readonly<Record<string, readonly number[]>> {
  const lines = stdout.split("\n").flatMap((line) => /^(public\.\w+)((?: +\d+){6}) /.exec(line) ?? []);
  return Object.fromEntries(lines.flatMap((text, index) => (index % 3 === 1 ? [[text, (lines[index + 1] ?? "").trim().split(/ +/).map(Number)]] : [])));
}

describe("flags that contradict each other, or lead nowhere, exit 2 before anything is opened", () => {
  const both = { owner: true, privileges: true };
  test.each([
    [{ schemaOnly: true, onConflict: "skip" }, "--on-conflict does not go with --schema-only"],
    [{ schemaOnly: true, where: ["a: id = 1"] }, "--where does not go with --schema-only"],
    [{ clean: true, onConflict: "update" }, "--on-conflict does not go with --clean"],
    [{ create: true, onConflictTable: ["a=skip"] }, "--on-conflict-table does not go with --create"],
    [{ resume: true, singleTransaction: true }, "--single-transaction does not go with --resume"],
    [{ rows: 3 }, "--rows shows rows of a plan"],
    [{ withChildren: true }, "--with-children follows the rows that --where chooses"],
  ] as const)("%j", (flags, message) => {
    expect(() => refuseFlagsTogether({ ...both, ...flags })).toThrow(expect.objectContaining({ code: "USAGE", message: expect.stringContaining(message) }));
  });

  test("none of them stands against itself", () => {
    expect(() => refuseFlagsTogether({ ...both, dataOnly: true, onConflict: "skip", onConflictTable: ["a=update"], dryRun: true, rows: 3, where: ["a: id = 1"], withParents: true })).not.toThrow();
  });

  const CASES = [
    [["--resume", "--dry-run"], "--dry-run does not go with --resume"],
    [["--on-conflict", "merge"], "a conflict policy is one of error, skip, update, replace, not merge"],
    [["--on-conflict-table", "orders"], "--on-conflict-table takes TABLE=VALUE, not orders"],
    [["--max-rejects", "-1"], "--max-rejects must be a number of rows, not -1"],
  ] as const;
  test.each(CASES)("%j", async (words, message) => {
    const { exitCode, stdout, stderr } = await pgark(["restore", "none.ark", "--url", "postgres://postgres@127.0.0.1:1/none", ...words]);
    expect({ exitCode, stdout, stderr }).toStrictEqual({ exitCode: 2, stdout: "", stderr: expect.stringContaining(message) });
  });
});

test("without a policy nothing is written; skip and update account for every row, and rejected ones are in a file", async () => {
  await using scene = await shop(CHANGED);
  const refused = await scene.restore();
  expect(refused).toMatchObject({ exitCode: 5, stdout: "", stderr: expect.stringContaining("with --on-conflict skip, update or replace") });

  const planned = await scene.restore("--on-conflict", "skip", "--dry-run", "--rows", "1", "--json");
  const skipped = await scene.restore("--on-conflict", "skip");
  expect(skipped.exitCode).toBe(3);
  // 25 orders of customers 1 to 5 and 2 that were deleted; order 20 is of customer 1 and the check refuses it.
  expect(accountsOf(skipped)).toStrictEqual({ "public.customers": [20, 5, 0, 10, 5, 0], "public.orders": [100, 24, 0, 74, 0, 2] });
  expect(skipped.stdout).toMatch(/\nrejected rows: shop\.ark\.rejects\.jsonl\n/);
  const plan = (JSON.parse(planned.stdout.trimEnd().split("\n").at(-1) ?? "") as { result: { forecast: Record<string, unknown>[] } }).result.forecast;
  expect(plan.map(({ table, new: fresh, identical, differing, conflicting }) => ({ table, fresh, identical, differing, conflicting }))).toStrictEqual([
    { table: "public.customers", fresh: 5, identical: 10, differing: 5, conflicting: {} },
    { table: "public.orders", fresh: 24, identical: 74, differing: 0, conflicting: { orders_total_check: 2 } },
  ]);
  const rejects = (await readFile(join(scene.project.folder, "shop.ark.rejects.jsonl"), "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line) as object);
  expect(rejects).toStrictEqual([20, 5].map((id) => ({ table: "public.orders", key: { id }, constraint: "orders_total_check", message: expect.stringContaining("orders_total_check"), row: { id, customer: (id % 20) + 1, total: id } })));

  const updated = await scene.restore("--on-conflict", "update", "--on-conflict-table", "orders=skip", "--json", "--rejects-file", "refused.jsonl");
  const report = reportOf(updated);
  expect(updated.exitCode).toBe(3);
  expect(report.tables.map(({ table, inserted, updated: changed, identical, kept, rejected }) => [table, inserted, changed, identical, kept, rejected])).toStrictEqual([
    ["public.customers", 0, 5, 15, 0, 0],
    ["public.orders", 0, 0, 98, 0, 2],
  ]);
  expect(report).toMatchObject({ rejectsFile: join(scene.project.folder, "refused.jsonl"), safetyBackup: null, resumed: false });
  expect(await scene.target.query("select count(*)::int as n from customers where name = 'renamed' or id = 99")).toStrictEqual([{ n: 1 }]);
  expect((await scene.restore("--on-conflict", "update", "--max-rejects", "1")).exitCode).toBe(1);
});

test("replace asks, makes a safety backup unless told not to, and the command that it prints brings back what was there", async () => {
  await using scene = await shop("update customers set name = 'mine'; delete from orders where id > 10;");
  const before = () => scene.target.query("select (select string_agg(c::text, ',' order by id) from customers c) as customers, (select string_agg(o::text, ',' order by id) from orders o) as orders");
  const mine = await before();
  const refused = [await scene.restore("--on-conflict", "replace"), await scene.restore("--on-conflict", "replace", "--yes", "shop")];
  expect(refused.map(({ exitCode, stderr }) => ({ exitCode, asks: /there is no terminal to ask on|--yes shop names none/.test(stderr) }))).toStrictEqual(refused.map(() => ({ exitCode: 5, asks: true })));
  expect({ rows: await before(), backups: await scene.files("backups") }).toStrictEqual({ rows: mine, backups: [] });

  const replaced = await scene.restore("--on-conflict", "replace", "--yes", scene.target.name);
  expect(replaced.exitCode).toBe(0);
  expect(accountsOf(replaced)).toStrictEqual({ "public.customers": [20, 20, 0, 0, 0, 0], "public.orders": [100, 100, 0, 0, 0, 0] });
  expect(replaced.stdout).toContain("removed: 20 rows that public.customers had before\nremoved: 10 rows that public.orders had before\n");
  const [, undo = ""] = /\nto have back what was there before:\n {2}pgark (.*)\n/.exec(replaced.stdout) ?? [];
  const undone = await scene.run(...undo.split(" "), "--yes", scene.target.name, "--no-safety-backup");
  expect({ exitCode: undone.exitCode, rows: await before(), undo: undone.stdout.includes("to have back") }).toStrictEqual({ exitCode: 0, rows: mine, undo: false });
  expect(await scene.files("backups")).toHaveLength(1);
});

test("--clean makes a safety backup of a database that has something, and none of an empty one", async () => {
  await using scene = await shop("insert into customers values (21, 'mine')", TABLES + ROWS, TABLES);
  await using empty = await createDatabase();
  const cleaned = [await scene.run("restore", "shop.ark", "--db", "shop", "--clean", "--json"), await scene.run("restore", "shop.ark", "--url", empty.url, "--clean", "--json")];
  const [kept, none] = cleaned.map((ran) => reportOf(ran).safetyBackup);
  expect({ exitCodes: cleaned.map(({ exitCode }) => exitCode), none, files: await scene.files("backups") }).toStrictEqual({ exitCodes: [0, 0], none: null, files: [kept?.path.split("/").at(-1)] });
  expect(kept?.undo).toMatch(/--clean$/);
});

test("a restore that was killed goes on with --resume, and says so; where none is, --resume is refused", async () => {
  await using scene = await shop("", TABLES + ROWS, TABLES);
  expect(await scene.restore("--resume")).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("no interrupted restore was found") });
  await scene.target.query("begin; lock table orders in access exclusive mode");
  const words = ["restore", "shop.ark", "--url", scene.target.url, "--data-only", "--on-conflict", "skip", "-j", "1"];
  await pgark(words, { cwd: scene.project.folder, onStart: (child) => void killWhenBlocked(child, scene.target) });
  await scene.target.query("rollback");
  const resumed = await scene.run(...words, "--resume");
  // Blocked before its first write, it has left nothing to go on with; blocked later, it goes on.
  if (resumed.exitCode === 5) expect((await scene.run(...words)).exitCode).toBe(0);
  else expect(resumed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/, resumed\n$/) });
  expect(await scene.target.query("select (select count(*)::int from customers) as customers, (select count(*)::int from orders) as orders, to_regnamespace('pgark') as journal")).toStrictEqual([{ customers: 20, orders: 100, journal: null }]);
});

test("restore-all asks for both databases before it writes to one, and passes every flag through; the configuration's policies hold where no flag does", async () => {
  await using source = await createDatabase(TABLES + ROWS);
  await using rules = await createDatabase(TABLES + ROWS + CHANGED);
  await using memory = await createDatabase(TABLES + ROWS + CHANGED);
  await using project = await createProject({ rulesdb: { restore: { onConflict: "update" } }, memorydb: { restore: { onConflict: "replace", onConflictTables: { orders: "skip", customers: "skip" } } } });
  const run = (...words: string[]) => pgark(words, { cwd: project.folder, env: { RULESDB_URL: rules.url, MEMORYDB_URL: memory.url } });
  await run("backup", "--url", source.url, "--data-only", "-o", "shop.ark");
  const all = (...words: string[]) => run("restore-all", "shop.ark", "shop.ark", "--data-only", ...words);

  expect(await all("--yes", rules.name)).toMatchObject({ exitCode: 5, stdout: "" });
  const one = await all("--on-conflict", "update", "--rejects-file", "no.jsonl");
  expect(one.exitCode).toBe(3);
  expect(one.stdout.match(/^public\.customers .*$/gm)?.map((line) => line.split(/ +/).slice(1, 7))).toStrictEqual([
    ["20", "5", "5", "10", "0", "0"],
    ["20", "5", "0", "10", "5", "0"],
  ]);
  expect((await readdir(project.folder)).filter((name) => name.endsWith("no.jsonl")).toSorted()).toStrictEqual(["memorydb-no.jsonl", "rulesdb-no.jsonl"]);
});

/** As soon as another session waits for a lock. */
async function killWhenBlocked(child: ChildProcess, database: TestDatabase): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    await database.query("select pg_stat_clear_snapshot()");
    const waiting = await database.query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
    if (waiting.length > 0) return void child.kill("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
