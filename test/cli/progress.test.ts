import { describe, expect, test } from "vitest";
import { Progress } from "../../src/cli/progress.ts";
import { jsonPrinter } from "../../src/cli/print-json.ts";
import { textPrinter } from "../../src/cli/print-text.ts";
import { PgarkError } from "../../src/errors.ts";
import type { PgarkEvent } from "../../src/events.ts";
import { nodeIo } from "../../src/io/io.ts";

const MB = 1_000_000;
const PLAN: PgarkEvent = { type: "plan", tables: 2, chunks: 3, bytes: 100 * MB, rows: 1000 };

function half(): Progress {
  const progress = new Progress(0);
  progress.apply({ type: "step", step: "data" }, 0);
  progress.apply(PLAN, 0);
  progress.apply({ type: "progress", worker: 2, table: "public.b", rows: 10, bytes: 0 }, 0);
  progress.apply({ type: "progress", worker: 1, table: "public.a", rows: 50, bytes: 10 * MB }, 1000);
  progress.apply({ type: "chunk", worker: 1, table: "public.a", chunk: 1, rows: 100, bytes: 20 * MB }, 2000);
  progress.apply({ type: "table", table: "public.a", rows: 100, bytes: 20 * MB, seconds: 2 }, 2000);
  progress.apply({ type: "progress", worker: 2, table: "public.b", rows: 300, bytes: 20 * MB }, 4000);
  return progress;
}

describe("progress", () => {
  test("a terminal shows each busy worker and a total with rate and ETA", () => {
    expect(half().terminalLines(4000, 200)).toStrictEqual(["  2  public.b  300 rows  5.00 MB/s", "data  40 %  1/2 tables  400 rows  40.0 MB  10.0 MB/s  4.0 s  ETA 6.0 s"]);
  });

  test("lines are cut to the terminal's width", () => {
    expect(half().terminalLines(4000, 12)).toStrictEqual(["  2  public…", "data  40 % …"]);
  });

  test("before the first row it tells the step and the time", () => {
    const progress = new Progress(0);
    progress.apply({ type: "step", step: "catalog" }, 0);
    progress.apply({ type: "object", action: "created", kind: "table", name: "public.a", seconds: 0 }, 10);
    expect(progress.totalLine(1500)).toBe("catalog, 1 object, 1.5 s");
  });

  test("a stalled source has no ETA, and a total beyond the estimate stays at 100 %", () => {
    const progress = new Progress(0);
    progress.apply(PLAN, 0);
    progress.apply({ type: "chunk", worker: 1, table: "public.a", chunk: 1, rows: 1, bytes: 150 * MB }, 1000);
    expect(progress.totalLine(1000)).toBe("100 %  0/2 tables  1 row  150 MB  150 MB/s  1.0 s");
  });
});

function sink() {
  let text = "";
  return { write: (more: string) => void (text += more), read: () => text };
}

describe("the JSON printer", () => {
  test("gives one object per line with a rising seq, and the result last", () => {
    const out = sink();
    const printer = jsonPrinter(out, { ...nodeIo, nowMs: () => 0 }, { quiet: false, verbose: false });
    printer.onEvent({ type: "step", step: "data" });
    printer.onEvent({ type: "warning", warning: { code: "X", message: "odd" } });
    printer.part("archive", { rows: 1 }, "not shown");
    printer.report("backup", { path: "a.ark" }, "not shown", 0);
    const common = { schema_version: 1, time: "1970-01-01T00:00:00.000Z" };
    expect(out.read().trimEnd().split("\n").map((line) => JSON.parse(line) as unknown)).toStrictEqual([
      { ...common, seq: 1, type: "step", step: "data" },
      { ...common, seq: 2, type: "warning", warning: { code: "X", message: "odd" } },
      { ...common, seq: 3, type: "archive", rows: 1 },
      { ...common, seq: 4, type: "result", verb: "backup", exit_code: 0, result: { path: "a.ark" } },
    ]);
  });

  test("tells progress a few times a second, not for every block", () => {
    const out = sink();
    let now = 0;
    const printer = jsonPrinter(out, { ...nodeIo, nowMs: () => 0, tickMs: () => now }, { quiet: false, verbose: false });
    for (; now < 1000; now += 10) printer.onEvent({ type: "progress", worker: 1, table: "t", rows: now, bytes: now });
    expect(out.read().trimEnd().split("\n")).toHaveLength(5);
  });

  test("tells an error with its code and never a password", () => {
    const out = sink();
    jsonPrinter(out, nodeIo, { quiet: true, verbose: false }).fail(new PgarkError("CANNOT_CONNECT", "no way to postgres://me:s3cret@db", { hint: "try" }), 6);
    const { time: _, ...line } = JSON.parse(out.read()) as { time: string };
    expect(line).toStrictEqual({ schema_version: 1, seq: 1, type: "error", exit_code: 6, code: "CANNOT_CONNECT", message: "no way to postgres://me:***@db", object: null, hint: "try", sql_state: null });
  });
});

describe("the text printer", () => {
  test("keeps answers on stdout and everything else on stderr", () => {
    const out = sink();
    const messages = sink();
    const printer = textPrinter(out, messages, nodeIo, { quiet: false, verbose: false });
    printer.onEvent({ type: "warning", warning: { code: "UNMODELLED_OBJECT", object: "cast x", message: "not carried" } });
    printer.say("on the way");
    printer.report("backup", {}, "done", 0);
    printer.fail(new PgarkError("USAGE", "no", { hint: "yes" }), 2);
    printer.close();
    expect({ out: out.read(), messages: messages.read() }).toStrictEqual({ out: "done\n", messages: "warning: cast x: not carried (UNMODELLED_OBJECT)\non the way\nerror: no\nhint: yes\n" });
  });

  test("under --quiet only warnings, errors and answers to questions are left", () => {
    const out = sink();
    const messages = sink();
    const printer = textPrinter(out, messages, nodeIo, { quiet: true, verbose: false });
    printer.onEvent({ type: "step", step: "data" });
    printer.onEvent({ type: "warning", warning: { code: "X", message: "odd" } });
    printer.say("on the way");
    printer.part("archive", {}, "a part");
    printer.report("backup", {}, "done", 0);
    printer.answer("list", {}, "asked for", 0);
    printer.close();
    expect({ out: out.read(), messages: messages.read() }).toStrictEqual({ out: "asked for\n", messages: "warning: odd (X)\n" });
  });
});
