/** Loops as PostgreSQL lets them come about, and the repair that each is given. test/corpus.test.ts restores the same; here it is seen which repair it was. */
import { describe, expect, it } from "vitest";
import { type Catalog, readCatalog } from "../../src/catalog/catalog.ts";
import type { AnyObject } from "../../src/catalog/kind.ts";
import { arrange } from "../../src/order/arrange.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import { connect } from "../../src/session/connect.ts";
import { prepareDumpSession } from "../../src/session/prepare-session.ts";
import { createDatabase } from "../helpers/database.ts";

async function catalogOf(sql: string): Promise<Catalog> {
  await using database = await createDatabase(sql);
  await using session = await connect(await resolveConnection(database.url));
  await prepareDumpSession(session);
  return await readCatalog(session);
}

const named = ({ kind, name }: AnyObject) => `${kind} ${name}`;

/** What the arrangement decided, by name. */
function decisions(catalog: Catalog): { readonly separate: readonly string[]; readonly moved: readonly string[]; readonly warnings: readonly string[] } {
  const arrangement = arrange(catalog);
  const usual = new Set(["view", "materialized-view", "function", "table", "domain"]);
  return {
    separate: [...arrangement.separate].map((key) => named(catalog.byKey.get(key)!)).sort(),
    moved: arrangement.order.filter((object) => usual.has(object.kind) && arrangement.sectionOf(object) === "post-data").map(named).sort(),
    warnings: arrangement.warnings.map(({ code }) => code),
  };
}

describe("a loop", () => {
  it.each([
    ["of two views", "create view a as select 1 as x; create view b as select x from a; create or replace view a as select x from b", { separate: ["rule _RETURN"], moved: [], warnings: [] }],
    ["of a view and a function that gives its row type", "create view v as select 1 as x; create function f() returns setof v language sql as 'select * from v'; create or replace view v as select x from (select 1 as x) s where exists (select from f())", { separate: ["rule _RETURN"], moved: [], warnings: [] }],
    ["of a view that groups by a key", "create table t (id int primary key, a text); create view v as select id, a from t group by id", { separate: ["rule _RETURN"], moved: [], warnings: [] }],
    ["of a materialized view that groups by a key", "create table t (id int primary key, a text); create materialized view m as select id, a from t group by id", { separate: [], moved: ["materialized-view m"], warnings: [] }],
    ["of a materialized view over a view that groups by a key", "create table t (id int primary key, a text); create view v as select id, a from t group by id; create materialized view m as select * from v", { separate: ["rule _RETURN"], moved: [], warnings: [] }],
    ["of a function whose body groups by a key", "create table t (id int primary key, a text); create function f() returns text language sql begin atomic select a from t group by id limit 1; end", { separate: [], moved: ["function f"], warnings: [] }],
    ["of a check and a function that takes the table's row", "create table t (id int); create function f(t) returns bool language sql as 'select true'; alter table t add constraint c check (f(t.*))", { separate: ["check c"], moved: [], warnings: [] }],
    ["of a default and a function that gives the table's row", "create table t (id int); create function f() returns setof t language sql as 'select 1'; create function g() returns int language sql begin atomic select count(*)::int from f(); end; alter table t alter id set default g()", { separate: ["default id"], moved: [], warnings: [] }],
    ["of a domain's check and a function that takes the domain", "create domain d as int; create function f(d) returns bool language sql as 'select true'; alter domain d add constraint c check (f(value))", { separate: ["domain-constraint c"], moved: [], warnings: [] }],
    ["of a base type and its functions", "create type t; create function i(cstring) returns t language internal immutable strict as 'textin'; create function o(t) returns cstring language internal immutable strict as 'textout'; create type t (input = i, output = o)", { separate: [], moved: [], warnings: [] }],
    ["of a range and its canonical function", "create type r; create function c(r) returns r language internal immutable strict as 'int4range_canonical'; create type r as range (subtype = int, canonical = c)", { separate: [], moved: [], warnings: [] }],
    ["of foreign keys is none", "create table a (id int primary key, b int); create table b (id int primary key, a int references a); alter table a add foreign key (b) references b", { separate: [], moved: [], warnings: [] }],
    ["of a serial column, whose sequence belongs to the table", "create table t (id serial)", { separate: ["default id"], moved: [], warnings: [] }],
  ])("%s", async (_, sql, expected) => {
    expect(decisions(await catalogOf(sql))).toStrictEqual(expected);
  });

  it("of no known shape is broken with a warning that names it", async () => {
    const catalog = await catalogOf("create schema a; create schema b");
    const [a, b] = catalog.objects.filter(({ kind, name }) => kind === "schema" && name !== "public");
    const edges = new Map(catalog.edges).set(a!.key, [b!.key]).set(b!.key, [a!.key]);
    const { warnings, order } = arrange({ objects: catalog.objects, edges });
    expect(warnings).toStrictEqual([{ code: "DEPENDENCY_LOOP", object: "schema a", message: "the loop schema a → schema b → schema a could not be resolved; the order of schema a and schema b is a guess" }]);
    expect(order).toHaveLength(catalog.objects.length);
  });
});

describe("the order", () => {
  const SQL = [
    "create table z (id int primary key)",
    "create table a (id int primary key, z int references z)",
    "create function f(int) returns int language sql as 'select 1'",
    "create view v as select f(id) as x from a",
    "create type mood as enum ('x')",
    "create schema s",
    "create table s.t (m mood default 'x', i int check (f(i) > 0))",
    "create index i on a (z)",
    "create trigger t before update on a for each row execute function suppress_redundant_updates_trigger()",
    "create sequence q",
  ];

  it("does not depend on the order in which things were made", async () => {
    const one = arrange(await catalogOf(SQL.join(";"))).order.map(named);
    const permuted = [4, 5, 2, 9, 0, 1, 7, 8, 3, 6].map((index) => SQL[index]);
    const other = arrange(await catalogOf(`${permuted.join(";")}; drop view v; ${SQL[3]}`)).order.map(named);
    expect(other).toStrictEqual(one);
  });

  it("has rows between what comes before and after them, and everything behind what it needs", async () => {
    const catalog = await catalogOf(SQL.join(";"));
    const { order, sectionOf, needsOf } = arrange(catalog);
    const place = new Map(order.map((object, index) => [object.key, index]));
    const late = order.filter((object) => needsOf(object).some((key) => (place.get(key) ?? -1) > place.get(object.key)!));
    expect(late.map(named)).toStrictEqual([]);
    const sections = order.map(sectionOf);
    expect(sections.lastIndexOf("pre-data")).toBeLessThan(sections.indexOf("post-data"));
    expect(order.filter((object) => sectionOf(object) === "post-data").map(({ kind }) => kind).sort()).toStrictEqual(["constraint", "constraint", "foreign-key", "index", "trigger"]);
  });
});
