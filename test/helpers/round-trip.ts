/**
 * A database through the whole engine: dump → restore → read again. pg_dump of both sides must say the same, the rows
 * must digest the same, a second dump must give the same TOC, and the archive's SQL must load with psql.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { dump, openArchive, restore, tableDigests } from "../../src/index.ts";
import { catalogFacts } from "./catalog-facts.ts";
import type { TestDatabase } from "./database.ts";
import { psql, schemaDump } from "./programs.ts";

export interface RoundTrip {
  readonly source: TestDatabase;
  /** Two empty databases: one for the engine, one for psql. */
  readonly target: TestDatabase;
  readonly loaded: TestDatabase;
  readonly major: string;
  /** Where archives and scripts may be put, and how they are called. */
  readonly folder: string;
  readonly name: string;
  /** Default: false. */
  readonly textOnly?: boolean;
}

/** The kinds of entries that the archive holds. */
export async function expectRoundTrip({ source, target, loaded, major, folder, name, textOnly }: RoundTrip): Promise<ReadonlySet<string>> {
  const first = join(folder, `${name}.ark`);
  const second = join(folder, `${name}-again.ark`);
  await dump(source.url, first, { jobs: 2, ...(textOnly === undefined ? {} : { textOnly }) });
  await restore(first, target.url, { jobs: 2 });
  await dump(target.url, second, { jobs: 2 });
  await using archive = await openArchive(first);
  await using again = await openArchive(second);
  const script = join(folder, `${name}.sql`);
  await writeFile(script, archive.sql());
  await psql(loaded.url, script, major);

  const original = await schemaDump(source.url, major);
  expect(await schemaDump(target.url, major)).toBe(original);
  expect(await schemaDump(loaded.url, major)).toBe(original);
  const facts = await catalogFacts(source.url);
  expect(await catalogFacts(target.url)).toStrictEqual(facts);
  expect(await catalogFacts(loaded.url)).toStrictEqual(facts);
  const rows = await tableDigests(source.url);
  expect(await tableDigests(target.url)).toStrictEqual(rows);
  expect(await tableDigests(loaded.url)).toStrictEqual(rows);
  expect(statements(again.toc)).toStrictEqual(statements(archive.toc));
  return new Set(archive.toc.entries.map(({ kind }) => kind));
}

function statements(toc: { readonly entries: readonly { readonly kind: string; readonly address: string; readonly create: readonly string[] }[] }): readonly unknown[] {
  // Schema public is in every new database, where it needs no statement. What is said of the database itself is said only where a restore makes it.
  return toc.entries.filter(({ kind, address }) => address !== "SCHEMA public" && kind !== "database").map(({ kind, address, create }) => ({ kind, address, create }));
}
