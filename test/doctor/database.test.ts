import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkDatabase, checkUnreachable, type DatabaseReading, missingGrants, readDatabase } from "../../src/doctor/database.ts";
import { createDatabase, type TestDatabase, testServers } from "../helpers/database.ts";

const READING: DatabaseReading = {
  place: "me@db:5432/shop",
  serverVersion: 170002,
  sizeBytes: 1,
  lackingExtensions: [],
  role: "me",
  superuser: false,
  bypassRls: false,
  unreadable: [],
  rowSecurity: [],
  largeObjects: [],
};

test("a server before 13 is too old, and a missing extension is named with the package", () => {
  expect(checkDatabase("shop", { ...READING, serverVersion: 120022, lackingExtensions: ["vector"] }).map(({ check, state, found }) => ({ check, state, found }))).toStrictEqual([
    { check: "shop: server", state: "bad", found: "PostgreSQL 12.22 at me@db:5432/shop, expected 13 or newer" },
    { check: "shop: extension vector", state: "bad", found: "not available on the server" },
    { check: "shop: privileges", state: "ok", found: "me may read everything" },
  ]);
});

test("before 14, where pg_read_all_data is not there, the grants go schema by schema", () => {
  const unreadable = [
    { schema: "a", name: "x" },
    { schema: "a", name: "y" },
    { schema: "B", name: "z" },
  ];
  expect(missingGrants({ ...READING, serverVersion: 130005, unreadable })).toStrictEqual([
    "GRANT USAGE ON SCHEMA a TO me;",
    "GRANT SELECT ON ALL TABLES IN SCHEMA a TO me;",
    "GRANT SELECT ON ALL SEQUENCES IN SCHEMA a TO me;",
    'GRANT USAGE ON SCHEMA "B" TO me;',
    'GRANT SELECT ON ALL TABLES IN SCHEMA "B" TO me;',
    'GRANT SELECT ON ALL SEQUENCES IN SCHEMA "B" TO me;',
  ]);
});

test("a database that nothing leads to says which variable to set", () => {
  expect(checkUnreachable({ name: "shop", url: undefined, urlVariable: "SHOP_URL", extensions: [] }, undefined).fix).toBe("Run pgark up, or set SHOP_URL to a connection URL.");
});

describe.each(Object.keys(testServers()))("on PostgreSQL %s a role without privileges", (major) => {
  const role = `pgark_test_${randomBytes(6).toString("hex")}`;
  let database: TestDatabase;
  let asRole: string;

  beforeAll(async () => {
    database = await createDatabase(
      `create role ${role} login; create schema hidden; create table hidden.a (id serial); create table b (id int);
       create table secured (id int); alter table secured enable row level security; grant select on secured to public; select lo_create(4711);`,
      { major },
    );
    const url = new URL(database.url);
    url.username = role;
    asRole = url.href;
  });

  afterAll(async () => {
    await database.query(`drop owned by ${role}; drop role ${role}`);
    await database[Symbol.asyncDispose]();
  });

  test("is told the grants it lacks, and the grants are enough", async () => {
    const reading = await readDatabase(asRole, ["plpgsql", "no_such_extension"], undefined);
    expect({ ...reading, place: "", sizeBytes: 0, serverVersion: 0 }).toStrictEqual({
      ...READING,
      place: "",
      sizeBytes: 0,
      serverVersion: 0,
      role,
      lackingExtensions: ["no_such_extension"],
      unreadable: [
        { schema: "hidden", name: "a" },
        { schema: "hidden", name: "a_id_seq" },
        { schema: "public", name: "b" },
      ],
      rowSecurity: [{ schema: "public", name: "secured" }],
      largeObjects: [4711],
    });
    expect(checkDatabase("shop", reading).map(({ state }) => state)).toStrictEqual(["ok", "bad", "bad"]);
    await database.query(missingGrants(reading).join("\n"));
    const after = await readDatabase(asRole, [], undefined);
    expect({ grants: missingGrants(after), states: checkDatabase("shop", after).map(({ state }) => state) }).toStrictEqual({ grants: [], states: ["ok", "ok"] });
  });
});
