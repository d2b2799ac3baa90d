/**
 * Runs one command to its end and says what it cost. Both sides are started the same way, through a shell whose `times`
 * counts the processor time of the command and of every process that it waited for: pg_dump works in several.
 */
import { spawn } from "node:child_process";
import { Readable, type Writable } from "node:stream";

export interface Command {
  readonly program: string;
  readonly arguments: readonly string[];
}

export interface Measured {
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** User and system, of the command alone: the server's is not in it. */
  readonly cpuSeconds: number;
  /** Resident, at its highest. Null for a program that does not say. */
  readonly peakBytes: number | null;
}

export interface Surroundings {
  readonly folder: string;
  /** Added to this process's own, less its PG* variables, which would change what is measured. */
  readonly environment: Readonly<Record<string, string>>;
}

const SHELL = '"$@" > /dev/null; status=$?; times; exit $status';
const SAID_CHARS = 4000;

/** Throws, with the end of what it said, when the command fails: a failed run has no time. */
export async function measure(command: Command, { folder, environment }: Surroundings): Promise<Measured> {
  const startedMs = performance.now();
  const child = spawn("/bin/sh", ["-c", SHELL, "sh", command.program, ...command.arguments], {
    cwd: folder,
    env: { ...withoutPostgres(process.env), ...environment, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const [, ...pipes] = child.stdio;
  const [times = "", said = "", usage = ""] = await Promise.all(pipes.map(textOf));
  const exitCode = await ended;
  const seconds = (performance.now() - startedMs) / 1000;
  if (exitCode !== 0) throw new Error(`${command.program} ${command.arguments.join(" ")} ended with ${exitCode}: ${said.slice(-SAID_CHARS).trim()}`);
  return { seconds, cpuSeconds: parseTimes(times), peakBytes: usage === "" ? null : peakOf(usage) };
}

/** User and system seconds of the shell's children: the second line of `times`. */
export function parseTimes(printed: string): number {
  const found = /^\d+m[\d.]+s \d+m[\d.]+s\n(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(printed);
  if (found === null) throw new Error(`times printed ${JSON.stringify(printed)}`);
  const [, userMinutes, userSeconds, systemMinutes, systemSeconds] = found.map(Number);
  return 60 * (userMinutes ?? 0) + (userSeconds ?? 0) + 60 * (systemMinutes ?? 0) + (systemSeconds ?? 0);
}

function peakOf(usage: string): number {
  // Written by usage.mjs.
  const { peakBytes } = JSON.parse(usage) as { readonly peakBytes: number };
  return peakBytes;
}

async function textOf(stream: Readable | Writable | null | undefined): Promise<string> {
  let text = "";
  // Node.js types every pipe beyond the third as either.
  if (!(stream instanceof Readable)) return text;
  for await (const piece of stream.setEncoding("utf8")) text += piece;
  return text;
}

function withoutPostgres(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("PG")));
}
