/** The options that decide what a restore does, as one short text: to resume it, they must be the same. */
import { sha256 } from "../archive/digest.ts";
import type { Resolved, RestoreOptions } from "../options.ts";

/** Options that may differ between a restore and its resumption: how fast, how checked, how told. */
const FREE: ReadonlySet<string> = new Set(["signal", "onEvent", "io", "jobs", "verifyFirst", "resume", "rejectsFile", "safetyBackup", "migrationsFolder", "create", "globals", "examples"]);

export function fingerprintOf(options: Resolved<RestoreOptions>): string {
  const telling = Object.entries(options).filter(([name, value]) => !FREE.has(name) && value !== undefined);
  const sorted = telling.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, value === Number.POSITIVE_INFINITY ? "no limit" : value]);
  return sha256([Buffer.from(JSON.stringify(sorted))]).toString("hex");
}
