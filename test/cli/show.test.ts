import { join } from "node:path";
import { expect, test } from "vitest";
import { dump, migrateDatabase } from "../../src/index.ts";
import { createDatabase } from "../helpers/database.ts";
import { createFolder, journalShape, THREE } from "../migrations/helpers.ts";
import { createProject, pgark } from "./run.ts";

test("show tells the archive's level in the folder of the database of the same name", async () => {
  await using two = await createFolder(journalShape(THREE.slice(0, 2)));
  await using three = await createFolder(journalShape(THREE));
  await using database = await createDatabase();
  await using same = await createProject({ [database.name]: { migrations: three.path } });
  await using other = await createProject({ other: { migrations: three.path } });
  await using broken = await createProject({ [database.name]: { migrations: "nowhere" } });
  await migrateDatabase(database.url, { folder: two.path, schema: "drizzle", table: "__drizzle_migrations" });
  const archive = join(same.folder, "a.ark");
  await dump(database.url, archive);

  const shown = await Promise.all([same, other, broken].map(async ({ folder }) => pgark(["show", archive], { cwd: folder })));

  expect(shown.map(({ exitCode, stdout }) => ({ exitCode, line: stdout.split("\n").find((line) => line.startsWith("migrations")) }))).toStrictEqual([
    { exitCode: 0, line: "migrations  2 applied, last 0001_second (1 behind the folder)" },
    { exitCode: 0, line: "migrations  2 applied" },
    { exitCode: 0, line: "migrations  2 applied" },
  ]);
  expect(shown[2]?.stderr).toMatch(/not held against the folder: .*nowhere/);
});
