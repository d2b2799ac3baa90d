/** Who is measured: pgark's own command line as it was built, and pg_dump with pg_restore. Side by side, with as many jobs each. */
import { fileURLToPath } from "node:url";
import { codecText, defaultCodec } from "../src/archive/codec.ts";
import type { Command } from "./measure.ts";
import type { Programs } from "./programs.ts";

/** The PG* variables say which server; a database and an archive are all that a command adds. */
export interface Contender {
  readonly name: string;
  readonly codec: string;
  dump(database: string, archive: string): Command;
  restore(archive: string, database: string): Command;
}

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const USAGE = new URL("usage.mjs", import.meta.url).href;

/** `jobs` undefined: what pgark takes by itself. */
export function pgark(options: { readonly jobs?: number; readonly verify?: boolean } = {}): Contender {
  const run = (...words: readonly string[]): Command => ({ program: process.execPath, arguments: ["--import", USAGE, MAIN, ...words] });
  const jobs = options.jobs === undefined ? [] : ["--jobs", String(options.jobs)];
  const verify = options.verify === false ? ["--no-verify"] : [];
  return {
    name: ["pgark", ...verify].join(" "),
    codec: codecText(defaultCodec()),
    dump: (database, archive) => run("backup", "--url", `dbname=${database}`, "--output", archive, ...jobs, ...verify),
    restore: (archive, database) => run("restore", archive, "--url", `dbname=${database}`, ...jobs),
  };
}

export function postgres(programs: Programs, options: { readonly jobs: number; readonly codec: string }): Contender {
  return {
    name: "pg_dump, pg_restore",
    codec: options.codec,
    dump: (database, archive) => ({ program: programs.dump, arguments: ["-Fd", `-j${options.jobs}`, `--compress=${options.codec}`, "-f", archive, "-d", database] }),
    restore: (archive, database) => ({ program: programs.restore, arguments: [`-j${options.jobs}`, "--exit-on-error", "-d", database, archive] }),
  };
}
