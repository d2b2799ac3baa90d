/**
 * apt with a private state: another suite's packages can be resolved and downloaded without root and without the
 * system's package database hearing of it.
 */
import { join } from "node:path";
import { PgarkError } from "../errors.ts";
import { makePath, writeSmallFile } from "../io/tree.ts";
import { lastLines } from "./cluster.ts";
import { sourceFor, type Mirror } from "./mirror.ts";
import { runProgram } from "./run-as.ts";

export interface Package {
  readonly name: string;
  readonly bytes: number;
}

export interface Apt {
  /** Whether the suite has a package of this name. */
  has(name: string): Promise<boolean>;
  /** What installing these on an empty system would bring, themselves included. */
  closure(names: readonly string[]): Promise<readonly Package[]>;
  /** Puts the packages' .deb files into the folder; apt checks their hashes against the signed index. */
  download(names: readonly string[], folder: string): Promise<void>;
}

/** Makes the private state in `folder` and reads the suite's index into it. Throws `UNSUPPORTED` where there is no apt. */
export async function openApt(folder: string, mirror: Mirror, suite: string): Promise<Apt> {
  const configuration = await writeConfiguration(folder, mirror, suite);
  await run("apt-get", configuration, ["update"], folder);
  return {
    async has(name) {
      const { exitCode } = await start("apt-cache", configuration, ["show", name], folder);
      return exitCode === 0;
    },
    async closure(names) {
      return parseUris(await run("apt-get", configuration, ["install", "--yes", "--print-uris", ...names], folder));
    },
    async download(names, into) {
      await makePath(into, 0o755);
      await run("apt-get", configuration, ["download", ...names], into);
    },
  };
}

/** Lines of `--print-uris`: `'uri' name_version_architecture.deb bytes hash`. */
export function parseUris(text: string): readonly Package[] {
  return [...text.matchAll(/^'[^']*' ([^_\s]+)_\S+\.deb (\d+)/gm)].map(([, name = "", bytes = "0"]) => ({ name, bytes: Number(bytes) }));
}

/** The machine's own configuration stays in force (proxies, credentials); this is read after it. */
async function writeConfiguration(folder: string, mirror: Mirror, suite: string): Promise<string> {
  for (const name of ["sources", "empty", "state/lists/partial", "cache/archives/partial"]) await makePath(join(folder, name), 0o755);
  await writeSmallFile(join(folder, "state/status"), "", 0o644);
  await writeSmallFile(join(folder, "sources/suite.sources"), sourceFor(mirror, suite), 0o600);
  const path = join(folder, "apt.conf");
  const settings = {
    "Dir::Etc::SourceList": "/dev/null",
    "Dir::Etc::SourceParts": join(folder, "sources"),
    "Dir::Etc::Preferences": "/dev/null",
    "Dir::Etc::PreferencesParts": join(folder, "empty"),
    "Dir::State": join(folder, "state"),
    "Dir::State::Lists": join(folder, "state/lists"),
    // An empty package database: the closure then holds the suite's own libc and everything above it.
    "Dir::State::status": join(folder, "state/status"),
    "Dir::Cache": join(folder, "cache"),
    "Dir::Cache::archives": join(folder, "cache/archives"),
    // Started by root, apt would download as a user that may not enter the folder.
    "APT::Sandbox::User": "root",
    "APT::Install-Recommends": "false",
    "Acquire::Languages": "none",
    "Acquire::Retries": "3",
    // The caller holds a lock of its own; apt's are in places only root may write to.
    "Debug::NoLocking": "true",
    "quiet": "2",
  };
  const hooks = ["APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success"];
  const lines = [...hooks.map((name) => `#clear ${name};`), ...Object.entries(settings).map(([name, value]) => `${name} "${value}";`)];
  await writeSmallFile(path, `${lines.join("\n")}\n`, 0o600);
  return path;
}

async function run(program: "apt-get" | "apt-cache", configuration: string, programArguments: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await start(program, configuration, programArguments, cwd);
  if (exitCode === 0) return stdout;
  throw new PgarkError("IO_FAILED", `${program} ${programArguments[0]} failed: ${withoutCredentials(lastLines(stderr + stdout, 4))}`);
}

async function start(program: "apt-get" | "apt-cache", configuration: string, programArguments: readonly string[], cwd: string) {
  // Proxies are often in the environment.
  const environment = { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  return runProgram(program, ["-c", configuration, ...programArguments], { cwd, environment });
}

function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]+@/g, "//");
}
