import { expect, it } from "vitest";
import { arrange } from "../../../src/order/arrange.ts";
import { type Table, table } from "../../../src/catalog/kinds/table.ts";
import { createDatabase } from "../../helpers/database.ts";
import { catalogOf } from "../session.ts";
import { readNamed } from "./named.ts";

const INT = { typeSchema: "pg_catalog", typeName: "int4", typeKind: "b", extension: null, element: null, base: null } as const;
const TEXT = { ...INT, typeName: "text" };
const COLUMN = {
  collation: null, defaultKey: null, defaultExpression: null, acl: null, statisticsTarget: null, storage: null, compression: null, options: [],
  notNull: false, notNullLocal: false, notNullConstraint: null, identity: null, generated: null, generationExpression: null,
  generationInherited: false, hidesParentDefault: false, local: true,
} as const;
const TABLE = {
  kind: "table", schema: "public", owner: "postgres", acl: null, persistence: "permanent", relationKind: "ordinary", parents: [], isPartition: false, ownOrder: false, typeOf: null,
  partitionKey: null, hashesEnum: false, checks: [], options: [], toastOptions: [], tablespace: null, accessMethod: "heap", rowSecurity: false, forceRowSecurity: false,
  replicaIdentity: "default", needs: [],
} as const;

it("reads every feature of a table and its columns", async () => {
  await using database = await createDatabase(`
    create domain positive as int check (value > 0);
    create type mood as enum ('sad');
    create unlogged table t (
      gone int, id int generated always as identity, a varchar(5) collate "C" default 'x', b int[] not null, c positive, d mood[],
      e int generated always as (id * 2) stored, constraint b_filled check (b <> '{}')
    ) with (fillfactor = 70, toast.autovacuum_enabled = off);
    alter table t drop column gone, alter a set storage external, alter a set compression pglz, alter b set statistics 5, alter c set (n_distinct = 3);
    alter table t enable row level security, force row level security, replica identity full;
    revoke insert on t from postgres;
    grant select (a) on t to public;`);
  const [found] = await readNamed(database.url, table);
  expect(found).toStrictEqual({
    ...TABLE,
    key: "pg_class/table public.t",
    aliases: ["pg_type/type public.t", "pg_type/type public.t[]"],
    name: "t",
    persistence: "unlogged",
    acl: { actual: ["postgres=rwdDxtm/postgres"], base: ["postgres=arwdDxtm/postgres"] },
    columns: [
      { ...COLUMN, number: 2, name: "id", type: "integer", notNull: true, notNullLocal: true, identity: "always", wire: INT },
      {
        ...COLUMN, number: 3, name: "a", type: "character varying(5)", collation: { schema: "pg_catalog", name: "C" },
        defaultKey: "pg_attrdef/default value for column a of table public.t", defaultExpression: "'x'::character varying",
        acl: { actual: ["=r/postgres"], base: [] }, storage: "external", compression: "pglz", wire: { ...INT, typeName: "varchar" },
      },
      { ...COLUMN, number: 4, name: "b", type: "integer[]", notNull: true, notNullLocal: true, statisticsTarget: 5, wire: { ...INT, typeName: "_int4", element: INT } },
      { ...COLUMN, number: 5, name: "c", type: "public.positive", options: ["n_distinct=3"], wire: { ...INT, typeSchema: "public", typeName: "positive", typeKind: "d", base: INT } },
      {
        ...COLUMN, number: 6, name: "d", type: "public.mood[]",
        wire: { ...INT, typeSchema: "public", typeName: "_mood", element: { ...INT, typeSchema: "public", typeName: "mood", typeKind: "e" } },
      },
      {
        ...COLUMN, number: 7, name: "e", type: "integer", defaultKey: "pg_attrdef/default value for column e of table public.t",
        generated: "stored", generationExpression: "(id * 2)", wire: INT,
      },
    ],
    checks: [
      {
        key: "pg_constraint/constraint b_filled on table public.t", name: "b_filled", definition: "CHECK ((b <> '{}'::integer[]))",
        validated: true, local: true, noInherit: false, enforced: true, late: false,
      },
    ],
    options: ["fillfactor=70"],
    toastOptions: ["autovacuum_enabled=off"],
    rowSecurity: true,
    forceRowSecurity: true,
    replicaIdentity: "full",
    needs: [
      "pg_attrdef/default value for column a of table public.t",
      "pg_attrdef/default value for column e of table public.t",
      "pg_constraint/constraint b_filled on table public.t",
    ],
  });
});

it("tells what a child says for itself from what its parent says", async () => {
  await using database = await createDatabase(`
    create table p (a int default 1, b int not null);
    create table c (d text) inherits (p);
    alter table c alter a drop default, alter a set not null;`);
  const [child] = await readNamed(database.url, table);
  const expected: Table = {
    ...TABLE,
    key: "pg_class/1",
    aliases: ["pg_type/1"],
    name: "c",
    parents: [{ key: "pg_class/2", schema: "public", name: "p" }],
    columns: [
      { ...COLUMN, number: 1, name: "a", type: "integer", local: false, notNull: true, notNullLocal: true, hidesParentDefault: true, wire: INT },
      { ...COLUMN, number: 2, name: "b", type: "integer", local: false, notNull: true, wire: INT },
      { ...COLUMN, number: 3, name: "d", type: "text", wire: TEXT },
    ],
  };
  expect(child).toStrictEqual({
    ...expected,
    key: "pg_class/table public.c",
    aliases: ["pg_type/type public.c", "pg_type/type public.c[]"],
    parents: [{ key: "pg_class/table public.p", schema: "public", name: "p" }],
  });
  expect(table.create(expected, { separate: new Set(), serverVersion: 170000 })).toStrictEqual([
    "CREATE TABLE public.c (\n    d text\n)\nINHERITS (public.p);",
    "ALTER TABLE ONLY public.c ALTER COLUMN a SET NOT NULL;",
    "ALTER TABLE ONLY public.c ALTER COLUMN a SET DEFAULT NULL;",
  ]);
});

it("makes a partition alone, whatever its parent has", async () => {
  await using database = await createDatabase(`
    create table p (a int not null, b int default 1, check (b > 0)) partition by list (a);
    create table p1 partition of p for values in (1);`);
  const catalog = await catalogOf(database.url);
  const { separate } = arrange(catalog);
  const ddl = catalog.objects.flatMap((object) => (object.kind === "table" ? table.create(object, { separate, serverVersion: catalog.serverVersion }) : []));
  expect(ddl).toStrictEqual([
    "CREATE TABLE public.p (\n    a integer NOT NULL,\n    b integer DEFAULT 1,\n    CONSTRAINT p_b_check CHECK ((b > 0))\n)\nPARTITION BY LIST (a);",
    "CREATE TABLE public.p1 (\n    a integer NOT NULL,\n    b integer DEFAULT 1,\n    CONSTRAINT p_b_check CHECK ((b > 0))\n);",
  ]);
});

it("takes NOT NULL from the parent where the catalogs do not tell whose it is, unless the columns' order forbids", () => {
  const notNull = { ...COLUMN, number: 1, name: "a", type: "integer", notNull: true, wire: INT } as const;
  const child = { ...TABLE, key: "pg_class/2", name: "child", columns: [notNull], parents: [{ key: "pg_class/1", schema: "public", name: "parent" }] } as const satisfies Table;
  const context = { separate: new Set<never>(), serverVersion: 170_000 };
  expect(table.create(child, context)).toStrictEqual(["CREATE TABLE public.child (\n    a integer\n)\nINHERITS (public.parent);"]);
  expect(table.create({ ...child, ownOrder: true }, context)).toStrictEqual(["CREATE TABLE public.child (\n    a integer NOT NULL\n);", "ALTER TABLE ONLY public.child INHERIT public.parent;"]);
});
