import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PgarkEvent } from "../../src/events.ts";
import { nodeIo } from "../../src/io/io.ts";
import { inspectBinaries } from "../../src/server/binaries.ts";
import { fetchDebian } from "../../src/server/fetch-debian.ts";
import { startServer, THROW_AWAY_SETTINGS } from "../../src/server/local-server.ts";
import { ask, testFolder } from "./helpers.ts";

const reason = process.env["PGARK_TEST_FETCH"] !== "1" ? "PGARK_TEST_FETCH=1 allows it" : existsSync("/usr/bin/apt-get") ? null : "there is no apt here";

describe.skipIf(reason !== null)(`PostgreSQL from Debian's packages${reason === null ? "" : ` (skipped: ${reason})`}`, () => {
  test("is fetched once for two who ask, tells what and where, and runs with pgvector", { timeout: 300_000 }, async () => {
    using cache = testFolder(0o755);
    const told: string[] = [];
    const onEvent = (event: PgarkEvent): void => void (event.type === "step" && told.push(event.detail ?? ""));
    const options = { major: 17, cacheFolder: cache.path, onEvent, io: nodeIo };
    const [binFolder, same] = await Promise.all([fetchDebian(options), fetchDebian(options)]);
    expect(same).toBe(binFolder);
    expect(told.filter((line) => line.startsWith("downloading PostgreSQL 17 with pgvector from Debian trixie"))).toHaveLength(1);
    expect(told.some((line) => line.includes(`into ${join(cache.path, "17")}`))).toBe(true);
    expect(readdirSync(cache.path)).toStrictEqual(["17"]);

    const binaries = await inspectBinaries(binFolder, "fetched", nodeIo);
    expect(binaries).toMatchObject({ major: 17, hasVector: true });
    if (binaries === null) return;
    using folder = testFolder();
    await using server = await startServer({ binaries, dataFolder: join(folder.path, "data"), settings: THROW_AWAY_SETTINGS });
    await ask(server.url("postgres"), "create extension vector; create extension pg_trgm; create extension pgcrypto");
    expect(await ask(server.url("postgres"), "select '[1,2]'::vector <-> '[1,4]' as distance")).toStrictEqual([{ distance: 2 }]);
  });

  test("is refused with the suites named where no Debian has that version", async () => {
    using cache = testFolder(0o755);
    await expect(fetchDebian({ major: 16, cacheFolder: cache.path, onEvent: () => {}, io: nodeIo })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: "no Debian suite has PostgreSQL 16 (13 in bullseye, 15 in bookworm, 17 in trixie, 18 in forky)",
    });
  });
});
