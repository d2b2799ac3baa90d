import { expect, test } from "vitest";
import { csvHeader, csvRow } from "../../src/values/csv.ts";
import { jsonlPrinter } from "../../src/values/jsonl.ts";
import { createDatabase } from "../helpers/database.ts";
import { serverCopy } from "./server-copy.ts";

const TEXTS = ["", null, "a", " a ", "a,b", 'say "x"', "line\nbreak", "cr\r", "\\.", "\\N", "NULL", "ünï", "tab\t", "'"];

test("CSV is what the server prints", async () => {
  await using database = await createDatabase();
  await using server = await serverCopy(database);
  for (const width of [1, 2]) {
    await database.query(`drop table if exists t; create table t (n int, "a,b" text${width === 2 ? ', "say ""x""" text' : ""})`);
    const names = width === 2 ? ["a,b", 'say "x"'] : ["a,b"];
    const rows = TEXTS.map((text) => names.map((_, index) => (index === 0 ? text : "z")));
    for (const [n, row] of rows.entries()) await database.query(`insert into t values (${[n, ...row.map((_, index) => `$${index + 1}`)].join(",")})`, row);
    const columns = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(",");
    const printed = csvHeader(names.map((name) => ({ name }))) + rows.map(csvRow).join("");
    expect(printed).toBe((await server.out(`select ${columns} from t order by n`, "csv, header")).toString());
  }
});

test("JSON lines keep every digit and stay one line a row", () => {
  const print = (wire: string | null, text: string | null): string => jsonlPrinter([{ name: 'a"b', wire }])([text]);
  expect(print("int8", "9007199254740991")).toBe('{"a\\"b":9007199254740991}\n');
  expect(print("int8", "-9007199254740992")).toBe('{"a\\"b":"-9007199254740992"}\n');
  expect(print("numeric", "1.50")).toBe('{"a\\"b":"1.50"}\n');
  expect(print("numeric", "10")).toBe('{"a\\"b":10}\n');
  expect(print("numeric", "12345678901234567890")).toBe('{"a\\"b":"12345678901234567890"}\n');
  expect(print("float8", "1e-05")).toBe('{"a\\"b":1e-05}\n');
  expect(print("float8", "NaN")).toBe('{"a\\"b":"NaN"}\n');
  expect(print("float4", "-Infinity")).toBe('{"a\\"b":"-Infinity"}\n');
  expect(print("json", '{\r\n"n": 12345678901234567890}')).toBe('{"a\\"b":{  "n": 12345678901234567890}}\n');
  expect(print("float8[]", "[0:1]={NaN,0.1}")).toBe('{"a\\"b":["NaN",0.1]}\n');
  expect(print("box[]", "{(1,1),(0,0);NULL}")).toBe('{"a\\"b":["(1,1),(0,0)",null]}\n');
  expect(print(null, "line\nbreak")).toBe('{"a\\"b":"line\\nbreak"}\n');
  expect(print("text", null)).toBe('{"a\\"b":null}\n');
});
