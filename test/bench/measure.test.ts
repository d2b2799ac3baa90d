import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { measure, parseTimes } from "../../bench/measure.ts";
import { childSeconds } from "../../bench/server.ts";

const USAGE = new URL("../../bench/usage.mjs", import.meta.url).href;
const HERE = { folder: tmpdir(), environment: {} };

test("processor time is that of the shell's children, user and system", () => {
  expect(parseTimes("0m0.01s 0m0.02s\n1m2.50s 0m3.25s\n")).toBe(65.75);
  expect(() => parseTimes("")).toThrow("times printed");
});

test("a program that takes memory and time is seen to have taken them", async () => {
  const busy = "const held = Buffer.alloc(200 * 1024 ** 2, 1); const until = Date.now() + 300; while (Date.now() < until); console.log(held.length)";
  const run = await measure({ program: process.execPath, arguments: ["--import", USAGE, "-e", busy] }, HERE);
  expect(run.peakBytes).toBeGreaterThan(200 * 1024 ** 2);
  expect(run.peakBytes).toBeLessThan(400 * 1024 ** 2);
  expect(run.seconds).toBeGreaterThan(0.3);
  expect(run.cpuSeconds).toBeGreaterThan(0.05);
});

test("a program that does not say its peak has none", async () => {
  const run = await measure({ program: "/bin/sh", arguments: ["-c", "echo said; echo more >&2"] }, HERE);
  expect(run.peakBytes).toBeNull();
});

test("a command that fails has no time, but the reason", async () => {
  await expect(measure({ program: "/bin/sh", arguments: ["-c", "echo no room >&2; exit 3"] }, HERE)).rejects.toThrow(/ended with 3: no room/);
});

test("PG* variables of the caller do not reach what is measured", async () => {
  process.env["PGOPTIONS"] = "-c work_mem=1MB";
  try {
    const script = 'test -z "$PGOPTIONS" && test "$PGPORT" = 1';
    await expect(measure({ program: "/bin/sh", arguments: ["-c", script] }, { ...HERE, environment: { PGPORT: "1" } })).resolves.toMatchObject({ peakBytes: null });
  } finally {
    delete process.env["PGOPTIONS"];
  }
});

test("a postmaster's children are read behind a name with brackets", () => {
  // pid (name) state, then fields 4 to 13, utime stime cutime cstime.
  expect(childSeconds("42 (post) gres) S 1 42 42 0 -1 4194560 1 2 3 4 100 200 1050 25 20 0 1")).toBe(10.75);
  expect(() => childSeconds("42 (postgres) S 1")).toThrow("not a /proc");
});
