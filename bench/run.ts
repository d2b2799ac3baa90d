/**
 * `npm run bench`: how fast are dump and restore, ours and pg_dump's, on one server, and how much memory does ours take? It promises
 * that both sides get the same rows, jobs and server and take turns, and that what is printed is what was measured. It does
 * not prove archives or compare rows: the tests do.
 */
import { readFile, writeFile } from "node:fs/promises";
import { VERSION } from "../src/index.ts";
import { type BenchArguments, parseArguments, USAGE } from "./arguments.ts";
import { pgark, postgres } from "./contenders.ts";
import { benchDump, bestTrial, calibrate } from "./dump.ts";
import { ensureFixture, fixtureBytes, mainSet } from "./fixtures.ts";
import { describeMachine } from "./machine.ts";
import { benchMemory } from "./memory.ts";
import { benchMerge } from "./merge.ts";
import { findPrograms, type Programs } from "./programs.ts";
import { memoryMarkdown, type MemoryReport, mergeMarkdown, replaceSection, type Setting, speedMarkdown, type SpeedReport } from "./report.ts";
import { benchRestore } from "./restore.ts";
import { type BenchServer, startBenchServer } from "./server.ts";

const README = new URL("README.md", import.meta.url);

async function main(words: readonly string[]): Promise<void> {
  const given = parseArguments(words);
  const machine = describeMachine();
  await using server = await startBenchServer(given.home, tell);
  // Without this, Ctrl-C would leave the server running; the command being measured gets the signal from the terminal itself.
  process.once("SIGINT", () => void server[Symbol.asyncDispose]().finally(() => process.exit(130)));
  const programs = await findPrograms(server.binFolder, server.version);
  const setting: Setting = {
    startedAt: new Date().toISOString(),
    machine,
    versions: { pgark: VERSION, node: process.versions.node, server: server.version, rival: programs.version },
    serverSettings: await server.settings(),
    jobs: given.jobs,
    note: given.note,
  };
  const speed = given.questions.some((question) => question === "dump" || question === "restore") ? await benchSpeed(server, programs, setting, given) : null;
  const merge = given.questions.includes("merge") ? { ...setting, ...(await benchMerge({ server, runs: given.runs, jobs: given.jobs, quick: given.quick, onStep: tell })) } : null;
  const memory = given.questions.includes("memory") ? await askMemory(server, setting, given) : null;
  if (given.json !== null) await writeFile(given.json, `${JSON.stringify({ speed, merge, memory }, null, 2)}\n`);
  if (speed !== null) await show("speed", speedMarkdown(speed), given);
  if (merge !== null) await show("merge", mergeMarkdown(merge), given);
  if (memory !== null) await show("memory", memoryMarkdown(memory), given);
}

/** The same set and contenders for both directions. */
async function benchSpeed(server: BenchServer, programs: Programs, setting: Setting, given: BenchArguments): Promise<SpeedReport> {
  const fixture = mainSet(given);
  await ensureFixture(server, fixture, tell);
  const { jobs, runs, questions } = given;
  const trials = await calibrate((codec) => postgres(programs, { jobs, codec }), fixture.database, server, tell);
  const ours = pgark({ jobs });
  const rival = postgres(programs, { jobs, codec: bestTrial(trials).codec });
  const options = { server, runs, onStep: tell };
  return {
    ...setting,
    set: { tables: fixture.tables, ...(await fixtureBytes(server, fixture)) },
    codecs: [ours.codec, rival.codec],
    trials,
    dump: questions.includes("dump") ? await benchDump([ours, rival, pgark({ jobs, verify: false })], fixture.database, options) : null,
    restore: questions.includes("restore") ? await benchRestore([ours, rival], fixture, options) : null,
  };
}

async function askMemory(server: BenchServer, setting: Setting, { runs, quick }: BenchArguments): Promise<MemoryReport> {
  return { ...setting, jobs: Math.min(4, setting.machine.cores), cases: await benchMemory(pgark(), { server, runs, quick, onStep: tell }) };
}

/** To the terminal, and to the README when that was asked for. */
async function show(name: string, markdown: string, { readme }: BenchArguments): Promise<void> {
  console.log(markdown);
  if (readme) await writeFile(README, replaceSection(await readFile(README, "utf8"), name, markdown));
}

function tell(text: string): void {
  console.error(text);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error);
  console.error(USAGE);
  process.exitCode = 1;
}
