import { describe, expect, test } from "vitest";
import { asArguments, asParsed } from "../../src/catalog/printed.ts";

describe("a printed expression is read as it was", () => {
  test("an array that is cast as a whole gets a cast to its own type first", () => {
    expect(asParsed("CHECK (((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))")).toBe(
      "CHECK (((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying]::character varying[])::text[])))",
    );
    expect(asParsed("(ARRAY[v, f(1, 2), 'b, ]'::character varying])::text[]")).toBe("(ARRAY[v, f(1, 2), 'b, ]'::character varying]::character varying[])::text[]");
    expect(asParsed("(ARRAY['a'::character varying(3), 'b'::character varying(3)])::text[]")).toBe("(ARRAY['a'::character varying(3), 'b'::character varying(3)]::character varying(3)[])::text[]");
    expect(asParsed(`(ARRAY['{1}'::s."T x"[]])::text[]`)).toBe(`(ARRAY['{1}'::s."T x"[]]::s."T x"[])::text[]`);
  });

  test("an array whose type is not told, or would shorten an element, stays as it is", () => {
    for (const text of ["(ARRAY[v, w])::text[]", "(ARRAY['a'::character varying(3), v])::text[]", "(ARRAY['a'::character varying(3), 'b'::character varying(4)])::text[]", "ANY (ARRAY['a'::text])"]) expect(asParsed(text)).toBe(text);
  });

  test("a column without a name stays without one", () => {
    expect(asParsed(" SELECT t.v,\n    t.n\n   FROM t\nUNION\n SELECT NULL::character varying(3),\n    (1 + 2)::numeric(10,2)\n   FROM t")).toBe(
      ` SELECT t.v,\n    t.n\n   FROM t\nUNION\n SELECT NULL::character varying(3) AS "?column?",\n    (1 + 2)::numeric(10,2) AS "?column?"\n   FROM t`,
    );
    expect(asParsed("EXISTS ( SELECT 'y'::text)")).toBe(`EXISTS ( SELECT 'y'::text AS "?column?")`);
    expect(asParsed(`SELECT DISTINCT ON (a) 'x'::text, (ARRAY['a'::character varying])::text[]`)).toBe(
      `SELECT DISTINCT ON (a) 'x'::text AS "?column?", (ARRAY['a'::character varying]::character varying[])::text[] AS "?column?"`,
    );
  });

  test("what has a name, is one, or is no cast keeps to itself", () => {
    for (const text of [`SELECT 'x'::text AS "AS", t.a, count(*), 1, (a + b)\n   FROM t`, "SELECT t.*::t AS t FROM t", "SELECT a FROM t LIMIT (1)::bigint"]) expect(asParsed(text)).toBe(text);
  });

  test("nothing inside of quotes is touched", () => {
    for (const text of [
      "CREATE FUNCTION f() AS $_$ select (array['a'::text])::int[]; SELECT NULL::int; (ARRAY['a'::character varying])::text[] $_$;",
      "CHECK ((a <> 'it''s (ARRAY[''x''::text])::int[] SELECT NULL::int'::text))",
      `COMMENT "(ARRAY['a'::text])::int[]"`,
      "E'\\'(ARRAY[\\'a\\'::text])::int[] SELECT NULL::int'",
    ]) expect(asParsed(text)).toBe(text);
  });
});

test("a name that became a keyword is quoted, the type of that name is not", () => {
  expect(asArguments("json json, OUT json_value json[], VARIADIC system_user text[]")).toBe(`"json" json, OUT "json_value" json[], VARIADIC "system_user" text[]`);
  expect(asArguments("json integer ORDER BY json text")).toBe(`"json" integer ORDER BY "json" text`);
  expect(asArguments("TABLE(json jsonb, a integer)")).toBe(`TABLE("json" jsonb, a integer)`);
  for (const text of ["json", "json, json[]", "OUT json", "json DEFAULT '{}'::json", "json ORDER BY json", "a text DEFAULT ', json x'::text", "f(json json)", `"json" json`, "SETOF json"]) expect(asArguments(text)).toBe(text);
});
