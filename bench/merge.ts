/**
 * How fast do rows merge into a table that has half of them, how long does the plan take, and what does a conflict policy cost
 * where nothing conflicts? The rival is what people write by hand: one INSERT … ON CONFLICT for each row, each a transaction.
 */
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { removeArchive } from "./archives.ts";
import { pgark } from "./contenders.ts";
import { ensureFixture, type Fixture } from "./fixtures.ts";
import type { Command } from "./measure.ts";
import { type RoundsOptions, type Series, takeTurns, type Turn } from "./rounds.ts";
import type { BenchServer } from "./server.ts";
import { median, spread } from "./statistics.ts";

const TARGET = "bench_merge_target";
const PER_ROW = fileURLToPath(new URL("per-row.mjs", import.meta.url));
/** The rival does a part of the rows: all of them would take it the better part of an hour. */
const RIVAL_SHARE = 50;

export interface MergeCases {
  readonly rows: number;
  /** How many of them the rival did. */
  readonly rivalRows: number;
  readonly series: readonly Series[];
}

/** What a series is about, in the order in which they run. */
const CASES = ["skip", "update", "per-row skip", "per-row update", "plan", "into empty, no policy", "into empty, skip"] as const;

export async function benchMerge(options: RoundsOptions & { readonly jobs: number; readonly quick: boolean }): Promise<MergeCases> {
  const { server, jobs, quick, onStep } = options;
  const rows = quick ? 100_000 : 1_000_000;
  const [source, half, empty] = [sourceOf(rows), halfOf(rows), emptyOf()];
  for (const fixture of [source, half, empty]) await ensureFixture(server, fixture, onStep);
  const archive = join(server.archives, "merge");
  await removeArchive(archive);
  const ours = pgark({ jobs });
  await takeTurns([{ contender: "archive", command: ours.dump(source.database, archive), prepare: async () => {}, check: async () => {}, archiveBytes: async () => 0 }], { server, runs: 1, onStep });

  const restore = (...words: readonly string[]): Command => {
    const command = ours.restore(archive, TARGET);
    return { ...command, arguments: [...command.arguments, "--data-only", ...words] };
  };
  const perRow = (policy: string): Command => ({ program: process.execPath, arguments: [PER_ROW, source.database, TARGET, policy, String(rows / RIVAL_SHARE)] });
  const existing = rows / 2;
  const turn = (contender: (typeof CASES)[number], command: Command, from: Fixture, expected: number, updated: number): Turn => ({
    contender,
    command,
    async prepare() {
      await dropTarget(server);
      await server.query("postgres", `create database ${TARGET} template ${from.database}`);
    },
    check: () => checkTarget(server, expected, updated),
    archiveBytes: async () => 0,
  });
  const rivalRows = rows / RIVAL_SHARE;
  try {
    const series = await takeTurns(
      [
        turn("skip", restore("--on-conflict", "skip"), half, rows, 0),
        turn("update", restore("--on-conflict", "update"), half, rows, existing),
        turn("per-row skip", perRow("skip"), half, existing + rivalRows / 2, 0),
        turn("per-row update", perRow("update"), half, existing + rivalRows / 2, rivalRows / 2),
        turn("plan", restore("--on-conflict", "update", "--dry-run"), half, existing, 0),
        turn("into empty, no policy", restore(), empty, rows, existing),
        turn("into empty, skip", restore("--on-conflict", "skip"), empty, rows, existing),
      ],
      options,
    );
    return { rows, rivalRows, series };
  } finally {
    await dropTarget(server);
    await removeArchive(archive);
  }
}

/** Rows, and how many of those with even numbers, which may have been there, are the archive's. */
async function checkTarget(server: BenchServer, expected: number, updated: number): Promise<void> {
  const [found] = await server.query<{ rows: number; updated: number }>(TARGET, "select count(*)::int as rows, (count(*) filter (where aid % 2 = 0 and abalance = aid % 1000))::int as updated from public.accounts");
  if (found?.rows !== expected || found.updated !== updated) throw new Error(`the target has ${found?.rows} rows, ${found?.updated} of them as in the archive where others were, expected ${expected} and ${updated}`);
}

async function dropTarget(server: BenchServer): Promise<void> {
  await server.query("postgres", `drop database if exists ${TARGET} with (force)`);
}

const TABLE = "create table public.accounts (aid integer primary key, bid integer not null, abalance integer, filler character(84))";

function sourceOf(rows: number): Fixture {
  return {
    database: `merge_source_${rows}`,
    tables: [{ name: "accounts", rows, indexes: 1 }],
    statements: [TABLE, `insert into public.accounts select i, i / 1000 + 1, i % 1000, '' from generate_series(1, ${rows}) i`],
  };
}

/** Every second row is there, and none of them as in the archive. */
function halfOf(rows: number): Fixture {
  return {
    database: `merge_half_${rows}`,
    tables: [{ name: "accounts", rows: rows / 2, indexes: 1 }],
    statements: [TABLE, `insert into public.accounts select i, i / 1000 + 1, -1, '' from generate_series(2, ${rows}, 2) i`],
  };
}

function emptyOf(): Fixture {
  return { database: "merge_empty", tables: [{ name: "accounts", rows: 0, indexes: 1 }], statements: [TABLE] };
}

/** The figures as a table, and the ratios that are promised. */
export function mergeLines({ rows, rivalRows, series }: MergeCases): readonly string[] {
  const of = (name: (typeof CASES)[number]) => series.find(({ contender }) => contender === name)?.runs.map(({ seconds }) => seconds) ?? [];
  const rate = (name: (typeof CASES)[number], count: number) => count / median(of(name));
  const line = (name: (typeof CASES)[number], words: string, count: number) => `| ${words} | ${count.toLocaleString("en")} | ${spread(of(name))} | ${Math.round(rate(name, count)).toLocaleString("en")} |`;
  return [
    "| | rows | seconds | rows/s |",
    "|---|---|---|---|",
    line("skip", "`--on-conflict skip`, half of the rows exist", rows),
    line("update", "`--on-conflict update`, half of the rows exist and differ", rows),
    line("per-row skip", "INSERT … ON CONFLICT DO NOTHING, a transaction per row", rivalRows),
    line("per-row update", "INSERT … ON CONFLICT DO UPDATE, a transaction per row", rivalRows),
    line("plan", "`--on-conflict update --dry-run`", rows),
    line("into empty, no policy", "into the empty table, no policy", rows),
    line("into empty, skip", "into the empty table, `--on-conflict skip`", rows),
    "",
    `Per row: skip **${(rate("skip", rows) / rate("per-row skip", rivalRows)).toFixed(0)}×**, update **${(rate("update", rows) / rate("per-row update", rivalRows)).toFixed(0)}×** as fast. A policy into an empty table takes **${(median(of("into empty, skip")) / median(of("into empty, no policy"))).toFixed(2)}×** the time of none. Medians of ${series[0]?.runs.length ?? 0}.`,
  ];
}
