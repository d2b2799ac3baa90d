/**
 * A corpus file from one major to a newer one, by pgark and by pg_dump. What the versions change by nature is the same
 * in both copies, so that only more of it than in pg_dump's is ours.
 */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { dump, restore, tableDigests } from "../../src/index.ts";
import { catalogFacts } from "./catalog-facts.ts";
import { readCorpus, rolesOf } from "./corpus.ts";
import { createDatabase } from "./database.ts";
import { temporaryFolder } from "./folder.ts";
import { program, schemaDump } from "./programs.ts";

export interface Upgrade {
  /** What pgark could not make. */
  readonly failures: readonly string[];
  readonly rowsEqual: boolean;
  /** Lines of pg_dump's text, and facts, that are other than the source's. */
  readonly ours: { readonly text: number; readonly facts: number };
  readonly theirs: { readonly text: number; readonly facts: number };
}

const run = promisify(execFile);

export async function upgrade(file: string, from: string, to: string): Promise<Upgrade> {
  await using folder = await temporaryFolder();
  await using source = await createDatabase(readCorpus(file), { major: from });
  await using ours = await createDatabase(rolesOf(file), { major: to });
  await using theirs = await createDatabase("", { major: to });
  await dump(source.url, `${folder.path}/a.ark`);
  const { failures } = await restore(`${folder.path}/a.ark`, ours.url, { continueOnError: true });
  const { stdout } = await run(program("pg_dump", to), ["-b", "-d", source.url], { maxBuffer: 1 << 26 });
  await writeFile(`${folder.path}/a.sql`, stdout);
  // Its errors are its own: they show in what is lost.
  await run(program("psql", to), ["-X", "-q", "-d", theirs.url, "-f", `${folder.path}/a.sql`], { maxBuffer: 1 << 26 });

  const [text, facts] = [lines(await schemaDump(source.url, to)), flat(await catalogFacts(source.url))];
  const compared = async (url: string) => ({ text: differing(text, lines(await schemaDump(url, to))), facts: differing(facts, flat(await catalogFacts(url))) });
  const [a, b] = [await tableDigests(source.url), await tableDigests(ours.url)];
  return { failures: failures.map(({ object, message }) => `${object}: ${message}`), rowsEqual: JSON.stringify([...a]) === JSON.stringify([...b]), ours: await compared(ours.url), theirs: await compared(theirs.url) };
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("--"));
}

function flat(facts: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return Object.entries(facts).flatMap(([kind, some]) => some.map((fact) => `${kind} ${fact}`));
}

/** How many stand in one and not in the other. */
function differing(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const one of a) counts.set(one, (counts.get(one) ?? 0) + 1);
  for (const one of b) counts.set(one, (counts.get(one) ?? 0) - 1);
  return [...counts.values()].reduce((sum, count) => sum + Math.abs(count), 0);
}
