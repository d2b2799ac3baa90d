import { describe, expect, test } from "vitest";
import { EXIT_CODES_HELP, exitCodeOf } from "../../src/cli/exit-codes.ts";
import { exitCodeOfReport } from "../../src/cli/restoring.ts";
import { PgarkError } from "../../src/errors.ts";
import type { RestoreReport } from "../../src/report.ts";
import { createProject, pgark } from "./run.ts";

const VERBS = ["up", "down", "status", "nuke", "migrate", "seed", "backup", "restore", "restore-all", "list", "show", "verify", "cat", "sql", "drill", "doctor"];

describe("help", () => {
  test("names every verb and every exit code, and so does the help of a verb", async () => {
    const [all, one] = await Promise.all([pgark(["--help"]), pgark(["restore", "--help"])]);
    expect([all.exitCode, one.exitCode]).toStrictEqual([0, 0]);
    expect(VERBS.filter((verb) => !all.stdout.includes(`\n  ${verb} `))).toStrictEqual([]);
    expect([all.stdout, one.stdout].map((help) => help.includes(EXIT_CODES_HELP))).toStrictEqual([true, true]);
  });
});

describe("wrong usage exits 2 and says what is wrong", () => {
  test.each([
    [["bakup"], "unknown command 'bakup'"],
    [["backup", "--nonsense"], "unknown option '--nonsense'"],
    [["backup", "--schema-only", "--data-only"], "cannot be used with"],
    [["backup", "-j", "0"], "--jobs must be a whole number of at least 1"],
    [["restore", "a.ark"], "--db NAME and --url SETTINGS"],
    [["backup", "--url", "postgres://me:s3cret@db/shop"], "a password stands on the command line"],
  ])("%j", async (words, message) => {
    const { exitCode, stdout, stderr } = await pgark(words);
    expect({ exitCode, stdout, told: stderr.includes(message), secret: stderr.includes("s3cret") }).toStrictEqual({ exitCode: 2, stdout: "", told: true, secret: false });
  });

  test("a name that the configuration lacks", async () => {
    await using project = await createProject({ app: {} });
    const { exitCode, stderr } = await pgark(["backup", "shop"], { cwd: project.folder });
    expect({ exitCode, line: stderr.split("\n")[0] }).toStrictEqual({ exitCode: 2, line: "error: there is no database named shop; known: app" });
  });

  test("with --json too, as one line", async () => {
    const { exitCode, stdout, stderr } = await pgark(["backup", "--nonsense", "--json"]);
    const line = JSON.parse(stdout) as { type: string; code: string; exit_code: number };
    expect({ exitCode, stderr, type: line.type, code: line.code, told: line.exit_code }).toStrictEqual({ exitCode: 2, stderr: "", type: "error", code: "USAGE", told: 2 });
  });
});

test("what an exit code means is decided by the error's code; what is not ours is a failure", () => {
  const codes = ["USAGE", "CANNOT_CONNECT", "ARCHIVE_INCOMPLETE", "TARGET_NOT_EMPTY", "DIFFERENT", "INTERRUPTED"] as const;
  expect(codes.map((code) => exitCodeOf(new PgarkError(code, "")))).toStrictEqual([2, 6, 4, 5, 1, 130]);
  expect(exitCodeOf(new TypeError("a bug"))).toBe(1);
});

test("a restore that rejected a row exits 3, and one that failed to create an object exits 1", () => {
  const account = { table: "public.a", archived: 2, inserted: 1, updated: 0, identical: 0, kept: 0, rejected: 1, removed: 0, bytes: 1, seconds: 1 };
  const report: RestoreReport = { target: "", tables: [account], created: {}, failures: [], skipped: [], rejectsFile: null, resumed: false, safetyBackup: null, warnings: [], seconds: 1 };
  const clean = { ...account, inserted: 2, rejected: 0 };
  expect([exitCodeOfReport({ ...report, tables: [clean] }), exitCodeOfReport(report), exitCodeOfReport({ ...report, failures: [{ object: "view v", message: "" }] })]).toStrictEqual([0, 3, 1]);
});

test("a server that is not there exits 6", async () => {
  const { exitCode } = await pgark(["backup", "--url", "postgres://postgres@127.0.0.1:1/shop", "-o", "never.ark"]);
  expect(exitCode).toBe(6);
});
