/**
 * Loaded into our own process before the command line (`node --import`): at its end it says its peak resident memory
 * on file descriptor 3. The kernel's high-water mark is asked first, because `maxRSS` also counts what the process that
 * started this one had resident.
 */
import { readFileSync, writeSync } from "node:fs";

process.on("exit", () => writeSync(3, JSON.stringify({ peakBytes: highWaterMark() ?? process.resourceUsage().maxRSS * 1024 })));

function highWaterMark() {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
