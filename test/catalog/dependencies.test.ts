import { expect, it } from "vitest";
import { addressOf } from "./address.ts";
import { createDatabase } from "../helpers/database.ts";
import { catalogOf } from "./session.ts";

/** Edges in words, so that a test names no OID. */
async function edgesOf(sql: string): Promise<Readonly<Record<string, readonly string[]>>> {
  await using database = await createDatabase(sql);
  const { byKey, edges } = await catalogOf(database.url);
  return Object.fromEntries(
    [...edges].map(([key, needs]): [string, readonly string[]] => [addressOf(byKey.get(key)), needs.map((needed) => addressOf(byKey.get(needed))).toSorted()]).toSorted(),
  );
}

it("lifts array, row and multirange types and constructors to what they belong to", async () => {
  const edges = await edgesOf(/* sql */ `
    create type e as enum ('a');
    create type r as range (subtype = int);
    create type c as (e e);
    create table t (id int);
    create function of_array(e[]) returns int language sql as 'select 1';
    create function of_composite_array(c[]) returns int language sql as 'select 1';
    create function of_row(t) returns int language sql as 'select 1';
    create function of_multirange(r_multirange[]) returns int language sql as 'select 1';
    create table u (r r default r(1, 2));`);
  const [schema] = ["SCHEMA public"];
  expect(edges).toStrictEqual({
    "TYPE public.c": [schema, "TYPE public.e"],
    "TYPE public.e": [schema],
    "TYPE public.r": [schema],
    "FUNCTION public.of_array(public.e[])": [schema, "TYPE public.e"],
    "FUNCTION public.of_composite_array(public.c[])": [schema, "TYPE public.c"],
    "FUNCTION public.of_multirange(public.r_multirange[])": [schema, "TYPE public.r"],
    "FUNCTION public.of_row(public.t)": [schema, "TABLE public.t"],
    "TABLE public.t": [schema],
    "TABLE public.u": ["COLUMN public.u.r", schema, "TYPE public.r"],
    "COLUMN public.u.r": ["TABLE public.u", "TYPE public.r"],
  });
});

it("turns a domain and its constraint into a loop that the order can repair", async () => {
  const edges = await edgesOf(/* sql */ `
    create function ok(int) returns boolean language sql immutable as 'select true';
    create domain d as int check (ok(value));`);
  expect(edges).toStrictEqual({
    "CONSTRAINT d_check ON DOMAIN public.d": ["DOMAIN public.d", "FUNCTION public.ok(integer)"],
    "DOMAIN public.d": ["CONSTRAINT d_check ON DOMAIN public.d", "SCHEMA public"],
    "FUNCTION public.ok(integer)": ["SCHEMA public"],
  });
});

it("walks through what is not modelled to what that needs", async () => {
  // The default needs the operator, which is no object where PostgreSQL's own live; the operator needs the function, which is one.
  const edges = await edgesOf(/* sql */ `
    create function same(int, int) returns boolean language sql immutable as 'select true';
    create operator pg_catalog.=== (leftarg = int, rightarg = int, function = same);
    create table t (same boolean default 1 === 2);`);
  expect(edges["COLUMN public.t.same"]).toStrictEqual(["FUNCTION public.same(integer, integer)", "TABLE public.t"]);
});

it("takes members of extensions out, but not what is on their tables, and lets what uses them need the extension", async () => {
  await using database = await createDatabase(/* sql */ `
    drop extension plpgsql;
    create extension plpgsql;
    create table settings (name text primary key, value text not null default 'x', check (value <> ''));
    create index settings_value on settings (value);
    create sequence ticket;
    create type kind as enum ('a');
    create function member(kind) returns int language sql as 'select 1';
    alter extension plpgsql add table settings;
    alter extension plpgsql add sequence ticket;
    alter extension plpgsql add type kind;
    alter extension plpgsql add function member(kind);
    update pg_extension set extconfig = array['settings'::regclass, 'ticket'::regclass]::oid[], extcondition = array['where name <> ''built-in''', '']
    where extname = 'plpgsql';
    comment on table settings is 'not ours to write';
    create table uses (k kind[], s settings);
    create function uses() returns int language plpgsql as 'begin return 1; end';
    alter function uses() depends on extension plpgsql;`);
  const { objects, byKey, members, additions, edges, comments, dependsOnExtension } = await catalogOf(database.url);
  // What is on a table of an extension may be the user's own, and is an object.
  const added = ["CONSTRAINT settings_value_check ON public.settings", "CONSTRAINT settings_pkey ON public.settings", "INDEX public.settings_value"];
  expect(objects.map(addressOf)).toStrictEqual(["SCHEMA public", "EXTENSION plpgsql", "FUNCTION public.uses()", "TABLE public.uses", ...added]);
  expect([...additions].map(([key, extension]) => [addressOf(byKey.get(key)), addressOf(byKey.get(extension))])).toStrictEqual(added.map((address) => [address, "EXTENSION plpgsql"]));
  const extension = objects.find((object) => object.kind === "extension");
  expect(extension?.configTables.map(({ schema, name, condition, key }) => ({ schema, name, condition, member: addressOf(members.get(key)) }))).toStrictEqual([
    { schema: "public", name: "settings", condition: "where name <> 'built-in'", member: "TABLE public.settings" },
    { schema: "public", name: "ticket", condition: null, member: "SEQUENCE public.ticket" },
  ]);
  expect([...members.values()].map(addressOf)).not.toContain("INDEX public.settings_value");
  expect([...edges].map(([key, needs]) => [addressOf(byKey.get(key)), needs.map((needed) => addressOf(byKey.get(needed))).toSorted()])).toStrictEqual([
    ["FUNCTION public.uses()", ["EXTENSION plpgsql", "SCHEMA public"]],
    ["TABLE public.uses", ["EXTENSION plpgsql", "SCHEMA public"]],
    ...added.map((address) => [address, ["EXTENSION plpgsql"]]),
  ]);
  expect([...comments.keys()].map((key) => addressOf(byKey.get(key)))).toStrictEqual(["EXTENSION plpgsql"]);
  expect([...dependsOnExtension].map(([key, names]) => [addressOf(byKey.get(key)), names])).toStrictEqual([["FUNCTION public.uses()", ["plpgsql"]]]);
});
