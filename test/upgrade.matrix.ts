/** Every corpus file from every major that can have it to the next and to the newest. */
import { describe, expect, it } from "vitest";
import { upgrade } from "./helpers/across-majors.ts";
import { corpusFiles, requirement } from "./helpers/corpus.ts";
import { testServers } from "./helpers/database.ts";

const majors = Object.keys(testServers()).map(Number).sort((a, b) => a - b);
const pairs = majors.flatMap((from, at) => [...new Set([majors[at + 1], majors.at(-1)])].flatMap((to) => (to !== undefined && to > from ? [[from, to] as const] : [])));

/** No major from 14 on has it. */
const GONE = new Set(["operator--postfix.sql"]);

/** Children keep the order of their columns, which pg_dump changes; on 18 their NOT NULL, of which an older server does not say whose it is, is then their own. */
const OWN_ORDER = new Set(["inheritance--attached-later.sql", "inheritance--column-orders.sql", "foreign-table--inheritance.sql"]);

describe.each(pairs)("from PostgreSQL %d to %d", (from, to) => {
  it.concurrent.each(corpusFiles.filter((file) => requirement(file) <= from && !(GONE.has(file) && from < 14)))("%s", async (file) => {
    const { failures, rowsEqual, ours, theirs } = await upgrade(file, `${from}`, `${to}`);
    expect({ failures, rowsEqual }).toStrictEqual({ failures: [], rowsEqual: true });
    expect(ours.facts).toBeLessThanOrEqual(theirs.facts);
    if (!(OWN_ORDER.has(file) && from < 18 && to >= 18)) expect(ours.text).toBeLessThanOrEqual(theirs.text);
  });
});
