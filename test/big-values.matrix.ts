/** Values of hundreds of megabytes through the engine in bounded memory; beyond what a server itself can say, the table is named. */
import { expect, it } from "vitest";
import { dump, restore } from "../src/index.ts";
import { createDatabase, testServers } from "./helpers/database.ts";
import { temporaryFolder } from "./helpers/folder.ts";

const MAJOR = Object.keys(testServers()).sort((a, b) => Number(b) - Number(a))[0]!;
const MEGABYTE = 1024 * 1024;

/** A value of 300 MB in one row, of 600 MB in the other; the server has no function that makes the latter at once. */
const TABLE = /* sql */ `
  create table "big;" (id int, b bytea);
  alter table "big;" alter b set storage external;
  insert into "big;" select 1, decode(repeat(md5('x'), 300 * 1024 * 1024 / 16), 'hex')`;

it("a value of 300 MB and one of 600 MB come back equal, and memory stays below 256 MiB above what it was", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase(TABLE, { major: MAJOR });
  await using target = await createDatabase("", { major: MAJOR });
  await source.query(`insert into "big;" select 2, b || b from "big;"`);
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50);
  await dump(source.url, folder.file("big.ark"), { jobs: 2 });
  await restore(folder.file("big.ark"), target.url, { jobs: 2 });
  clearInterval(timer);
  const rows = `select id, length(b), md5(b) from "big;" order by id`;
  expect(await target.query(rows)).toStrictEqual(await source.query(rows));
  expect(peak - before).toBeLessThan(256 * MEGABYTE);
}, 900_000);

it("a value of 600 MB as text, or a row of more than 1 GB, ends the dump with the table's name and leaves no archive", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase(TABLE, { major: MAJOR });
  await source.query(`insert into "big;" select 2, b || b from "big;"`);
  const told = { code: "SQL_FAILED", object: 'table public."big;"' };
  await expect(dump(source.url, folder.file("text.ark"), { textOnly: true })).rejects.toMatchObject(told);
  await source.query(`alter table "big;" add c bytea, alter c set storage external`);
  await source.query(`update "big;" set c = b`);
  await expect(dump(source.url, folder.file("row.ark"))).rejects.toMatchObject(told);
  await expect(dump(source.url, folder.file("row.ark"), { excludeTableData: [`public."big;"`] })).resolves.toMatchObject({ path: folder.file("row.ark") });
}, 900_000);
