import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonlPrinter } from "../../src/values/jsonl.ts";
import { rowReader } from "../../src/values/row-reader.ts";
import { rowSplitter } from "../../src/values/rows.ts";
import { wireNames } from "../../src/values/types/registry.ts";
import { createDatabase } from "../helpers/database.ts";
import type { TestDatabase } from "../helpers/database.ts";
import { serverCopy } from "./server-copy.ts";
import type { ServerCopy } from "./server-copy.ts";

const NASTY_TEXTS = ["", " ", "a", "NULL", "null", "nuLL", "\\N", "\\.", '"', "\\", "{}", "a,b", "a;b", "tab\there", "line\nbreak", "cr\r", "\b\v\f\u0001", "\u00a0", "\ufeffbom", "ünï", "🦆", "it's"];

/** A repeatable source of numbers in [0, 1). */
function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
const random = randomness(20_260_101);
const randomInt = (below: number): number => Math.floor(random() * below);
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

function floats8(): string[] {
  const view = new DataView(new ArrayBuffer(8));
  const values = times(4000, () => {
    view.setUint32(0, randomInt(2 ** 32));
    view.setUint32(4, randomInt(2 ** 32));
    return view.getFloat64(0);
  });
  values.push(...times(2098, (n) => 2 ** (n - 1074)), ...times(632, (n) => Number(`1e${n - 323}`)), ...times(632, (n) => -Number(`5e${n - 323}`)));
  values.push(...times(2000, () => Math.round(random() * 1e15) * 10 ** randomInt(26)), ...times(1000, () => randomInt(1e6) / 100));
  values.push(...times(300, (n) => 2 ** 53 + (n - 150)), ...times(300, (n) => 2 ** 54 + (n - 150)));
  return ["NaN", "Infinity", "-Infinity", "-0", "0", "1e14", "123456789012345", "1234567890123456", "0.0001", "0.00001", ...values.filter(Number.isFinite).map(String)];
}

function floats4(): string[] {
  const view = new DataView(new ArrayBuffer(4));
  const ofBits = (bits: number): number => {
    view.setUint32(0, bits);
    return view.getFloat32(0);
  };
  const values = times(6000, () => ofBits(randomInt(2 ** 32)));
  for (let exponent = 0; exponent < 255; exponent++) for (const step of [-1, 0, 1]) values.push(ofBits(Math.max(1, exponent * 2 ** 23 + step)));
  values.push(...times(3000, () => Math.fround(random() * 2 - 1)), ...times(78, (n) => Math.fround(Number(`1e${n - 45}`))), ...times(1000, (n) => n / 8), ...times(1000, (n) => Math.fround(n / 1000)));
  values.push(...times(400, (n) => 2 ** 24 + 2 * (n - 200)), ...times(400, () => Math.fround(randomInt(1e9) * 10 ** randomInt(20))));
  return ["NaN", "Infinity", "-Infinity", "-0", "0", "123456", "999999", "1e6", "3.4028235e38", "1e-45", ...values.filter(Number.isFinite).map((value) => value.toPrecision(9))];
}

function numerics(): string[] {
  const digits = (count: number): string => times(count, () => randomInt(10)).join("");
  return [
    "NaN", "Infinity", "-Infinity", "0", "0.0", "0.000000", "-1", "1.10", "10000", "100000000", "0.0001", "0.00001", "-0.00000000000000000012300", "9999.9999", "12345678901234567890.5", "1e300", "1e-300",
    ...times(1500, () => `${random() < 0.5 ? "-" : ""}${randomInt(3) === 0 ? "0" : digits(randomInt(30) + 1)}.${"0".repeat(randomInt(9))}${digits(randomInt(30))}`),
  ];
}

const part = (limit: number): number => (random() < 0.4 ? 0 : Math.round((random() * 2 - 1) * limit));
const clock = (): string => `${random() < 0.5 ? "-" : ""}${randomInt(30)}:${randomInt(60)}:${randomInt(60)}${random() < 0.5 ? `.${randomInt(1e6)}` : ""}`;
const intervals = (): string[] => [
  "0", "infinity", "-infinity", "1 year", "-1 year", "1 mon -1 day", "-1 mon 1 day 00:00:01", "-1 year -2 mons +3 days -04:05:06.7", "1 day -00:00:00.000001", "-1 day 00:00:00.1", "178956970 years 7 mons", "-2147483648 days", "2562047788:00:54.775807", "-2562047788:00:54.775807",
  ...times(1500, () => `${part(300)} months ${part(90)} days ${random() < 0.3 ? "0" : clock()}`),
];

const DATES = ["infinity", "-infinity", "2000-01-01", "1999-12-31", "2000-02-29", "1900-03-01", "0001-01-01", "0001-12-31 BC", "0005-02-28 BC", "4714-11-24 BC", "9999-12-31", "10000-01-01", "294276-12-31"];
const dates = (): string[] => [...DATES, "5874897-12-31", ...times(1500, () => `2000-01-01 +${randomInt(3e6) - 2e6}`)];
const CLOCKS = ["00:00:00", "23:59:59.999999", "12:00:00.1", "12:00:00.000001", "01:02:03.45"];
const timestamps = (): string[] => [
  "infinity", "-infinity", "294276-12-31 23:59:59.999999", "4714-11-24 00:00:00 BC", "1999-12-31 23:59:59.999999", "0044-03-15 10:30:00.5 BC",
  ...CLOCKS.flatMap((time) => DATES.slice(2).map((date) => (date.endsWith(" BC") ? `${date.slice(0, -3)} ${time} BC` : `${date} ${time}`))),
];

interface Case {
  /** How SQL names the type, where that is not the wire's name. */
  readonly sql?: string;
  /** Input texts, each cast to the type. */
  readonly texts: readonly string[];
  /** An expression for `text`, where a cast is not enough. */
  readonly cast?: string;
}

const addDays = (type: string): string => `case when text like '%+%' then (split_part(text, ' +', 1)::date + split_part(text, ' +', 2)::int)::${type} else text::${type} end`;

const CASES: Readonly<Record<string, Case>> = {
  bool: { texts: ["t", "f"] },
  int2: { texts: ["0", "-1", "32767", "-32768"] },
  int4: { texts: ["0", "-1", "2147483647", "-2147483648"] },
  int8: { texts: ["0", "-1", "9007199254740991", "9007199254740992", "-9007199254740993", "9223372036854775807", "-9223372036854775808"] },
  oid: { texts: ["0", "1", "4294967295"] },
  float4: { texts: floats4() },
  float8: { texts: floats8() },
  numeric: { texts: numerics() },
  text: { texts: NASTY_TEXTS },
  varchar: { sql: "varchar(40)", texts: NASTY_TEXTS },
  bpchar: { sql: "char(12)", texts: NASTY_TEXTS },
  name: { texts: NASTY_TEXTS },
  char: { sql: '"char"', texts: ["", "a", "\\", "\t", "\n", '"', "\\200", "\\377"] },
  bytea: { texts: ["\\x", "\\x00", "\\x5c785c6e0aff"] },
  uuid: { texts: ["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"] },
  json: { texts: ["null", '{"a": [1, 2.50], "b": "tab\\t \\" \\\\ \\u00e9"}', '{\n  "a" : 1\r\n}', '""', "12345678901234567890"] },
  jsonb: { texts: ["null", '{"a": [1, 2.50], "b": "tab\\t \\" \\\\ \\u00e9"}', "[]", "1e3", '"x"'] },
  bit: { sql: "bit(11)", texts: ["00000000000", "10101010101", "11111111111"] },
  varbit: { texts: ["", "1", "01111111", "101010101"] },
  date: { texts: dates(), cast: addDays("date") },
  time: { texts: [...CLOCKS, "24:00:00"] },
  timetz: { texts: CLOCKS.flatMap((time) => ["+00", "-08", "+05:30", "-03:30:15", "+15:59:59", "-00:30"].map((zone) => time + zone)) },
  timestamp: { texts: timestamps() },
  timestamptz: { texts: timestamps() },
  interval: { texts: intervals() },
  inet: {
    texts: ["1.2.3.4", "0.0.0.0/0", "192.168.0.1/24", "255.255.255.255", "::", "::1", "::1:0:0", "::2/64", "::1.2.3.4", "::ffff:1.2.3.4", "::ffff:1.2.3.4/96", "2001:db8::1", "1:0:2:0:3:0:4:0", "1:0:0:2:0:0:0:3", "fe80::/10", "1::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8",
      ...times(256, (mask) => times(8, (word) => (mask & (1 << word) ? "a9b" : "0")).join(":")), ...times(256, (mask) => times(8, (word) => (mask & (1 << word) ? (word === 5 ? "ffff" : "1") : "0")).join(":"))],
  },
  cidr: { texts: ["10.0.0.0/8", "192.168.100.128/25", "1.2.3.4", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1", "::ffff:1.2.3.0/120"] },
  macaddr: { texts: ["08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"] },
  macaddr8: { texts: ["08:00:2b:01:02:03:04:05"] },
  point: { texts: ["(0,-0)", "(1.5,1e-7)", "(Infinity,NaN)"] },
  line: { texts: ["{1,-1,0.1}"] },
  lseg: { texts: ["[(0,0),(1e300,0.3)]"] },
  box: { texts: ["(1,1),(0,0)", "(0.1,2),(-3,-4.5)"] },
  path: { texts: ["((0,0),(1,1),(2,0.5))", "[(0,0),(1,1)]", "[(1,2)]"] },
  polygon: { texts: ["((0,0),(1,1),(2,0))", "((1,2))"] },
  circle: { texts: ["<(1,-2),3.5>"] },
  int4range: { texts: ["empty", "[1,5)", "(,5)", "[1,)", "(,)"] },
  int8range: { texts: ["empty", "[1,9223372036854775807)"] },
  numrange: { texts: ["empty", "(1.50,2.5]", "[NaN,NaN]", "(,0)"] },
  daterange: { texts: ["empty", "[2000-01-01,infinity)", "[0001-01-01 BC,2020-01-01)"] },
  tsrange: { texts: ["empty", "[2000-01-01 00:00,2001-01-01 10:00:00.5]", "(,2001-01-01)"] },
  tstzrange: { texts: ["[2000-01-01 00:00+02,infinity]", "(,)"] },
  int4multirange: { texts: ["{}", "{[1,3),[5,)}"] },
  int8multirange: { texts: ["{}", "{(,3),[5,9)}"] },
  nummultirange: { texts: ["{}", "{[1.0,3],(5,)}"] },
  datemultirange: { texts: ["{}", "{[2000-01-01,2000-02-01)}"] },
  tsmultirange: { texts: ["{[2000-01-01 00:00,2001-01-01 10:00:00.5],(2002-01-01,)}"] },
  tstzmultirange: { texts: ["{(,2001-01-01)}"] },
  enum: { sql: "mood", texts: ["so so", "", "\\", "ünï"] },
  vector: { sql: "vector", texts: ["[1,2,3]", "[0]", "[-0.1,1e-10,1e30,0.33333334]", `[${times(768, () => (random() - 0.5).toPrecision(8)).join(",")}]`] },
  halfvec: { sql: "halfvec", texts: ["[1,2,3]", "[0.1,-0.2,65504,6e-8,0.00006]", `[${times(700, () => ((random() - 0.5) * 10 ** randomInt(5)).toPrecision(5)).join(",")}]`] },
  sparsevec: { sql: "sparsevec", texts: ["{1:1,5:-0.25}/5", "{}/3", "{768:0.1}/768"] },
};

const ENUM = "create type mood as enum ('so so', '', '\\', 'ünï');";

let database: TestDatabase;
let server: ServerCopy;
beforeAll(async () => {
  database = await createDatabase(`create extension vector; ${ENUM}`);
  server = await serverCopy(database);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** Compares, for the rows of a query, our reading of COPY BINARY with the server's COPY text. */
async function expectSameAsServer(wire: string, query: string): Promise<void> {
  const columns = [{ name: "value", wire }];
  const text = await server.out(query, "text");
  const binaryRows = rowSplitter("copy-binary").take(await server.out(query, "binary"));
  const textRows = rowSplitter("copy-text").take(text);
  const fromBinary = rowReader("copy-binary", columns);
  const fromText = rowReader("copy-text", columns);

  expect(Buffer.from(fromBinary.copyText(binaryRows)).toString().split("\n")).toStrictEqual(text.toString().split("\n"));
  expect(binaryRows.map((row) => fromBinary.texts(row))).toStrictEqual(textRows.map((row) => fromText.texts(row)));
  expect(binaryRows.map((row) => fromBinary.values(row))).toStrictEqual(textRows.map((row) => fromText.values(row)));
  const print = jsonlPrinter(columns);
  for (const row of binaryRows) {
    const line = print(fromBinary.texts(row));
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(Object.keys(JSON.parse(line) as object)).toStrictEqual(["value"]);
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

async function createTable(wire: string): Promise<void> {
  const { sql = wire, texts, cast = `text::${sql}` } = CASES[wire] ?? { texts: [] };
  await database.query(`drop table if exists t; create table t (id int, value ${sql})`);
  const rows = texts.map((text, index) => `(${index},${quote(text)})`).join(",");
  await database.query(`insert into t select id, ${cast} from (values ${rows}) as v (id, text) union all select -1, null`);
}

test("every registered wire is compared with the server", () => {
  expect(wireNames().filter((wire) => !wire.endsWith("[]")).toSorted()).toStrictEqual(Object.keys(CASES).toSorted());
  // Arrays of enums and of extensions' types hold OIDs that differ between databases.
  expect(wireNames().filter((wire) => wire.endsWith("[]")).length).toBe(Object.keys(CASES).length - 4);
});

describe("a binary field reads as the text that the server prints", () => {
  test.each(Object.keys(CASES))("%s", async (wire) => {
    await createTable(wire);
    await expectSameAsServer(wire, "select value from t order by id");
  });
});

describe("a binary array reads as the text that the server prints", () => {
  test.each(wireNames().filter((wire) => wire.endsWith("[]")))("%s", async (wire) => {
    const element = wire.slice(0, -2);
    await createTable(element);
    const type = element === "char" ? '"char"' : element;
    await expectSameAsServer(
      wire,
      `select array_agg(value order by id)::${type}[] as value from t
       union all select '{}' union all select null union all select '{NULL}'
       union all select array_fill(value::${type}, '{2,1,3}', '{-1,0,7}') from (select * from t order by id limit 3) as few
       union all (select array[[value, null], [null, value]]::${type}[] from t order by id limit 5)`,
    );
  });
});

test("a JavaScript value keeps what the field says", async () => {
  const query = `select true, 7::int2, -7::int4, 9007199254740993::int8, 1.5::float8, 0.1::float4, 1.10::numeric, '\\x00ff'::bytea,
    '{"a": null}'::jsonb, null::int4, '{{1,NULL},{3,4}}'::int4[], '{"a\\"b",NULL,"NULL"}'::text[], '[1,0.1]'::vector, timestamptz '2024-02-29 12:00+02', 'null'::json`;
  const wires = ["bool", "int2", "int4", "int8", "float8", "float4", "numeric", "bytea", "jsonb", "int4", "int4[]", "text[]", "vector", "timestamptz", "json"];
  const columns = wires.map((wire, index) => ({ name: `c${index}`, wire }));
  const expected = [true, 7, -7, 9007199254740993n, 1.5, Math.fround(0.1), "1.10", new Uint8Array([0, 255]), { a: null }, null, [[1, null], [3, 4]], ['a"b', null, "NULL"], new Float32Array([1, 0.1]), "2024-02-29 10:00:00+00", null];
  for (const format of ["binary", "text"] as const) {
    const rows = rowSplitter(`copy-${format}`).take(await server.out(query, format));
    expect(rows.map((row) => rowReader(`copy-${format}`, columns).values(row))).toStrictEqual([expected]);
  }
  const [row] = rowSplitter("copy-binary").take(await server.out(query, "binary"));
  expect(jsonlPrinter(columns)(rowReader("copy-binary", columns).texts(row ?? new Uint8Array()))).toBe(
    '{"c0":true,"c1":7,"c2":-7,"c3":"9007199254740993","c4":1.5,"c5":0.1,"c6":"1.10","c7":"\\\\x00ff","c8":{"a": null},"c9":null,"c10":[[1,null],[3,4]],"c11":["a\\"b",null,"NULL"],"c12":[1,0.1],"c13":"2024-02-29 10:00:00+00","c14":null}\n',
  );
});

test("binary rows that became COPY text load as equal rows", async () => {
  await database.query(`drop table if exists a, b; create table a (id int, n numeric, s text, f float8, b bytea, v vector, t text[], i interval, m mood, c "char");
    insert into a select n, n / 7.0, chr(n) || E'\\\\\\t\\n', n::float8 / 3, decode(to_hex(n + 4096), 'hex'), array[n, n / 9.0, 0]::vector, array[chr(n), null, '"'], make_interval(secs => n / 7.0, days => -n), 'so so', 'x'
    from generate_series(1, 500) as n; insert into a values (null); create table b (like a)`);
  const wires = ["int4", "numeric", "text", "float8", "bytea", "vector", "text[]", "interval", "enum", "char"];
  const rows = rowSplitter("copy-binary").take(await server.out("select * from a", "binary"));
  await server.in("b", rowReader("copy-binary", wires.map((wire) => ({ name: wire, wire }))).copyText(rows));
  expect(await database.query("select count(*)::int as differing from ((table a except all table b) union all (table b except all table a)) as d")).toStrictEqual([{ differing: 0 }]);
  expect(await database.query("select count(*)::int as count from b")).toStrictEqual([{ count: 501 }]);
});

test.each([
  ["int4", "00000001ff"],
  ["int8", "00"],
  ["numeric", "0002000000000000"],
  ["jsonb", "027b7d"],
  ["uuid", "00"],
  ["inet", "0920000401020304"],
  ["int4[]", "0000000100000000000000170000000200000001000000040000"],
  ["vector", "00020000"],
  ["int4range", "02"],
])("a field that is no %s is named as damage", (wire, field) => {
  const bytes = Buffer.from(field, "hex");
  const row = Buffer.concat([Buffer.from([0, 1, 0, 0, 0, bytes.length]), bytes]);
  const reader = rowReader("copy-binary", [{ name: "c", wire }]);
  for (const read of [() => reader.texts(row), () => reader.values(row), () => reader.copyText([row])]) {
    expect(read).toThrow(expect.objectContaining({ code: "ARCHIVE_DAMAGED", message: `expected a field of type ${wire} in column c, found other bytes` }));
  }
});

test("a wire from the future is refused by name", () => {
  expect(() => rowReader("copy-binary", [{ name: "c", wire: "quantum" }])).toThrow(expect.objectContaining({ code: "UNSUPPORTED", object: "column c" }));
});
