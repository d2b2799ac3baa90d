/** Runs the real command line as a process of its own, in a folder of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Told of the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs `pgark …words` without a terminal and waits for its end. */
export async function pgark(words: readonly string[], { cwd = tmpdir(), env = {}, onStart }: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, ["--import", TSX, MAIN, ...words], { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  onStart?.(child);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { exitCode, stdout, stderr };
}

/** `pgark …from | pgark …to`. */
export async function pgarkPipe(from: readonly string[], to: readonly string[], cwd: string): Promise<readonly [Ran, Ran]> {
  const [first, second] = [from, to].map((words) => spawn(process.execPath, ["--import", TSX, MAIN, ...words], { cwd, stdio: ["pipe", "pipe", "pipe"] }));
  if (first === undefined || second === undefined) throw new Error("two command lines make a pipe");
  first.stdin.end();
  first.stdout.pipe(second.stdin);
  const ends = [first, second].map(async (child): Promise<Ran> => {
    let stdout = "";
    let stderr = "";
    if (child === second) child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { exitCode, stdout, stderr };
  });
  const [a, b] = await Promise.all(ends);
  if (a === undefined || b === undefined) throw new Error("two processes have two ends");
  return [a, b];
}

export interface TestProject extends AsyncDisposable {
  readonly folder: string;
}

/** A folder with a configuration that names `databases`; removed at the end of the scope. */
export async function createProject(databases: Readonly<Record<string, object>> = {}): Promise<TestProject> {
  const folder = await mkdtemp(join(tmpdir(), "pgark-cli-"));
  await writeFile(join(folder, "pgark.config.ts"), `export default ${JSON.stringify({ databases })};\n`);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
