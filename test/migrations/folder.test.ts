import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { nodeIo } from "../../src/io/io.ts";
import { levelOf, readFolder } from "../../src/migrations/folder.ts";
import { BREAKPOINT, THREE, THREE_FOLDERS, createFolder, journalShape } from "./helpers.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("readFolder", () => {
  test("reads the journal and the files of drizzle 0.45, split at breakpoints", async () => {
    await using folder = await createFolder(journalShape(THREE));
    expect(await readFolder(nodeIo, folder.path)).toStrictEqual({
      path: folder.path,
      shape: "journal",
      migrations: [
        { tag: "0000_first", createdAt: THREE[0].when, hash: sha256(THREE[0].sql), statements: ["create table a (id int);", "\ncreate table b (id int);\n"] },
        { tag: "0001_second", createdAt: THREE[1].when, hash: sha256(THREE[1].sql), statements: [THREE[1].sql] },
        { tag: "0002_third", createdAt: THREE[2].when, hash: sha256(THREE[2].sql), statements: [THREE[2].sql] },
      ],
    });
  });

  test("reads the folders of drizzle 1.0 in the order of their names, and passes over others", async () => {
    await using folder = await createFolder({ ...THREE_FOLDERS, "README.md": "not a migration", "notes/today.txt": "neither" });
    const { shape, migrations } = await readFolder(nodeIo, folder.path);
    expect(shape).toBe("folders");
    expect(migrations.map(({ tag, createdAt, hash }) => ({ tag, createdAt, hash }))).toStrictEqual([
      { tag: "20260101100000_first", createdAt: Date.UTC(2026, 0, 1, 10), hash: sha256(THREE[0].sql) },
      { tag: "20260102100000_second", createdAt: Date.UTC(2026, 0, 2, 10), hash: sha256(THREE[1].sql) },
      { tag: "20260103100000_third", createdAt: Date.UTC(2026, 0, 3, 10), hash: sha256(THREE[2].sql) },
    ]);
  });

  test("leaves out statements of nothing but white space", async () => {
    await using folder = await createFolder(journalShape([{ tag: "0000_x", when: 1, sql: `select 1;${BREAKPOINT}\n\t\n${BREAKPOINT}` }]));
    const { migrations } = await readFolder(nodeIo, folder.path);
    expect(migrations[0]?.statements).toStrictEqual(["select 1;"]);
  });

  test("reads the migrations of both applications", async () => {
    const folders = await Promise.all(["drizzle", "drizzle-memorydb"].map((path) => readFolder(nodeIo, path)));
    expect(folders.map(({ shape, migrations }) => ({ shape, tags: migrations.map((migration) => migration.tag) }))).toStrictEqual([
      { shape: "journal", tags: ["0000_foundations", "0001_projects_and_rules", "0002_proposals_and_feedback", "0003_audit_and_triggers", "0004_imports_and_confidence"] },
      { shape: "journal", tags: ["0000_pgvector", "0001_nodes_and_edges", "0002_links_and_access", "0003_degree_and_search"] },
    ]);
  });

  test.each([
    ["a folder without migrations", {}, "USAGE", /holds no migrations/],
    ["a journal that is not JSON", { "meta/_journal.json": "{" }, "USAGE", /is not JSON/],
    ["a journal without entries", { "meta/_journal.json": "[]" }, "USAGE", /no list "entries"/],
    ["an entry without a time", { "meta/_journal.json": '{"entries":[{"tag":"0000_x"}]}' }, "USAGE", /entry 0 of .* has no tag and when/],
    ["a file that is missing", { "meta/_journal.json": '{"entries":[{"tag":"0000_x","when":1}]}' }, "IO_FAILED", /0000_x\.sql/],
    ["a name without a time", { "first/migration.sql": "" }, "USAGE", /does not begin with a time/],
  ])("refuses %s", async (_, files, code, message) => {
    await using folder = await createFolder(files);
    await expect(readFolder(nodeIo, folder.path)).rejects.toMatchObject({ name: "PgarkError", code, message: expect.stringMatching(message) });
  });
});

test("levelOf counts from 1, takes head for the newest and names the tags it has", async () => {
  await using made = await createFolder(journalShape(THREE));
  const folder = await readFolder(nodeIo, made.path);
  expect([levelOf(folder, "0000_first"), levelOf(folder, "0002_third"), levelOf(folder, "head")]).toStrictEqual([1, 3, 3]);
  expect(() => levelOf(folder, "0003_fourth")).toThrow(/has no migration 0003_fourth; it has 0000_first, 0001_second, 0002_third/);
});
