import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { findProjectFolder, loadConfig, loadConfigFile } from "../../src/databases/load.ts";

test("this repository's own file names rulesdb and memorydb", async () => {
  const project = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
  const { databases, file } = await loadConfig(project);
  expect(file).toBe(join(project, "pgark.config.ts"));
  expect(databases).toStrictEqual([
    { name: "rulesdb", urlVariable: "RULESDB_URL", migrations: journalIn(join(project, "drizzle")), protected: false, extensions: [], restore: {} },
    { name: "memorydb", urlVariable: "MEMORYDB_URL", migrations: journalIn(join(project, "drizzle-memorydb")), protected: false, extensions: ["vector"], restore: {} },
  ]);
});

test("a folder without a file knows no names, and that is no error", async () => {
  using project = projectFolder({});
  expect(await loadConfig(project.path)).toStrictEqual({ folder: project.path, file: null, databases: [], softReferences: [], backupsFolder: join(project.path, "backups") });
});

test("TypeScript is read without a build, and read again when it has changed", async () => {
  using project = projectFolder({ "pgark.config.ts": "const name: string = 'first';\nexport default { databases: { [name]: {} } } as const;\n" });
  expect((await loadConfig(project.path)).databases.map(({ name }) => name)).toStrictEqual(["first"]);
  writeFileSync(join(project.path, "pgark.config.ts"), "export default { databases: { second: {} } };\n");
  expect((await loadConfig(project.path)).databases.map(({ name }) => name)).toStrictEqual(["second"]);
});

test("a file is found from the folders below it", async () => {
  using project = projectFolder({ "pgark.config.mjs": "export default {};\n" });
  const deep = join(project.path, "a", "b");
  mkdirSync(deep, { recursive: true });
  expect(await findProjectFolder(deep)).toBe(project.path);
});

test.each([
  ["does not parse", "export default {", /cannot be loaded/],
  ["throws", "throw new Error('made to fail')", /cannot be loaded: made to fail/],
  ["exports nothing", "export const unrelated = 1;", /unrelated/],
])("a file that %s is named in the error", async (_, text, message) => {
  using project = projectFolder({ "pgark.config.ts": text });
  const file = join(project.path, "pgark.config.ts");
  await expect(loadConfig(project.path)).rejects.toMatchObject({ code: "USAGE", object: file, message: expect.stringMatching(message) });
});

test("a file that was named and is not there is an error", async () => {
  await expect(loadConfigFile("/nowhere/pgark.config.ts")).rejects.toMatchObject({ code: "USAGE", object: "/nowhere/pgark.config.ts" });
});

function journalIn(folder: string): { folder: string; schema: string; table: string } {
  return { folder, schema: "drizzle", table: "__drizzle_migrations" };
}

function projectFolder(files: Readonly<Record<string, string>>): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "pgark-config-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
