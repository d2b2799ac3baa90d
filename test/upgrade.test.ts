/** From a major to a newer one: nothing fails, and no more changes than with pg_dump. All files and pairs are in upgrade.matrix.ts. */
import { expect, it } from "vitest";
import { upgrade } from "./helpers/across-majors.ts";
import { testServers } from "./helpers/database.ts";

const FILES = ["inheritance--attached-later.sql", "privileges--relations.sql", "default-privileges--in-schema.sql", "partition--levels.sql", "function--options.sql", "domain--default-and-checks.sql"];
const [from, ...newer] = Object.keys(testServers()).sort((a, b) => Number(a) - Number(b)).filter((major) => Number(major) >= 15);
const to = newer.find((major) => major === "17");

it.runIf(to !== undefined).concurrent.each(FILES)("%s goes to a newer major no worse than by pg_dump", async (file) => {
  const { failures, rowsEqual, ours, theirs } = await upgrade(file, from!, to!);
  expect({ failures, rowsEqual }).toStrictEqual({ failures: [], rowsEqual: true });
  expect(ours.text).toBeLessThanOrEqual(theirs.text);
  expect(ours.facts).toBeLessThanOrEqual(theirs.facts);
});
