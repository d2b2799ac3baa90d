/**
 * How faithfully a database comes back, ours beside pg_dump's: `npm run fidelity -- URL [TARGET-URL]` dumps and restores
 * it both ways into new databases on the target's server (the source's when none is named), drops them again, and prints
 * for each: errors, objects lost, facts changed, lines of pg_dump's text that differ, tables whose rows differ, seconds;
 * and last how the two copies differ.
 * `--show N` prints the first N of each. The programs of the newest PostgreSQL on the PATH, or in PGARK_BIN, are used.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { dump, restore, tableDigests } from "../src/index.ts";
import { catalogFacts } from "./helpers/catalog-facts.ts";

type Facts = Readonly<Record<string, readonly string[]>>;

interface Seen {
  readonly facts: Facts;
  readonly text: readonly string[];
  readonly rows: ReadonlyMap<string, string>;
}

interface Score {
  readonly errors: readonly string[];
  readonly lost: readonly string[];
  readonly changed: readonly string[];
  readonly text: readonly string[];
  readonly rows: readonly string[];
  readonly seconds: number;
}

const DROP_SUBSCRIPTIONS = `
  select format('ALTER SUBSCRIPTION %1$I DISABLE; ALTER SUBSCRIPTION %1$I SET (slot_name = NONE); DROP SUBSCRIPTION %1$I', subname) as drop
  from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())`;

/** The fields of a fact that say what it is of. */
const NAMING = ["name", "relation", "on", "of", "object", "role", "schema", "oid"];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { show: { type: "string", default: "0" }, ours: { type: "boolean", default: false } } });
const [source, targetServer = source] = positionals;
if (source === undefined || targetServer === undefined) throw new Error("which database? npm run fidelity -- URL [TARGET-URL]");

const folder = mkdtempSync(join(tmpdir(), "pgark-fidelity-"));
try {
  const original = await look(source);
  const ours = await show("pgark", original, pgark);
  if (!values.ours) between(ours, await show("pg_dump", original, pgDump));
} finally {
  rmSync(folder, { recursive: true });
}

async function show(name: string, original: Seen, copy: (from: string, to: string) => Promise<readonly string[]>): Promise<Seen> {
  const { restored, ...score } = await scoreOf(name, original, copy);
  const columns = ["errors", "lost", "changed", "text", "rows"] as const;
  console.log(`${name.padEnd(8)} ${columns.map((column) => `${column} ${score[column].length}`).join("  ")}  ${score.seconds.toFixed(1)} s`);
  for (const column of columns) tell(column, score[column]);
  return restored;
}

/** What the versions of two servers change by nature is the same in both copies: what differs between those is the doing of one of the two. */
function between(ours: Seen, theirs: Seen): void {
  const { lost, changed } = factsThatDiffer(theirs.facts, ours.facts);
  const text = linesThatDiffer(theirs.text, ours.text);
  console.log(`pg_dump's copy beside ours: lost ${lost.length}  changed ${changed.length}  text ${text.length}`);
  tell("lost", lost);
  tell("changed", changed);
  tell("text", text);
}

function tell(column: string, lines: readonly string[]): void {
  for (const line of lines.slice(0, Number(values.show))) console.log(`  ${column}: ${line}`);
}

async function scoreOf(name: string, original: Seen, copy: (from: string, to: string) => Promise<readonly string[]>): Promise<Score & { readonly restored: Seen }> {
  const database = `pgark_fidelity_${name}_${process.pid}`;
  const target = new URL(targetServer ?? "");
  await atServer(`CREATE DATABASE ${database} TEMPLATE template0`);
  try {
    target.pathname = `/${database}`;
    const begun = performance.now();
    const errors = await copy(source ?? "", target.href);
    const seconds = (performance.now() - begun) / 1000;
    const restored = await look(target.href);
    return { restored, errors, ...factsThatDiffer(original.facts, restored.facts), text: linesThatDiffer(original.text, restored.text), rows: rowsThatDiffer(original.rows, restored.rows), seconds };
  } finally {
    // A database with subscriptions cannot be dropped; theirs have no slot anywhere.
    for (const { drop } of await atServer(DROP_SUBSCRIPTIONS, target.pathname)) await atServer(drop, target.pathname);
    await atServer(`DROP DATABASE ${database} WITH (FORCE)`);
  }
}

async function pgark(from: string, to: string): Promise<readonly string[]> {
  const archive = join(folder, "database.ark");
  const said: string[] = [];
  try {
    await dump(from, archive, { jobs: 2 });
    const report = await restore(archive, to, { jobs: 2, continueOnError: true });
    said.push(...report.failures.map(({ object, message }) => `${object}: ${message}`));
  } catch (error) {
    said.push(`gave up: ${error instanceof Error ? error.message : String(error)}`);
  }
  return said;
}

async function pgDump(from: string, to: string): Promise<readonly string[]> {
  const script = join(folder, "database.sql");
  const dumped = await run("pg_dump", ["-b", "-d", from, "-f", script]);
  const loaded = await run("psql", ["-X", "-q", "-d", to, "-f", script]);
  return [...dumped.error.split("\n").filter((line) => /error:/.test(line)), ...loaded.error.split("\n").filter((line) => /ERROR:/.test(line))];
}

async function look(url: string): Promise<Seen> {
  const facts = await catalogFacts(url);
  const { output } = await run("pg_dump", ["--schema-only", "-b", "-d", url]);
  const text = output.split("\n").filter((line) => line !== "" && !/^(--|\\(un)?restrict )/.test(line));
  const rows = new Map((await tableDigests(url)).map(({ table, ...digest }) => [table, JSON.stringify(digest)]));
  return { facts, text, rows };
}

/** A fact that is there with another value is changed; one whose name is gone is lost, and one that was not there counts as changed. */
function factsThatDiffer(original: Facts, restored: Facts): { readonly lost: readonly string[]; readonly changed: readonly string[] } {
  const lost: string[] = [];
  const changed: string[] = [];
  for (const [kind, facts] of Object.entries(original)) {
    const gone = without(facts, restored[kind] ?? []);
    const came = new Map(without(restored[kind] ?? [], facts).map((fact) => [identity(fact), fact]));
    for (const fact of gone) {
      const instead = came.get(identity(fact));
      came.delete(identity(fact));
      if (instead === undefined) lost.push(`${kind} ${fact}`);
      else changed.push(`${kind} ${fieldsThatDiffer(fact, instead)}`);
    }
    changed.push(...[...came.values()].map((fact) => `${kind} only in the copy: ${fact}`));
  }
  return { lost, changed };
}

function identity(fact: string): string {
  const fields = fieldsOf(fact);
  return JSON.stringify(NAMING.map((field) => fields[field] ?? null));
}

function fieldsThatDiffer(fact: string, instead: string): string {
  const [was, is] = [fieldsOf(fact), fieldsOf(instead)];
  const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((field) => JSON.stringify(was[field]) !== JSON.stringify(is[field]));
  return `${identity(fact)}: ${fields.map((field) => `${field} ${JSON.stringify(was[field])} is now ${JSON.stringify(is[field])}`).join("; ")}`;
}

function fieldsOf(fact: string): Readonly<Record<string, unknown>> {
  // catalog-facts.ts makes each fact an object.
  return JSON.parse(fact) as Record<string, unknown>;
}

function linesThatDiffer(original: readonly string[], restored: readonly string[]): readonly string[] {
  return [...without(original, restored).map((line) => `- ${line}`), ...without(restored, original).map((line) => `+ ${line}`)];
}

function rowsThatDiffer(original: ReadonlyMap<string, string>, restored: ReadonlyMap<string, string>): readonly string[] {
  return [...original].filter(([table, digest]) => restored.get(table) !== digest).map(([table, digest]) => `${table}: ${digest}, now ${restored.get(table) ?? "not there"}`);
}

/** The lines of one that the other has not, as often as it has them too few times. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

async function atServer(statement: string, database = "/postgres"): Promise<readonly { readonly drop: string }[]> {
  const address = new URL(targetServer ?? "");
  address.pathname = database;
  const client = new pg.Client({ connectionString: address.href });
  await client.connect();
  try {
    return (await client.query<{ drop: string }>(statement)).rows;
  } finally {
    await client.end();
  }
}

function run(program: string, parameters: readonly string[]): Promise<{ readonly output: string; readonly error: string }> {
  const path = process.env["PGARK_BIN"] === undefined ? program : join(process.env["PGARK_BIN"], program);
  return new Promise((resolve, reject) => {
    execFile(path, parameters, { maxBuffer: 1 << 30 }, (error, output, said) => {
      if (error !== null && typeof error.code === "string") reject(error);
      else resolve({ output, error: said });
    });
  });
}
