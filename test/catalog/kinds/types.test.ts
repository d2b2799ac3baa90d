/** Kinds without relations, as typed records: whole objects, OIDs apart. */
import { expect, it } from "vitest";
import type { Kind } from "../../../src/catalog/kind.ts";
import { createDatabase } from "../../helpers/database.ts";
import { catalogOf } from "../session.ts";

/** The objects of one kind; what depends on OIDs is checked by the tests of dependencies. */
async function read(kind: Kind, sql: string): Promise<readonly object[]> {
  await using database = await createDatabase(sql);
  const { objects } = await catalogOf(database.url);
  return objects.filter((object) => object.kind === kind).map(withoutKeys);
}

function withoutKeys(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !["key", "aliases", "needs"].includes(field)));
}

const OWNER = { owner: "postgres", acl: null };

it("reads an enum's labels in the order in which they compare", async () => {
  expect(await read("enum", "create type e as enum ('b', 'd'); alter type e add value 'a' before 'b'; alter type e add value 'c' after 'b'")).toStrictEqual([
    { kind: "enum", schema: "public", name: "e", ...OWNER, labels: ["a", "b", "c", "d"] },
  ]);
});

it("reads a composite type without its dropped attributes", async () => {
  expect(await read("composite", `create type c as (a text collate "C", gone int, "B" numeric(10,2)[]); alter type c drop attribute gone; create table not_one (id int)`)).toStrictEqual([
    {
      kind: "composite", schema: "public", name: "c", ...OWNER,
      attributes: [
        { name: "a", type: "text", collation: { schema: "pg_catalog", name: "C" } },
        { name: "B", type: "numeric(10,2)[]", collation: null },
      ],
    },
  ]);
});

it("reads a domain with its default as an expression and its constraints by name", async () => {
  await using database = await createDatabase("create domain d as varchar(5) default upper('x') not null constraint z check (value <> '') constraint a check (value <> 'q')");
  const { objects } = await catalogOf(database.url);
  const [domain] = objects.filter((object) => object.kind === "domain");
  const constraints = objects.filter((object) => object.kind === "domain-constraint");
  expect(domain?.needs).toStrictEqual(constraints.map(({ key }) => key));
  expect({ ...withoutKeys(domain!), constraints: domain?.constraints.map(withoutKeys) }).toStrictEqual({
    kind: "domain", schema: "public", name: "d", ...OWNER, type: "character varying(5)", collation: null, notNull: true, default: { expression: "upper('x'::text)" },
    constraints: [
      { name: "a", notNull: false, definition: "CHECK (((VALUE)::text <> 'q'::text))", validated: true },
      { name: "d_not_null", notNull: true, definition: "NOT NULL", validated: true },
      { name: "z", notNull: false, definition: "CHECK (((VALUE)::text <> ''::text))", validated: true },
    ],
  });
});

it("reads a range with its multirange and all that is not the default", async () => {
  expect(
    await read("range", `create function far(text, text) returns float8 language sql immutable as 'select 1.0::float8';
      create type r as range (subtype = text, subtype_opclass = text_pattern_ops, collation = "C", subtype_diff = far, multirange_type_name = many)`),
  ).toStrictEqual([
    {
      kind: "range", schema: "public", name: "r", ...OWNER, subtype: "text", operatorClass: { schema: "pg_catalog", name: "text_pattern_ops" },
      collation: { schema: "pg_catalog", name: "C" }, canonical: null, constructors: [], standInCanonical: false, subtypeDifference: "public.far", multirange: { schema: "public", name: "many" },
    },
  ]);
});

const BASE = /* sql */ `
  create type b;
  create function i(cstring) returns b language internal immutable strict as 'int2in';
  create function o(b) returns cstring language internal immutable strict as 'int2out';
  create type b (input = i, output = o, like = int2, default = '7', category = 'N');
  create type never;`;

it("reads a base type with its functions, and a shell type for it and for what nobody completed", async () => {
  expect(await read("base-type", BASE)).toStrictEqual([
    {
      kind: "base-type", schema: "public", name: "b", ...OWNER, input: "public.i", output: "public.o", receive: null, send: null, sentLater: false, modifierIn: null, modifierOut: null,
      analyze: null, subscript: null, length: 2, passedByValue: true, alignment: "int2", storage: "plain", category: "N", preferred: false, default: "7",
      element: null, delimiter: ",", collatable: false,
    },
  ]);
  expect(await read("shell-type", BASE)).toStrictEqual([
    { kind: "shell-type", schema: "public", name: "b", owner: null, standsIn: true },
    { kind: "shell-type", schema: "public", name: "never", owner: "postgres", standsIn: false },
  ]);
});

it("leaves the casts of ranges to their multiranges out: the range makes them", async () => {
  expect(await read("cast", "create type r as range (subtype = int); create cast (text as point) with inout as assignment")).toStrictEqual([
    { kind: "cast", schema: null, name: "text AS point", owner: null, function: null, throughText: true, context: "ASSIGNMENT" },
  ]);
});

it("reads a function with every option, and leaves out the constructors of ranges", async () => {
  expect(
    await read("function", `create type r as range (subtype = int);
      create function f(a int, variadic b text[] default '{}') returns setof text language plpgsql stable strict security definer leakproof parallel restricted
      cost 7 rows 3 set work_mem = '1MB' as 'begin end'`),
  ).toStrictEqual([
    {
      kind: "function", schema: "public", name: "f", signature: "a integer, VARIADIC b text[]", ...OWNER, routine: "function",
      arguments: "a integer, VARIADIC b text[] DEFAULT '{}'::text[]", result: "SETOF text", language: "plpgsql", transforms: [], volatility: "STABLE",
      strict: true, securityDefiner: true, leakproof: true, parallel: "RESTRICTED", cost: "7", rows: "3", support: null, settings: ["work_mem=1MB"],
      source: "begin end", library: null, sqlBody: null, replacesStandIn: false, sends: null,
    },
  ]);
});

it("reads an ordered-set aggregate, whose GRANT needs other words than its COMMENT", async () => {
  await using database = await createDatabase("create aggregate a(float8 order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra)");
  const { objects } = await catalogOf(database.url);
  const [aggregate] = objects.filter((object) => object.kind === "aggregate");
  expect(withoutKeys(aggregate!)).toStrictEqual({
    kind: "aggregate", schema: "public", name: "a", ...OWNER, signature: "double precision ORDER BY anyelement", arguments: "double precision ORDER BY anyelement",
    types: "double precision, anyelement", hypothetical: false,
    state: { transition: "ordered_set_transition", type: "internal", space: 0, initial: null, final: "percentile_disc_final", finalExtra: true, finalModify: null },
    moving: null, combine: null, serial: null, deserial: null, sortOperator: null, parallel: "UNSAFE",
  });
});

it("reads default privileges with what they change", async () => {
  expect(await read("default-privileges", "create schema s; alter default privileges revoke execute on functions from public; alter default privileges in schema s grant usage on sequences to public")).toStrictEqual([
    {
      kind: "default-privileges", schema: null, name: "postgres", signature: "f", owner: null, role: "postgres", type: "f",
      privileges: { actual: ["postgres=X/postgres"], base: ["=X/postgres", "postgres=X/postgres"] },
    },
    { kind: "default-privileges", schema: "s", name: "postgres", signature: "S", owner: null, role: "postgres", type: "S", privileges: { actual: ["=U/postgres"], base: [] } },
  ]);
});

it("reads schema public's privileges against those of a new database", async () => {
  expect(await read("schema", "revoke usage on schema public from public; create schema s")).toStrictEqual([
    {
      kind: "schema", schema: null, name: "public", owner: "pg_database_owner",
      acl: { actual: ["pg_database_owner=UC/pg_database_owner"], base: ["pg_database_owner=UC/pg_database_owner", "=U/pg_database_owner"] },
    },
    { kind: "schema", schema: null, name: "s", ...OWNER },
  ]);
});

it("reads a large object by its OID, which rows refer to", async () => {
  expect(await read("large-object", "select lo_create(880001)")).toStrictEqual([{ kind: "large-object", schema: null, name: "880001", ...OWNER, oid: 880001 }]);
});
