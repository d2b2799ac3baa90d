import { expect, it } from "vitest";
import { ownerToRestore } from "../../src/catalog/owner.ts";

it.each([
  [{ kind: "schema", name: "public", owner: "pg_database_owner" }, null],
  [{ kind: "schema", name: "public", owner: "ann" }, "ann"],
  [{ kind: "schema", name: "app", owner: "pg_database_owner" }, "pg_database_owner"],
  [{ kind: "table", name: "public", owner: "pg_database_owner" }, "pg_database_owner"],
  [{ kind: "extension", name: "vector", owner: null }, null],
])("%j is given to %s", (object, owner) => {
  expect(ownerToRestore(object)).toBe(owner);
});
