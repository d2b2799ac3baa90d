/** Reads pgark.config.ts (or .mts, .js, .mjs) of a project, without a build step. */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";
import { messageOf, PgarkError } from "../errors.ts";
import { nodeIo, type Io } from "../io/io.ts";
import { type PgarkConfig, resolveConfig } from "./config.ts";

const FILE_NAMES = ["pgark.config.ts", "pgark.config.mts", "pgark.config.js", "pgark.config.mjs"];

/** Loads the configuration that stands in `folder`. A folder without one is fine: no names are known then. Throws `USAGE` when the file cannot be run or says something wrong. */
export async function loadConfig(folder: string, io: Io = nodeIo): Promise<PgarkConfig> {
  const file = await configFileIn(folder, io);
  return file === null ? resolveConfig({}, folder, null) : loadConfigFile(file, io);
}

/** Loads one file; its folder is the project's. Throws `USAGE` when it is not there, too. */
export async function loadConfigFile(file: string, io: Io = nodeIo): Promise<PgarkConfig> {
  const path = resolve(file);
  if ((await io.stat(path)) === null) throw new PgarkError("USAGE", `there is no configuration file ${path}`, { object: path });
  return resolveConfig(await evaluate(path), dirname(path), path);
}

/** The nearest folder with a configuration, from `folder` upwards; `folder` itself when there is none. */
export async function findProjectFolder(folder: string, io: Io = nodeIo): Promise<string> {
  const start = resolve(folder);
  for (let at = start; ; at = dirname(at)) {
    if ((await configFileIn(at, io)) !== null) return at;
    if (at === dirname(at)) return start;
  }
}

async function configFileIn(folder: string, io: Io): Promise<string | null> {
  for (const name of FILE_NAMES) {
    const file = join(resolve(folder), name);
    if ((await io.stat(file)) !== null) return file;
  }
  return null;
}

async function evaluate(file: string): Promise<unknown> {
  // The file may say `import { defineConfig } from "pgark"` where pgark is run by npx and not installed.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const pgark = fileURLToPath(new URL(`../index.${extension}`, import.meta.url));
  const jiti = createJiti(import.meta.url, { alias: { pgark }, fsCache: false, moduleCache: false });
  let exported: unknown;
  try {
    exported = await jiti.import(file, { default: true });
  } catch (error) {
    throw new PgarkError("USAGE", `${file} cannot be loaded: ${messageOf(error)}`, { object: file, cause: error });
  }
  return exported;
}
