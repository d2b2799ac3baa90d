import fc from "fast-check";
import { expect, test } from "vitest";
import { formatTextRow, textFields } from "../../src/values/copy-text.ts";
import { createDatabase } from "../helpers/database.ts";
import { serverCopy } from "./server-copy.ts";

const asText = (fields: readonly (Uint8Array | null)[]): readonly (string | null)[] => fields.map((field) => (field === null ? null : Buffer.from(field).toString()));

const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom("\\", "\t", "\n", "\r", "\b", "\v", "\f", "N", ".", "x", "0", "7", "\u0001", "ü") }));
const anyField = fc.option(anyText);

test("parsing undoes formatting, of texts and of bytes", () => {
  fc.assert(
    fc.property(fc.array(anyField, { minLength: 1, maxLength: 5 }), (fields) => {
      expect(asText(textFields(formatTextRow(fields), fields.length))).toStrictEqual(fields);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.option(fc.uint8Array()), { minLength: 1, maxLength: 5 }), (fields) => {
      const row = formatTextRow(fields);
      expect(row.includes(0x0a)).toBe(false);
      expect(textFields(row, fields.length).map((field) => field && new Uint8Array(field))).toStrictEqual(fields);
    }),
  );
});

test("the server writes the same line and reads back the same fields", async () => {
  await using database = await createDatabase("create table a (n int, x text, y text); create table b (like a)");
  await using server = await serverCopy(database);
  // PostgreSQL has no NUL in texts.
  const withoutNul = anyField.map((field) => field?.replaceAll("\0", "") ?? null);
  const rows = fc.sample(fc.tuple(withoutNul, withoutNul), 500);
  rows.push(["\\N", "\\."], ["", null], ["\\x41\\101", "a\\"]);
  await database.query("insert into a select * from unnest($1::int[], $2::text[], $3::text[])", [rows.map((_, n) => n), rows.map(([x]) => x), rows.map(([, y]) => y)]);

  const lines = rows.map(([x, y]) => Buffer.from(formatTextRow([x, y])).toString());
  expect((await server.out("select x, y from a order by n", "text")).toString()).toStrictEqual(lines.map((line) => `${line}\n`).join(""));

  await server.in("b", Buffer.concat(rows.flatMap(([x, y], n) => [formatTextRow([String(n), x, y]), Buffer.from("\n")])));
  expect(await database.query("(table a except all table b) union all (table b except all table a)")).toStrictEqual([]);
});

test("escapes that the server reads but never writes are read as it reads them", async () => {
  await using database = await createDatabase("create table t (n int, x text)");
  await using server = await serverCopy(database);
  const escaped = ["\\101", "\\1012", "\\7", "\\78", "\\x41", "\\x4", "\\x4g", "\\xg", "\\x414", "\\q", "a\\\tb", "\\\\N", "x\\N", "\\N\\N", "\\\\."];
  await server.in("t", Buffer.from(escaped.map((text, n) => `${n}\t${text}\n`).join("")));
  const read = await database.query<{ x: string }>("select x from t order by n");
  expect(escaped.map((text) => asText(textFields(Buffer.from(text), 1))[0])).toStrictEqual(read.map(({ x }) => x));
});

test.each([["", 2], ["a\tb", 1], ["a\tb", 3], ["a", 0], ["a\\", 1], ["a\\\tb", 2]])("a row %j that is not of %i fields is damaged", (row, columns) => {
  expect(() => textFields(Buffer.from(row), columns)).toThrow(expect.objectContaining({ code: "ARCHIVE_DAMAGED" }));
});
