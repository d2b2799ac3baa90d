/** The demo: a small one through and through, its verdict, and what Ctrl-C leaves behind. */
import { spawn } from "node:child_process";
import { chmod, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Evidence, outcomes, outcomeTable } from "../demo/outcome.ts";
import { isAlive } from "../src/server/pid-file.ts";
import { temporaryFolder } from "./helpers/folder.ts";

const DEMO = fileURLToPath(new URL("../demo/demo.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");
/** The server that the tests found is good enough: nothing is fetched. */
const BIN = (JSON.parse(process.env["PGARK_TEST_BIN"] ?? "{}") as Record<string, string>)["17"];

interface Ran {
  readonly exitCode: number | null;
  readonly said: string;
}

/** Runs the demo with few rows; `onText` sees what it has said so far. */
async function demo(folder: string, onText: (said: string, interrupt: () => void) => void = () => {}): Promise<Ran> {
  const environment = { ...process.env, TMPDIR: folder, ...(BIN === undefined ? {} : { PGARK_PG_BIN: BIN }) };
  const child = spawn(process.execPath, ["--import", TSX, DEMO, "--rows", "200", "--no-fetch"], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const hear = (text: string): void => {
    said += text;
    onText(said, () => void child.kill("SIGINT"));
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  const exitCode = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  return { exitCode, said };
}

test("the demo brings every row of both databases back, and leaves nothing behind", async () => {
  await using folder = await openFolder();
  const { exitCode, said } = await demo(folder.path);
  expect({ exitCode, verdict: /^Every row of rulesdb and memorydb came back;/m.test(said), different: said.includes("DIFFERENT") }, said).toStrictEqual({ exitCode: 0, verdict: true, different: false });
  expect(said).toMatch(/^memorydb +public\.memory_nodes +200 .* equal$/m);
  expect(await ownFolders(folder.path)).toStrictEqual([]);
});

test("Ctrl-C in the middle stops the demo's server, removes its data and exits 130", async () => {
  await using folder = await openFolder();
  let sent = false;
  const { exitCode, said } = await demo(folder.path, (text, interrupt) => {
    if (sent || !text.includes("migrate rulesdb")) return;
    sent = true;
    interrupt();
  });
  const pid = Number(/process (\d+)/.exec(said)?.[1]);
  expect(pid, said).toBeGreaterThan(0);
  expect({ exitCode, alive: isAlive(pid), folders: await ownFolders(folder.path) }, said).toStrictEqual({ exitCode: 130, alive: false, folders: [] });
});

const EQUAL: Evidence = {
  database: "rulesdb",
  before: [{ table: `public."Old Rules"`, rows: 2, digest: "7" }],
  after: [{ table: `public."Old Rules"`, rows: 2, digest: "7" }],
  archived: [{ schema: "public", name: "Old Rules", rows: 2, plainBytes: 20, storedBytes: 10, format: "copy-text", columns: [] }],
  backupSeconds: new Map([["public.Old Rules", 0.5]]),
  restored: [{ table: `public."Old Rules"`, archived: 2, inserted: 2, updated: 0, identical: 0, kept: 0, rejected: 0, removed: 0, bytes: 20, seconds: 0.25 }],
};

test("a table is equal when rows and digests are, in the archive and the accounting too", () => {
  const [table] = outcomes(EQUAL);
  expect(table).toStrictEqual({ database: "rulesdb", table: `public."Old Rules"`, rows: 2, archiveBytes: 10, backupSeconds: 0.5, restoreSeconds: 0.25, equal: true });
});

test.each<[string, Partial<Evidence>]>([
  ["another digest", { after: [{ table: `public."Old Rules"`, rows: 2, digest: "8" }] }],
  ["a row less", { after: [{ table: `public."Old Rules"`, rows: 1, digest: "7" }] }],
  ["a table that is gone", { after: [] }],
  ["a table that was not there", { before: [] }],
  ["a table that the archive lacks", { archived: [] }],
  ["a table that the accounting lacks", { restored: [] }],
])("%s is different, and the table says so", (_, change) => {
  const [table] = outcomes({ ...EQUAL, ...change });
  expect(table?.equal).toBe(false);
  expect(outcomeTable(table === undefined ? [] : [table])).toMatch(/DIFFERENT$/);
});

/** A temporary folder that the user lent to the server can enter. */
async function openFolder() {
  const folder = await temporaryFolder();
  await chmod(folder.path, 0o711);
  return folder;
}

async function ownFolders(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith("pgark-demo-"));
}
