/** Thousands of tables through the whole engine: dump → restore → compare, in bounded memory and without a lock table of more than common size. */
import { expect, it } from "vitest";
import { dump, openArchive, restore, tableDigests } from "../src/index.ts";
import { catalogFacts } from "./helpers/catalog-facts.ts";
import { createDatabase, testServers } from "./helpers/database.ts";
import { temporaryFolder } from "./helpers/folder.ts";
import { makeTables } from "./helpers/many-tables.ts";

const TABLES = 5_000;
const MAJOR = Object.keys(testServers()).sort((a, b) => Number(b) - Number(a))[0]!;

it(`${TABLES} tables with indexes, keys and sequences come back equal (PostgreSQL ${MAJOR})`, async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/many.ark`;
  await using source = await createDatabase("", { major: MAJOR });
  await using target = await createDatabase("", { major: MAJOR });
  await makeTables(source, TABLES);

  const dumped = await dump(source.url, path, { jobs: 2 });
  expect(dumped.tables.length).toBe(TABLES);
  const restored = await restore(path, target.url, { jobs: 2 });
  expect(restored.created).toMatchObject({ table: TABLES, identity: TABLES, sequence: TABLES, default: TABLES, constraint: TABLES, index: TABLES, "foreign-key": TABLES / 10 - 1 });
  expect(restored.tables.every(({ archived, inserted }) => archived === 3 && inserted === 3)).toBe(true);

  expect(await catalogFacts(target.url)).toStrictEqual(await catalogFacts(source.url));
  expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
  await using archive = await openArchive(path);
  expect((await archive.verify()).findings).toStrictEqual([]);
}, 900_000);
