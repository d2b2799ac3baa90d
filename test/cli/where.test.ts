import { join } from "node:path";
import { expect, test } from "vitest";
import { dump } from "../../src/index.ts";
import { createDatabase } from "../helpers/database.ts";
import { createProject, pgark } from "./run.ts";

const RULES = `
  create table projects (id int primary key, name text not null);
  create table rules (id int primary key, project int not null references projects, "Title: x" text);
  create table rule_versions (rule int references rules, version int, primary key (rule, version));
  insert into projects values (1, 'one'), (2, 'two');
  insert into rules select g, g % 2 + 1, 'rule ' || g from generate_series(1, 50) g;
  insert into rule_versions select g % 50 + 1, g from generate_series(1, 150) g;`;

test("restore --where brings back one rule with what belongs to it, and says what it did", async () => {
  await using source = await createDatabase(RULES);
  await using target = await createDatabase(`${RULES} delete from rule_versions where rule in (7, 42); delete from rules where id in (7, 42)`);
  await using project = await createProject({});
  const archive = join(project.folder, "a.ark");
  await dump(source.url, archive);
  const run = (...words: string[]) => pgark(["restore", archive, "--url", target.url, "--on-conflict", "skip", ...words], { cwd: project.folder });
  const count = async () => (await target.query("select (select count(*)::int from rules) as rules, (select count(*)::int from rule_versions) as versions"))[0];
  const whole = ["--with-parents", "--with-children"];

  const planned = await run("--where", "rules: id = 42", ...whole, "--dry-run");
  expect(planned).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/public\.rule_versions +skip +3 +3 +0 [^]*public\.rules +skip +1 +1 +0 /) });
  expect(await count()).toStrictEqual({ rules: 48, versions: 144 });

  const hostile = await run("--where", "rules: 1=1; drop table rule_versions; --", ...whole);
  const nobody = await run("--where", "rules: id = 4242");
  const unknown = await run("--where", "rulez: id = 42");
  const replace = await pgark(["restore", archive, "--url", target.url, "--where", "rules: id = 42", "--resume"], { cwd: project.folder });
  expect([hostile, nobody, unknown, replace].map(({ exitCode }) => exitCode)).toStrictEqual([2, 2, 2, 2]);
  expect(nobody.stderr).toContain("no row of the archive meets rules: id = 4242");
  expect(await count()).toStrictEqual({ rules: 48, versions: 144 });

  const done = await run("--where", "rules: id = 42", ...whole);
  expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/public\.projects +1 +0 +0 +1 [^]*public\.rule_versions +3 +3 [^]*public\.rules +1 +1 /) });
  expect(await count()).toStrictEqual({ rules: 49, versions: 147 });

  const two = await run("--where", 'rules: "Title: x" = \'rule 7\'', "--where", "rules: id = 8 -- and no more", "--json");
  const lines = two.stdout.trim().split("\n");
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ exit_code: 0, result: { tables: [{ table: "public.rules", archived: 2, inserted: 1, identical: 1 }] } });
  expect(await count()).toStrictEqual({ rules: 50, versions: 147 });
});
