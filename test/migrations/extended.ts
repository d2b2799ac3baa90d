/** The applications' own folders, with migrations after their head that only tests know: some move rows, some bring rows. */
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createFolder, type TestFolder } from "./helpers.ts";

export interface ExtraMigration {
  readonly tag: string;
  readonly sql: string;
}

/** A copy of the folder `drizzle` or `drizzle-memorydb` with those of `fixtures/`, and then `more`, after its head. */
export async function extendedFolder(name: string, more: readonly ExtraMigration[] = []): Promise<TestFolder> {
  const made = await createFolder({});
  await cp(name, made.path, { recursive: true });
  const fixtures = join(import.meta.dirname, "fixtures", name);
  const files = (await readdir(fixtures)).sort();
  const extra = await Promise.all(files.map(async (file) => ({ tag: file.replace(/\.sql$/, ""), sql: await readFile(join(fixtures, file), "utf8") })));
  await append(made.path, [...extra, ...more]);
  return made;
}

async function append(folder: string, migrations: readonly ExtraMigration[]): Promise<void> {
  const file = join(folder, "meta", "_journal.json");
  // Written by drizzle-kit.
  const journal = JSON.parse(await readFile(file, "utf8")) as { entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[] };
  for (const { tag, sql } of migrations) {
    const last = journal.entries.at(-1);
    journal.entries.push({ idx: journal.entries.length, version: "7", when: (last?.when ?? 0) + 60_007, tag, breakpoints: true });
    await writeFile(join(folder, `${tag}.sql`), sql);
  }
  await writeFile(file, JSON.stringify(journal));
}
