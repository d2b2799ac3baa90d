import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { dump, restore } from "../../src/index.ts";
import { createDatabase, testServers } from "../helpers/database.ts";
import { schemaDump } from "../helpers/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "pgark-late-"));
afterAll(() => rmSync(folder, { recursive: true }));

// No corpus file: whether the copy's constraint counts as the child's own too is not to be had, and pg_dump does not say it.
it.runIf("18" in testServers())("restores a valid NOT NULL below one that is not, under its own name or from a second parent", async () => {
  await using source = await createDatabase(
    `create table tide (a int, b int) partition by list (a); alter table tide add constraint tide_there not null a not valid;
     create table ebb (b int, a int constraint ebb_there not null); alter table tide attach partition ebb for values in (1);
     create table sun (a int); create table moon (a int not null); alter table sun add constraint sun_there not null a not valid;
     create table month () inherits (sun, moon);`,
    { major: "18" },
  );
  await using target = await createDatabase("", { major: "18" });
  const archive = join(folder, "late.ark");
  await dump(source.url, archive);
  await restore(archive, target.url);
  expect(await schemaDump(target.url, "18")).toBe(await schemaDump(source.url, "18"));
});
