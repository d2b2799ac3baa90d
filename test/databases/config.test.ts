import { describe, expect, test } from "vitest";
import { resolveConfig } from "../../src/databases/config.ts";

describe("a configuration", () => {
  test("gets every default", () => {
    expect(resolveConfig({ databases: { "app-db": {} } }, "/project", "/project/pgark.config.ts")).toStrictEqual({
      folder: "/project",
      file: "/project/pgark.config.ts",
      databases: [{ name: "app-db", urlVariable: "APP_DB_URL", migrations: null, protected: false, extensions: [], restore: {} }],
      softReferences: [],
      backupsFolder: "/project/backups",
    });
  });

  test("keeps what is written, with folders relative to the file", () => {
    const written = {
      databases: {
        one: { urlVariable: "ONE", migrations: "drizzle", protected: true, extensions: ["vector"] },
        two: { migrations: { folder: "/elsewhere", table: "steps" } },
      },
      softReferences: [{ from: "two.public.links.rule_id", to: "one.public.rules.id" }],
      backups: "../kept",
    };
    expect(resolveConfig(written, "/project", null)).toStrictEqual({
      folder: "/project",
      file: null,
      databases: [
        { name: "one", urlVariable: "ONE", migrations: { folder: "/project/drizzle", schema: "drizzle", table: "__drizzle_migrations" }, protected: true, extensions: ["vector"], restore: {} },
        { name: "two", urlVariable: "TWO_URL", migrations: { folder: "/elsewhere", schema: "drizzle", table: "steps" }, protected: false, extensions: [], restore: {} },
      ],
      softReferences: [
        { from: { database: "two", schema: "public", table: "links", column: "rule_id" }, to: { database: "one", schema: "public", table: "rules", column: "id" } },
      ],
      backupsFolder: "/kept",
    });
  });

  test.each([
    ["a misspelt key", { databases: { one: { urlVariabel: "X" } } }, /databases\.one\.urlVariabel/],
    ["a value of the wrong type", { databases: { one: { protected: "yes" } } }, /databases\.one\.protected/],
    ["a name that is no file name", { databases: { "../one": {} } }, /begins with a letter/],
    ["a soft reference without a column", { softReferences: [{ from: "a.b.c", to: "a.b.c.d" }] }, /database\.schema\.table\.column/],
    ["a soft reference to an unknown database", { databases: { one: {} }, softReferences: [{ from: "one.b.c.d", to: "two.b.c.d" }] }, /not in databases/],
    ["no object at all", undefined, /Expected Object/],
  ])("with %s is refused, naming the place", (_, written, message) => {
    expect(() => resolveConfig(written, "/project", "/project/pgark.config.ts")).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringMatching(message), object: "/project/pgark.config.ts" }),
    );
  });
});
