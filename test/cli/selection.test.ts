/** The selection's flags on the command line: from a dump to an edited list to a restore. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { listText, readList } from "../../src/cli/use-list.ts";
import { dump, openArchive } from "../../src/index.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { program, schemaDump } from "../helpers/programs.ts";
import { createProject, pgark } from "./run.ts";

const SHOP = `
  create schema app; create table items (id int primary key, name text); comment on table items is 'goods'; create table "odd; -- name
  99; x" (id int); create table app.posts (id int); create view cheap as select * from items; create index on items (name);
  create publication pub for table items; insert into items values (1, 'a'), (2, 'b'); insert into app.posts values (1);`;

const tablesOf = async (database: TestDatabase): Promise<readonly string[]> =>
  (await database.query<{ name: string }>("select relname as name from pg_class where relnamespace in (select oid from pg_namespace where nspname in ('public', 'app')) order by 1")).map(({ name }) => name);

test("show --toc is a list as it stands, and an edited one restores what is left of it", async () => {
  await using source = await createDatabase(SHOP);
  await using project = await createProject();
  const archive = join(project.folder, "a.ark");
  await dump(source.url, archive);
  const { stdout: list } = await pgark(["show", "--toc", archive]);

  await using opened = await openArchive(archive);
  expect(readList(list, "list")).toStrictEqual(opened.toc.entries.map(({ id }) => id));
  expect(readList(listText(opened.toc.entries, ["1", "\n2\n"]), "list")).toStrictEqual(opened.toc.entries.map(({ id }) => id));

  await writeFile(join(project.folder, "list"), list);
  await using whole = await createDatabase();
  expect((await pgark(["restore", archive, "--url", whole.url, "--use-list", "list"], { cwd: project.folder })).exitCode).toBe(0);
  expect(await schemaDump(whole.url, "17")).toBe(await schemaDump(source.url, "17"));

  const edited = list.split("\n").filter((line) => line.startsWith(";") || / (table|table-data) .*items/.test(line)).map((line) => line.replace(/^ *(\d+);.*/, "$1 ; mine"));
  await writeFile(join(project.folder, "edited"), edited.join("\r\n"));
  await using some = await createDatabase();
  const restored = await pgark(["restore", archive, "--url", some.url, "-L", "edited"], { cwd: project.folder });
  expect({ exitCode: restored.exitCode, tables: await tablesOf(some), rows: await some.query("select * from items") }).toStrictEqual({ exitCode: 0, tables: ["items"], rows: [{ id: 1, name: "a" }, { id: 2, name: "b" }] });

  await writeFile(join(project.folder, "wrong"), "; fine\n12; TABLE x\nTABLE y\n");
  const wrong = await pgark(["restore", archive, "--url", some.url, "-L", "wrong"], { cwd: project.folder });
  expect({ exitCode: wrong.exitCode, says: /wrong, line 3: a line begins with the number of an entry, not with TABLE y/.test(wrong.stderr) }).toStrictEqual({ exitCode: 2, says: true });
});

test("the flags of backup and of restore give what pg_dump's give", async () => {
  await using source = await createDatabase(SHOP);
  await using project = await createProject();
  await writeFile(join(project.folder, "filter"), "exclude table items\nexclude table_data app.posts # no rows\n");
  const flags = ["--no-comments", "--no-publications", "--filter=filter", "--strict-names", "--section=pre-data", "--section=data", "--table-and-children=*.*", "--exclude-schema=nothing"];
  const { stdout } = await promisify(execFile)(program("pg_dump", "17"), [...flags.filter((flag) => !flag.startsWith("--table")), "-d", source.url], { cwd: project.folder });
  const relations = [...new Set([...stdout.matchAll(/^(?:CREATE TABLE|CREATE VIEW|COPY) (?:public|app)\.("(?:[^"])*"|\w+)/gm)].map(([, name = ""]) => name.replaceAll('"', "")))].sort();

  const run = (...words: string[]) => pgark(words, { cwd: project.folder });
  expect((await run("backup", "--url", source.url, "-o", "narrow.ark", ...flags)).exitCode).toBe(0);
  expect((await run("backup", "--url", source.url, "-o", "whole.ark")).exitCode).toBe(0);
  await using narrow = await createDatabase("create schema app");
  await using whole = await createDatabase("create schema app");
  const views = ["--exclude-table=cheap"];
  expect((await run("restore", "narrow.ark", "--url", narrow.url, ...views)).exitCode).toBe(0);
  expect((await run("restore", "whole.ark", "--url", whole.url, ...flags, ...views)).exitCode).toBe(0);
  for (const target of [narrow, whole]) {
    expect(await tablesOf(target)).toStrictEqual(relations.filter((name) => name !== "cheap"));
    expect(await target.query("select count(*) from app.posts")).toStrictEqual([{ count: "0" }]);
  }
});

test("names are strict where asked, and a file that is not there is wrong usage", async () => {
  await using source = await createDatabase("create table a (id int)");
  await using project = await createProject();
  const run = async (...words: string[]) => {
    const { exitCode, stderr } = await pgark(["backup", "--url", source.url, ...words], { cwd: project.folder });
    return { exitCode, said: stderr.split("\n").filter((line) => /nothing|cannot be read|must be|is one of/.test(line)).length };
  };
  expect(await run("-o", "1.ark", "-t", "a", "-t", "nothing")).toStrictEqual({ exitCode: 0, said: 1 });
  expect(await run("-o", "2.ark", "-t", "a", "-t", "nothing", "--strict-names")).toStrictEqual({ exitCode: 2, said: 1 });
  expect(await run("-o", "3.ark", "--filter", "missing")).toStrictEqual({ exitCode: 2, said: 1 });
  expect(await run("-o", "4.ark", "--section", "middle")).toStrictEqual({ exitCode: 2, said: 1 });
});
