import { mkdtemp, readdir, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { archiveName, latestName, moveLatest, newestName } from "../../src/cli/archive-names.ts";
import { nodeIo } from "../../src/io/io.ts";

const TIME = Date.UTC(2026, 2, 1, 14, 5, 9);

/** Every UTF-16 unit below the surrogates, control characters among them. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xd7ff }), { minLength: 1 }).map((codes) => String.fromCharCode(...codes));

test("names hold the database, the content and the time in UTC", () => {
  expect([archiveName("rulesdb", "all", TIME), archiveName("rulesdb", "data", TIME), archiveName("rulesdb", "schema", TIME), latestName("rulesdb", "data")]).toStrictEqual([
    "rulesdb-20260301-140509.ark",
    "rulesdb-data-20260301-140509.ark",
    "rulesdb-schema-20260301-140509.ark",
    "rulesdb-data-latest.ark",
  ]);
});

test("a file stays in its folder whatever its database is called", () => {
  fc.assert(
    fc.property(anyText, (database) => {
      const name = archiveName(database, "all", TIME);
      // oxlint-disable-next-line no-control-regex -- none may be left
      return !/[/\\\u0000-\u001f\u007f]/.test(name) && !name.startsWith(".") && !name.startsWith("-") && name.endsWith("-20260301-140509.ark");
    }),
  );
});

test("the newest is chosen among archives of the same database and content only", () => {
  const names = [
    "rulesdb-20260301-140509.ark",
    "rulesdb-20260228-235959.ark",
    "rulesdb-data-20270101-000000.ark",
    "rulesdb-old-20280101-000000.ark",
    "rulesdb-latest.ark",
    "rulesdb-20290101-000000.ark.partial",
  ];
  expect([newestName(names, "rulesdb", "all"), newestName(names, "rulesdb", "data"), newestName(names, "rulesdb", "schema")]).toStrictEqual([
    "rulesdb-20260301-140509.ark",
    "rulesdb-data-20270101-000000.ark",
    null,
  ]);
});

test("the latest name is moved in one step, forward only, and nothing else is left in the folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pgark-names-"));
  try {
    const older = "rulesdb-20260301-140509.ark";
    const newer = "rulesdb-20260302-000000.ark";
    await writeFile(join(folder, newer), "");
    await symlink("gone.ark", join(folder, "rulesdb-latest.ark"));
    expect(await moveLatest(nodeIo, folder, "rulesdb", "all")).toBe("rulesdb-latest.ark");
    // A backup that began earlier and ended later.
    await writeFile(join(folder, older), "");
    await moveLatest(nodeIo, folder, "rulesdb", "all");
    expect(await readlink(join(folder, "rulesdb-latest.ark"))).toBe(newer);
    expect((await readdir(folder)).toSorted()).toStrictEqual([older, newer, "rulesdb-latest.ark"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("another backup that finishes during the move wins", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pgark-names-"));
  try {
    const mine = "rulesdb-20260301-140509.ark";
    const other = "rulesdb-20260301-140510.ark";
    await writeFile(join(folder, mine), "");
    let moves = 0;
    const io: typeof nodeIo = {
      ...nodeIo,
      async renameOver(from, to) {
        moves += 1;
        if (moves === 1) await writeFile(join(folder, other), "");
        await nodeIo.renameOver(from, to);
      },
    };
    await moveLatest(io, folder, "rulesdb", "all");
    expect({ moves, target: await readlink(join(folder, "rulesdb-latest.ark")) }).toStrictEqual({ moves: 2, target: other });
  } finally {
    await rm(folder, { recursive: true });
  }
});
