/** docs/coverage.md says of every kind that it is carried, and how that is known: the page is held to the registry, to the facts and to the corpus. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { kinds } from "../src/catalog/catalog.ts";
import { FACT_KINDS } from "./helpers/catalog-facts.ts";

const page = readFileSync(join(import.meta.dirname, "../docs/coverage.md"), "utf8");
const corpus = readdirSync(join(import.meta.dirname, "corpus"));

/** pg_dump 18's `DumpableObjectType`s. */
const PG_DUMP = `NAMESPACE EXTENSION TYPE SHELL_TYPE DUMMY_TYPE FUNC AGG OPERATOR ACCESS_METHOD OPCLASS OPFAMILY COLLATION CONVERSION TABLE TABLE_ATTACH ATTRDEF INDEX INDEX_ATTACH STATSEXT RULE TRIGGER CONSTRAINT
  FK_CONSTRAINT PROCLANG CAST TABLE_DATA SEQUENCE_SET TSPARSER TSDICT TSTEMPLATE TSCONFIG FDW FOREIGN_SERVER DEFAULT_ACL TRANSFORM LARGE_OBJECT LARGE_OBJECT_DATA PRE_DATA_BOUNDARY POST_DATA_BOUNDARY EVENT_TRIGGER
  REFRESH_MATVIEW POLICY PUBLICATION PUBLICATION_REL PUBLICATION_TABLE_IN_SCHEMA REL_STATS SUBSCRIPTION SUBSCRIPTION_REL`.split(/\s+/);

/** The rows of a section's table, cell by cell. */
function rows(title: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
  return [...section.matchAll(/^\| (.*) \|$/gm)].slice(1).map(([, row = ""]) => row.split(/ ?\| ?/));
}

it("has one row for every kind of the registry, and none for anything else", () => {
  expect(rows("Kinds").map(([kind]) => kind)).toStrictEqual(Object.keys(kinds).map((kind) => `\`${kind}\``));
});

it("names every kind of pg_dump", () => {
  const named = new Set(page.split("## What hangs")[0]?.match(/\b[A-Z_]{3,}\b/g));
  expect(PG_DUMP.length).toBe(48);
  expect(PG_DUMP.filter((kind) => !named.has(kind))).toStrictEqual([]);
});

it("names facts that are compared, for every kind", () => {
  const named = [...rows("Kinds"), ...rows("What hangs on objects")].map((row) => row.at(-1)?.split(", ") ?? []);
  expect(named.every((facts) => facts.length > 0)).toBe(true);
  expect(named.flat().filter((fact) => !FACT_KINDS.includes(fact))).toStrictEqual([]);
});

it("shows a corpus file for everything that pg_dump does not carry", () => {
  const files = rows("What pgark carries and pg_dump does not").map((row) => row.at(-1)?.replaceAll("`", "") ?? "");
  expect(files.length).toBeGreaterThan(8);
  expect(files.filter((file) => !corpus.includes(file))).toStrictEqual([]);
});
