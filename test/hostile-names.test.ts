/** Names and values that hurt, as every kind of object, through the whole engine. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kinds } from "../src/catalog/catalog.ts";
import { createDatabase, testServers } from "./helpers/database.ts";
import { quoted, SCHEMAS, statementsFor } from "./helpers/hostile-statements.ts";
import { expectRoundTrip } from "./helpers/round-trip.ts";

const folder = mkdtempSync(join(tmpdir(), "pgark-hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));

const matrix = process.env["PGARK_TEST_MATRIX"] === "1";
/** All in the matrix; otherwise the newest that every run has. */
const majors = Object.keys(testServers()).filter((major) => matrix || major === "17");

/** Each at most 63 bytes, without `=`, which the server refuses in the name of an option. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "the worst": [`"`, "\\\\.\\n", "%s$_0$", "-- \\n;drop schema keyed", "__proto__", " ", `x${"é".repeat(31)}`, "🐘,{}"],
  "quotes and backslashes": [`""''`, "back\\slash\\", "\\'", "E'x'", `U&"\\0061"`, "\\N", "\\\\.\\", "\\! echo", "\\q"],
  "white space and control characters": ["\n", "cr\r\nlf", "tab\t", "  two  ", "\u0001\u001f\u007f", "\b\v\f", "\n\\.\n"],
  "what SQL, psql and shells read": ["%", "$$", "$pgark$", "$", "$1", "$user", ":x", ":'x'", "--", "/*", ";", "#", "@x", "a,b", "a.b", "{}", "(a)", "[1]", "`id`", "${x}", "&&"],
  "what looks like something else": ["1digit", "0", "UPPER", "camelCase", "NULL", "null", "true", "PUBLIC", "none", "information schema", "constructor", "toString", "pgark", "*", "select", "user", "all"],
  "other alphabets and lengths": ["é", "ÄÖÜß", "\u00a0", "\u200b", "\ufeff", "\u0085\u2028", "👩‍👩‍👧", "e\u0301", "日本語", "שלום", "\uffff", "\u{10ffff}", `${"é".repeat(31)}x`, `${"x".repeat(59)}🐘`, `x${"é".repeat(31)}`, "y".repeat(63), "Y".repeat(63)],
};

const groups = Object.keys(NAMES).filter((group) => matrix || group === "the worst");

describe.each(majors)("on PostgreSQL %s", (major) => {
  it.each(groups)(
    "every kind of object comes back: %s",
    async (group) => {
      const names = NAMES[group] ?? [];
      await using roles = await createRoles(names, major);
      const statements = names.flatMap((name, index) => statementsFor({ name, number: index + 1, role: roles.names[index] ?? "", major: Number(major) }));
      await using source = await createDatabase("", { major });
      for (const statement of ["set check_function_bodies = off", "set client_min_messages = error", ...SCHEMAS, ...statements]) await run(source, statement);
      await using target = await createDatabase("", { major });
      await using loaded = await createDatabase("", { major });
      const found = await expectRoundTrip({ source, target, loaded, major, folder, name: `${major}-${group}` });
      expect(Object.keys(kinds).filter((kind) => !found.has(kind) && !isPart(kind, Number(major)))).toStrictEqual([]);
    },
    600_000,
  );
});

/** Kinds that are mostly written inside others, and those that came later. */
function isPart(kind: string, major: number): boolean {
  return kind === "system-object" || (kind === "publication-schema" && major < 15);
}

async function run(database: { query(sql: string): Promise<unknown> }, statement: string): Promise<void> {
  await database.query(statement).catch((error: unknown) => {
    throw new Error(`${statement}: ${String(error)}`);
  });
}

/** Roles belong to the server: each name gets something before it that no other run has. Declared before the databases in which they own things. */
async function createRoles(names: readonly string[], major: string): Promise<AsyncDisposable & { readonly names: readonly string[] }> {
  const start = `pgark_test_${randomBytes(4).toString("hex")}`;
  const roles = names.map((name, index) => cut(`${start}${index}${name}`, 63));
  await using database = await createDatabase(roles.map((role) => `create role ${quoted(role)}`).join(";"), { major });
  void database;
  return {
    names: roles,
    async [Symbol.asyncDispose]() {
      await using database = await createDatabase(roles.map((role) => `drop role ${quoted(role)}`).join(";"), { major });
      void database;
    },
  };
}

/** As many whole characters as fit. */
function cut(text: string, bytes: number): string {
  let kept = "";
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}
