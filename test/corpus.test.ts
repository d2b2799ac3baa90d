/**
 * Every corpus file through the whole engine: create → dump → restore → read again. pg_dump of both sides must say
 * the same, the rows must digest the same, a second dump must give the same TOC, and the archive's SQL must load
 * with psql.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dump, openArchive, restore, tableDigests } from "../src/index.ts";
import { catalogFacts } from "./helpers/catalog-facts.ts";
import { createDatabase, testServers } from "./helpers/database.ts";
import { psql, schemaDump } from "./helpers/programs.ts";

const CORPUS = join(import.meta.dirname, "corpus");
const folder = mkdtempSync(join(tmpdir(), "pgark-corpus-"));
afterAll(() => rmSync(folder, { recursive: true }));

const files = readdirSync(CORPUS).filter((file) => file.endsWith(".sql"));
/** All majors in the matrix; the newest that every run has otherwise. */
const majors = Object.keys(testServers()).filter((major) => process.env["PGARK_TEST_MATRIX"] === "1" || major === "17");

describe.each(majors)("on PostgreSQL %s", (major) => {
  it.concurrent.each(files.filter((file) => Number(major) >= requirement(file)))("%s comes back equal", async (file) => {
    const name = `${major}-${file.replace(".sql", "")}`;
    const first = join(folder, `${name}.ark`);
    const second = join(folder, `${name}-again.ark`);
    await using source = await createDatabase(read(file), { major });
    await using target = await createDatabase("", { major });
    await using loaded = await createDatabase("", { major });

    await dump(source.url, first, { jobs: 2 });
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
  });
});

function statements(toc: { readonly entries: readonly { readonly kind: string; readonly address: string; readonly create: readonly string[] }[] }): readonly unknown[] {
  // Schema public is in every new database, where it needs no statement. What is said of the database itself is said only where a restore makes it.
  return toc.entries.filter(({ kind, address }) => address !== "SCHEMA public" && kind !== "database").map(({ kind, address, create }) => ({ kind, address, create }));
}

function read(file: string): string {
  return readFileSync(join(CORPUS, file), "utf8");
}

/** The first line may name the oldest major that understands the file. */
function requirement(file: string): number {
  return Number(/^-- requires: (\d+)/.exec(read(file))?.[1] ?? 13);
}
