import { expect, it } from "vitest";
import type { TocEntry } from "../../src/archive/toc.ts";
import { PgarkError } from "../../src/errors.ts";
import type { PlannedLoad } from "../../src/restore/plan.ts";
import { postDataTasks } from "../../src/restore/post-data.ts";
import { runTasks } from "../../src/restore/schedule.ts";
import { entryRunner } from "../../src/restore/section.ts";
import type { Session } from "../../src/session/session.ts";

function entry(id: number, fields: Partial<TocEntry> = {}): TocEntry {
  const blank = { schema: "s", owner: null, drop: null, dependencies: [], parent: null, record: null, tablespace: null, accessMethod: null, data: null };
  return { ...blank, id, kind: "view", section: "pre-data", pass: "main", name: `e${id}`, address: `VIEW s.e${id}`, create: [`CREATE e${id};`], ...fields };
}

/** A server that refuses statements that hold `bad`, and keeps what the others made. */
function server(bad: string): { readonly session: Session; readonly messages: string[]; readonly made: string[] } {
  const messages: string[] = [];
  const made: string[] = [];
  const execute = async (sql: string): Promise<number> => {
    messages.push(sql);
    if (sql.includes(bad)) throw new PgarkError("SQL_FAILED", `no ${bad}`, { sqlState: "42601" });
    made.push(...(sql.match(/CREATE \w+/g) ?? []));
    return 0;
  };
  // A runner executes, and does nothing else.
  return { session: { execute } as unknown as Session, messages, made };
}

function runner(continueOnError: boolean) {
  return entryRunner({ noOwner: true, continueOnError, target: { roles: new Set(["postgres"]), tablespaces: new Set() }, tell: () => {}, tickMs: () => 0 });
}

const MANY = Array.from({ length: 1000 }, (_, index) => entry(index + 1));

it("makes a thousand entries in ten messages, each behind a savepoint", async () => {
  const { session, messages, made } = server("nothing");
  const running = runner(false);
  await running.createAll(session, MANY);
  expect(messages.filter((message) => !message.startsWith("SAVEPOINT")).length).toBe(10);
  expect(messages.length).toBe(20);
  expect(made).toStrictEqual(MANY.map(({ name }) => `CREATE ${name}`));
  expect([...running.created]).toStrictEqual([["view", 1000]]);
});

it("names the one entry of many that fails, and makes none behind it", async () => {
  const { session, made } = server("e250;");
  await expect(runner(false).createAll(session, MANY)).rejects.toMatchObject({ code: "SQL_FAILED", object: "VIEW s.e250" });
  expect(made.length).toBe(249);
});

it("with tolerance makes all others and tells of the one", async () => {
  const { session, made } = server("e250;");
  const running = runner(true);
  await running.createAll(session, MANY);
  expect(made.length).toBe(999);
  expect(running.failures).toStrictEqual([{ object: "VIEW s.e250", message: "no e250;" }]);
  expect([...running.failed]).toStrictEqual([250]);
});

it("builds the keys and indexes of thousands of small tables in few transactions, each once, and foreign keys behind them", async () => {
  const TABLES = 2000;
  const tables = Array.from({ length: TABLES }, (_, at) => entry(at + 1, { kind: "table" }));
  const data = tables.map(({ id }) => entry(TABLES + id, { kind: "table-data", section: "data", parent: id, dependencies: [id] }));
  const post = (offset: number, kind: string, dependencies: (id: number) => readonly number[]) =>
    tables.map(({ id }) => entry(offset * TABLES + id, { kind, section: "post-data", parent: id, dependencies: dependencies(id) }));
  const keys = post(2, "constraint", (id) => [id]);
  const indexes = post(3, "index", (id) => [id]);
  const foreign = post(4, "foreign-key", (id) => [id, (id % TABLES) + 1, 2 * TABLES + (id % TABLES) + 1]).slice(0, 10);
  // Of a load only its entry and its size matter here.
  const loads = data.map((one) => ({ load: one.id, entry: one, bytes: 100 }) as PlannedLoad);

  const transactions: (readonly TocEntry[])[] = [];
  const create = async (_: Session, entries: readonly TocEntry[]): Promise<void> => void transactions.push(entries);
  const tasks = postDataTasks({ entries: [...tables, ...data, ...keys, ...indexes, ...foreign], postData: [...keys, ...indexes, ...foreign], rowTasks: new Map(), loads, create });
  // The sessions are handed through.
  await runTasks(tasks, [{}, {}] as unknown as Session[]);

  const made = transactions.flat().map(({ id }) => id);
  expect(made.toSorted((a, b) => a - b)).toStrictEqual([...keys, ...indexes, ...foreign].map(({ id }) => id));
  expect(made.slice(-10).toSorted((a, b) => a - b)).toStrictEqual(foreign.map(({ id }) => id));
  expect(transactions.length).toBeLessThan(100);
});
