import { join } from "node:path";
import { expect, test } from "vitest";
import { openArchive } from "../../src/index.ts";
import { createDatabase } from "../helpers/database.ts";
import { createRole } from "../helpers/role.ts";
import { createProject, pgark } from "./run.ts";

test("backup --globals keeps roles, with passwords only in the archive: show prints none", async () => {
  await using project = await createProject();
  await using role = await createRole({ attributes: "password 'made up'" });
  await using database = await createDatabase();
  const archive = join(project.folder, "a.ark");
  const ran = await pgark(["backup", "--url", database.url, "-o", archive, "--globals", "--role-passwords"], { cwd: project.folder });
  expect({ exitCode: ran.exitCode, stderr: ran.stderr }).toMatchObject({ exitCode: 0 });
  await using opened = await openArchive(archive);
  expect(JSON.stringify(opened.toc)).toContain(`ALTER ROLE ${role.name} PASSWORD 'SCRAM-SHA-256$`);
  expect(opened.manifest.options).toMatchObject({ globals: true, rolePasswords: true });

  const [json, text] = await Promise.all([pgark(["show", archive, "--toc", "--json"], { cwd: project.folder }), pgark(["show", archive, "--toc"], { cwd: project.folder })]);
  expect(json.stdout).toContain(`CREATE ROLE ${role.name}`);
  expect(json.stdout).not.toContain("SCRAM");
  expect(text.stdout).toMatch(new RegExp(`; pre-data +role +ROLE ${role.name}\n`));
  expect(text.stdout).toMatch(/^; globals +\d+ roles.*, with passwords$/m);
});

test("restore --globals of an archive without them is wrong usage, and says how to make one", async () => {
  await using project = await createProject();
  await using database = await createDatabase();
  const archive = join(project.folder, "a.ark");
  await pgark(["backup", "--url", database.url, "-o", archive], { cwd: project.folder });
  const { exitCode, stderr } = await pgark(["restore", archive, "--url", database.url, "--globals"], { cwd: project.folder });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("the archive holds no globals") });
  expect(stderr).toContain("Back up with --globals");
});
