import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveConfig } from "../../src/databases/config.ts";
import { requireUrl, resolveDatabase, resolveDatabases } from "../../src/databases/resolve.ts";
import { defaultDataFolder } from "../../src/server/folders.ts";
import { writeServerState } from "../../src/server/state.ts";

const config = resolveConfig({ databases: { rulesdb: {}, memorydb: { protected: true } } }, "/made/up/project", "/made/up/project/pgark.config.ts");
const NO_SERVER = { PGARK_DATA: "/nowhere" };

describe("a name", () => {
  test("means its variable's URL", async () => {
    const found = await resolveDatabase(config, "rulesdb", { ...NO_SERVER, RULESDB_URL: "postgres://example/rules" });
    expect(found).toStrictEqual({
      name: "rulesdb",
      urlVariable: "RULESDB_URL",
      migrations: null,
      protected: false,
      extensions: [], restore: {},
      url: "postgres://example/rules",
      urlFrom: "variable",
    });
  });

  test("means the database of that name on the local server where the variable is not set or empty", async () => {
    const base = mkdtempSync(join(tmpdir(), "pgark-data-"));
    try {
      const environment = { PGARK_DATA: base, RULESDB_URL: "" };
      const dataFolder = defaultDataFolder(config.folder, environment);
      mkdirSync(dirname(dataFolder), { recursive: true });
      await writeServerState(dataFolder, { version: 1, port: 54_321, user: "postgres", password: "made-up", binFolder: "/bin", serverVersion: "17.1" });
      const found = await resolveDatabases(config, environment);
      expect(found.map(({ url, urlFrom }) => ({ url, urlFrom }))).toStrictEqual([
        { url: "postgres://postgres:made-up@127.0.0.1:54321/rulesdb", urlFrom: "local server" },
        { url: "postgres://postgres:made-up@127.0.0.1:54321/memorydb", urlFrom: "local server" },
      ]);
    } finally {
      rmSync(base, { recursive: true });
    }
  });

  test("that leads nowhere is no error until its URL is needed, and then says how to get one", async () => {
    const found = await resolveDatabase(config, "memorydb", NO_SERVER);
    expect([found.url, found.urlFrom, found.protected]).toStrictEqual([undefined, "nowhere", true]);
    expect(() => requireUrl(found)).toThrow(expect.objectContaining({ code: "CANNOT_CONNECT", hint: "Run pgark up, or set MEMORYDB_URL to a connection URL." }));
  });

  test.each(["rulesdb2", "RULESDB", "", "__proto__", "constructor"])("that is not known (%j) is refused with the known ones", async (name) => {
    await expect(resolveDatabase(config, name, NO_SERVER)).rejects.toMatchObject({
      code: "UNKNOWN_DATABASE",
      message: `there is no database named ${name}; known: rulesdb, memorydb`,
      hint: "/made/up/project/pgark.config.ts names rulesdb, memorydb; any other database can be named by --url.",
    });
  });
});
