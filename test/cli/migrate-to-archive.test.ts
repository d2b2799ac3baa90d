import { join } from "node:path";
import { expect, test } from "vitest";
import { dump, migrateDatabase } from "../../src/index.ts";
import { createDatabase } from "../helpers/database.ts";
import { createFolder, journalShape, THREE } from "../migrations/helpers.ts";
import { createProject, pgark } from "./run.ts";

const FILLED = { tag: "0003_filled", when: THREE[2].when + 1, sql: "update a set name = 'number ' || id; alter table a alter column name set not null" };

test("restore --migrate-to-archive loads rows at their own level and migrates them forward", async () => {
  await using then = await createFolder(journalShape(THREE.slice(0, 2)));
  await using now = await createFolder(journalShape([...THREE, FILLED]));
  await using source = await createDatabase();
  await using target = await createDatabase();
  await using project = await createProject({ app: { migrations: now.path }, bare: {} });
  await migrateDatabase(source.url, { folder: then.path, schema: "drizzle", table: "__drizzle_migrations" });
  await source.query("insert into a (id) select generate_series(1, 3)");
  const archive = join(project.folder, "a.ark");
  await dump(source.url, archive, { content: "data" });
  const run = (...words: string[]) => pgark(["restore", archive, "--migrate-to-archive", ...words], { cwd: project.folder, env: { APP_URL: target.url, BARE_URL: target.url } });

  const refused = [await run("--url", target.url), await run("--db", "bare"), await run("--db", "app", "--dry-run")];
  const done = await run("--db", "app");
  const again = await run("--db", "app");

  expect(refused.map(({ exitCode, stderr }) => ({ exitCode, tells: /--migrate-to-archive (needs the database's migrations folder|does not go with --dry-run)/.test(stderr) }))).toStrictEqual(refused.map(() => ({ exitCode: 2, tells: true })));
  expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^migrated to the archive's level, 0001_second: 2 migrations\n[^]*public\.a +3 +3 [^]*\nmigrated over the rows: 0002_third, 0003_filled\n$/) });
  expect(await target.query("select id, name from a order by id")).toStrictEqual([1, 2, 3].map((id) => ({ id, name: `number ${id}` })));
  expect(again).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("beyond it: 0002_third, 0003_filled; there is no way back") });
});
