/** The corpus of values knows every type that the server has, in binary rows and in text. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createDatabase, testServers } from "./helpers/database.ts";
import { expectRoundTrip } from "./helpers/round-trip.ts";

const folder = mkdtempSync(join(tmpdir(), "pgark-types-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** All in the matrix; otherwise the newest that every run has. */
const majors = Object.keys(testServers()).filter((major) => process.env["PGARK_TEST_MATRIX"] === "1" || major === "17");
const VALUES = ["table--every-built-in-type", "table--values-of-own-types", "table--few-columns", "table--columns-added-later"];

/** Types of which a column can be made: neither pseudo-types nor the row types of catalogs. */
const MISSING = /* sql */ `
  select t.typname::text as type from pg_type t
  where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype in ('b', 'r', 'm')
    and not exists (select from pg_type e where e.typarray = t.oid and e.typtype = 'c')
    and not exists (
      select from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relkind = 'r' and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) and a.atttypid = t.oid and not a.attisdropped)
  order by 1`;

describe.each(majors)("on PostgreSQL %s", (major) => {
  it("has a column of every type of pg_catalog", async () => {
    await using database = await createDatabase(read("table--every-built-in-type"), { major });
    if (Number(major) >= 14) await database.query(read("range--every-multirange"));
    const missing = (await database.query<{ type: string }>(MISSING)).map(({ type }) => type);
    // Summaries of BRIN indexes have no input, and arrays of what has no values have none either.
    expect(missing.filter((type) => !/^pg_brin_|^_(cstring|pg_node_tree|pg_ndistinct|pg_dependencies|pg_mcv_list|gtsvector|pg_brin_.*|.*multirange)$/.test(type))).toStrictEqual([]);
  });

  it.each(VALUES)("%s comes back equal from rows in text too", async (file) => {
    await using source = await createDatabase(read(file), { major });
    await using target = await createDatabase("", { major });
    await using loaded = await createDatabase("", { major });
    await expectRoundTrip({ source, target, loaded, major, folder, name: `${major}-${file}`, textOnly: true });
  });
});

function read(file: string): string {
  return readFileSync(join(import.meta.dirname, "corpus", `${file}.sql`), "utf8");
}
