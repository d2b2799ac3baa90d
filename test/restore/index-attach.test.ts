import { expect, it } from "vitest";
import { dump, openArchive, type TocEntry } from "../../src/index.ts";
import { postDataTasks } from "../../src/restore/post-data.ts";
import { createDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";

const TREES = `
  create table tree (id int, at date) partition by range (at); create table tree_1 partition of tree for values from ('2020-01-01') to ('2021-01-01');
  create table tree_2 partition of tree default partition by list (id); create table tree_2a partition of tree_2 for values in (1) partition by list (id); create table tree_2aa partition of tree_2a default;
  create table bush (id int primary key) partition by list (id); create table bush_1 partition of bush default;
  create index on tree (at);`;

const tasksOf = (entries: readonly TocEntry[]) => postDataTasks({ entries, postData: entries.filter(({ section }) => section === "post-data"), rowTasks: new Map(), loads: [], create: () => Promise.resolve() });

/** The server looks upwards from the index that became valid; two sessions that do so at once leave the index at the top invalid. */
it("never attaches two indexes of one tree at the same time, on whatever level, and those of two trees side by side", async () => {
  await using folder = await temporaryFolder();
  await using database = await createDatabase(TREES);
  await dump(database.url, folder.file("trees.ark"));
  await using archive = await openArchive(folder.file("trees.ark"));
  const { entries } = archive.toc;
  const tasks = tasksOf(entries);

  const locksOf = (kind: string, pattern: RegExp) =>
    entries.filter((entry) => entry.kind === kind && pattern.test(entry.name)).map(({ id }) => [...(tasks.find((task) => task.id === `entry ${id}`)?.locks ?? [])].filter(([, mode]) => mode === "exclusive").map(([relation]) => relation));
  const root = (name: string) => entries.find((entry) => entry.kind === "table" && entry.name === name)?.id;
  expect(locksOf("index-attach", /tree/).map((locks) => locks.includes(root("tree") ?? 0))).toStrictEqual([true, true, true, true]);
  expect(locksOf("index-attach", /bush/).map((locks) => [locks.includes(root("bush") ?? 0), locks.includes(root("tree") ?? 0)])).toStrictEqual([[true, false]]);
});

it("attaches one index at a time where the archive has no tables, and still builds indexes side by side", async () => {
  await using folder = await temporaryFolder();
  await using database = await createDatabase(TREES);
  await dump(database.url, folder.file("post-data.ark"), { sections: ["post-data"] });
  await using archive = await openArchive(folder.file("post-data.ark"));
  const { entries } = archive.toc;
  const tasks = tasksOf(entries);
  const locksOf = (kind: string) => entries.filter((entry) => entry.kind === kind).map(({ id }) => [...(tasks.find((task) => task.id === `entry ${id}`)?.locks ?? [])]);
  expect(new Set(locksOf("index-attach").map((locks) => JSON.stringify(locks)))).toStrictEqual(new Set(['[[0,"exclusive"]]']));
  expect(new Set(locksOf("index").map((locks) => JSON.stringify(locks)))).toStrictEqual(new Set(['[[0,"share"]]']));
});
