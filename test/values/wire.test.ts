import { expect, test } from "vitest";
import { wireOf } from "../../src/values/wire.ts";
import type { TypeFacts } from "../../src/values/wire.ts";
import { createDatabase, testServers } from "../helpers/database.ts";
import type { TestDatabase } from "../helpers/database.ts";

const FACTS = `select t.oid::int, n.nspname::text as schema, t.typname::text as name, t.typtype::text as kind, x.extname::text as extension,
    case when t.typsubscript = 'array_subscript_handler'::regproc then t.typelem::int end as element, nullif(t.typbasetype, 0)::int as base
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  left join pg_depend d on d.classid = 'pg_type'::regclass and d.objid = coalesce((select e.oid from pg_type e where e.typarray = t.oid), t.oid) and d.deptype = 'e'
  left join pg_extension x on x.oid = d.refobjid`;

interface FactsRow {
  oid: number;
  schema: string;
  name: string;
  kind: TypeFacts["typeKind"];
  extension: string | null;
  element: number | null;
  base: number | null;
}

/** The facts of every type in the database, by `format_type`-like short names. */
async function typesOf(database: TestDatabase): Promise<(name: string) => TypeFacts> {
  const rows = await database.query<FactsRow>(FACTS);
  const facts = (row: FactsRow | undefined): TypeFacts => {
    if (row === undefined) throw new Error("no such type");
    const byOid = (oid: number | null): TypeFacts | null => (oid === null ? null : facts(rows.find((other) => other.oid === oid)));
    return { typeSchema: row.schema, typeName: row.name, typeKind: row.kind, extension: row.extension, element: byOid(row.element), base: byOid(row.base) };
  };
  return (name) => facts(rows.find((row) => row.name === name));
}

test.each(Object.keys(testServers()))("exactly the types of PostgreSQL %s that hold no OIDs and are decoded here go in binary", async (major) => {
  await using database = await createDatabase("", { major });
  const typeNamed = await typesOf(database);
  const types = await database.query<{ name: string }>("select typname::text as name from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') order by 1");
  const plain = [
    "bit", "bool", "box", "bpchar", "bytea", "char", "cidr", "circle", "date", "datemultirange", "daterange", "float4", "float8", "inet", "int2", "int4", "int4multirange", "int4range", "int8", "int8multirange", "int8range", "interval", "json", "jsonb", "line", "lseg",
    "macaddr", "macaddr8", "name", "numeric", "nummultirange", "numrange", "oid", "path", "point", "polygon", "text", "time", "timestamp", "timestamptz", "timetz", "tsmultirange", "tsrange", "tstzmultirange", "tstzrange", "uuid", "varbit", "varchar",
  ];
  const found = types.map(({ name }) => wireOf(typeNamed(name))).filter((wire) => wire !== null);
  expect(found.toSorted()).toStrictEqual([...plain, ...plain.map((name) => `${name}[]`)].toSorted());
  for (const name of ["regclass", "_regclass", "aclitem", "int2vector", "oidvector", "money", "xml", "tsvector", "tsquery", "pg_lsn", "tid", "_record"]) expect([name, wireOf(typeNamed(name))]).toStrictEqual([name, null]);
});

test("user types go in binary only where their fields mean the same in every database", async () => {
  await using database = await createDatabase(`
    create extension vector; create extension citext; create extension hstore;
    create type mood as enum ('a'); create type pair as (a int, b int);
    create domain small as int check (value < 9); create domain smaller as small; create domain moody as mood; create domain list as int4[]; create domain pairs as pair;
    create type textrange as range (subtype = text);
    create schema fake; create type fake.vector as (x int); create type fake.int4 as (x int); create domain fake.numeric as text;`);
  const typeNamed = await typesOf(database);
  const wires = (names: readonly string[]): readonly (string | null)[] => names.map((name) => wireOf(typeNamed(name)));
  expect(wires(["mood", "small", "smaller", "moody", "list", "halfvec", "sparsevec", "citext"])).toStrictEqual(["enum", "int4", "int4", "enum", "int4[]", "halfvec", "sparsevec", "text"]);
  expect(wires(["pair", "pairs", "_mood", "_small", "_pair", "textrange", "textmultirange", "_halfvec", "_citext", "hstore"])).toStrictEqual(Array.from({ length: 10 }, () => null));
  const plain = { typeKind: "b", element: null, base: null } as const;
  expect(wireOf({ ...plain, typeSchema: "anywhere", typeName: "vector", extension: "vector" })).toBe("vector");
  expect(wireOf({ ...plain, typeSchema: "public", typeName: "vector", extension: null })).toBe(null);
  expect(wireOf({ ...plain, typeSchema: "fake", typeName: "int4", extension: null })).toBe(null);
  expect(wireOf({ ...plain, typeSchema: "public", typeName: "toString", extension: "vector" })).toBe(null);
  expect(wireOf({ ...plain, typeSchema: "public", typeName: "x", extension: "constructor" })).toBe(null);
});
