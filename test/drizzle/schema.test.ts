import { readFile } from "node:fs/promises";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import type { DrizzleSnapshotJSON } from "drizzle-kit/api";
import { expect, test } from "vitest";
import * as memorydb from "../../drizzle-memorydb/schema.ts";
import * as rulesdb from "../../drizzle/schema.ts";

test.each<[string, Record<string, unknown>, string]>([
  ["drizzle", rulesdb, 'DROP TABLE "outbox" CASCADE;'],
  ["drizzle-memorydb", memorydb, 'DROP TABLE "embedding_queue" CASCADE;'],
])("%s: drizzle-kit finds nothing in schema.ts that the migrations lack, and would find a table left out", async (folder, schema, found) => {
  const journal: { entries: { idx: number }[] } = JSON.parse(await readFile(`${folder}/meta/_journal.json`, "utf8"));
  const newest = String(journal.entries.at(-1)?.idx).padStart(4, "0");
  const snapshot: DrizzleSnapshotJSON = JSON.parse(await readFile(`${folder}/meta/${newest}_snapshot.json`, "utf8"));
  expect(await generateMigration(snapshot, generateDrizzleJson(schema, snapshot.id))).toStrictEqual([]);
  const { outbox: _outbox, embeddingQueue: _embeddingQueue, ...fewer } = schema;
  expect(await generateMigration(snapshot, generateDrizzleJson(fewer, snapshot.id))).toContain(found);
});
