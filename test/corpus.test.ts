/** Every corpus file through the whole engine. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { createDatabase, testServers } from "./helpers/database.ts";
import { expectRoundTrip } from "./helpers/round-trip.ts";

const CORPUS = join(import.meta.dirname, "corpus");
const folder = mkdtempSync(join(tmpdir(), "pgark-corpus-"));
afterAll(() => rmSync(folder, { recursive: true }));

const files = readdirSync(CORPUS).filter((file) => file.endsWith(".sql"));
/** All majors in the matrix; the newest that every run has otherwise. */
const majors = Object.keys(testServers()).filter((major) => process.env["PGARK_TEST_MATRIX"] === "1" || major === "17");

describe.each(majors)("on PostgreSQL %s", (major) => {
  it.concurrent.each(files.filter((file) => Number(major) >= requirement(file)))("%s comes back equal", async (file) => {
    await using source = await createDatabase(read(file), { major });
    await using target = await createDatabase("", { major });
    await using loaded = await createDatabase("", { major });
    await expectRoundTrip({ source, target, loaded, major, folder, name: `${major}-${file.replace(".sql", "")}` });
  });
});

function read(file: string): string {
  return readFileSync(join(CORPUS, file), "utf8");
}

/** The first line may name the oldest major that understands the file. */
function requirement(file: string): number {
  return Number(/^-- requires: (\d+)/.exec(read(file))?.[1] ?? 13);
}
