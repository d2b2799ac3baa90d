/**
 * `npm test`: runs vitest and prints, as the very last line, `N passed, N failed, N skipped` from the real results.
 * Arguments are vitest's; `--matrix` adds the other majors and the slow tests in test/**\/*.matrix.ts.
 * Exits non-zero when anything failed, and when nothing ran.
 */
import { parseCLI, startVitest } from "vitest/node";

const given = process.argv.slice(2);
const matrix = given.includes("--matrix");
if (matrix) {
  process.env.PGARK_TEST_MATRIX = "1";
  process.env.PGARK_TEST_FETCH = "1";
}
const { filter, options } = parseCLI(["vitest", "run", ...given.filter((argument) => argument !== "--matrix")]);

let counts = { passed: 0, failed: 0, skipped: 0 };
try {
  const include = ["test/**/*.test.ts", ...(matrix ? ["test/**/*.matrix.ts"] : [])];
  const vitest = await startVitest("test", filter, { ...options, watch: false, run: true, include });
  // Closing stops the servers; what goes wrong there is an error of the run too.
  await vitest.close();
  counts = count(vitest.state);
} catch (error) {
  console.error(error);
  counts.failed += 1;
}
if (counts.passed + counts.failed === 0) console.error("no test ran");
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
// Something a test left open must neither keep the run alive nor change its result.
process.exit(counts.failed > 0 || counts.passed === 0 || (process.exitCode ?? 0) !== 0 ? 1 : 0);

/** Tests by result; a file that failed to load, a failed hook and an unhandled error count as one failure each. */
function count(state) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of state.getTestModules()) {
    counts.failed += file.errors().length;
    for (const suite of file.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of file.children.allTests()) {
      const { state: result } = test.result();
      // A test that is still pending was never reached, because its file was cut short: that is no pass and no skip.
      counts[result === "pending" ? "failed" : result] += 1;
    }
  }
  counts.failed += state.getUnhandledErrors().length;
  return counts;
}
