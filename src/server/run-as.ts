/**
 * Under which user server programs run. PostgreSQL refuses to be started by root, so root lends it `postgres`, else
 * `nobody`; anybody else runs it as themselves. Programs start in `/`, because the folder pgark was called from
 * may be closed to that user, and without the caller's PG* variables, which would change what they do.
 */
import { spawn } from "node:child_process";
import { PgarkError } from "../errors.ts";
import type { Io } from "../io/io.ts";
import type { Owner } from "../io/tree.ts";

/** The user lent to server programs. */
export interface RunAs extends Owner {
  readonly user: string;
}

const LENT_USERS = ["postgres", "nobody"];

/** The user to run server programs as, or null for "as is". Throws when started by root on a machine without either user. */
export async function chooseRunAs(io: Io, uid: number | undefined = process.getuid?.()): Promise<RunAs | null> {
  if (uid !== 0) return null;
  const users = parsePasswd(await io.readText("/etc/passwd"));
  for (const name of LENT_USERS) {
    const user = users.get(name);
    if (user !== undefined && user.uid !== 0) return { user: name, ...user };
  }
  throw new PgarkError("SERVER_NOT_FOUND", "PostgreSQL cannot run as root, and there is neither a user postgres nor nobody to run it as", {
    hint: "Run pgark as an ordinary user, or create a user named postgres.",
  });
}

export interface ProgramResult {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and gives what it said. Throws only when it could not be started at all. */
export async function runProgram(
  program: string,
  programArguments: readonly string[],
  options: { readonly runAs?: RunAs | null; readonly cwd?: string; readonly environment?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, {
      cwd: options.cwd ?? "/",
      env: options.environment ?? serverEnvironment(),
      stdio: ["pipe", "pipe", "pipe"],
      ...identity(options.runAs),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    // A program that ends without reading its input closes the pipe; its exit code tells the rest.
    child.stdin.on("error", () => {}).end(options.input ?? "");
    child.on("error", (error) => reject(cannotRun(program, options.runAs, error)));
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** The spawn options that change the user. */
export function identity(runAs: RunAs | null | undefined): { uid?: number; gid?: number } {
  return runAs == null ? {} : { uid: runAs.uid, gid: runAs.gid };
}

/** What server programs see of the environment: enough to run, nothing that changes their behaviour. */
export function serverEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { PATH: environment["PATH"] ?? "/usr/bin:/bin", HOME: "/", LC_ALL: "C" };
}

export function cannotRun(program: string, runAs: RunAs | null | undefined, cause: Error): PgarkError {
  const as = runAs == null ? "" : ` as user ${runAs.user}`;
  return new PgarkError("SERVER_NOT_FOUND", `cannot run ${program}${as}: ${cause.message}`, {
    object: program,
    cause,
    hint: runAs == null ? undefined : `User ${runAs.user} must be able to enter every folder above the program.`,
  });
}

function parsePasswd(text: string): Map<string, Owner> {
  const users = new Map<string, Owner>();
  for (const line of text.split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name === undefined || uid === undefined || gid === undefined) continue;
    users.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return users;
}
