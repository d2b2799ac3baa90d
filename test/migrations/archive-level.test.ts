import { describe, expect, test } from "vitest";
import { isPgarkError } from "../../src/errors.ts";
import { type Applied, type ArchiveLevel, compareWithArchive, levelOfArchive, migrationsRefusal } from "../../src/migrations/archive-level.ts";
import type { MigrationFolder } from "../../src/migrations/folder.ts";
import type { AppliedMigration } from "../../src/migrations/journal.ts";

const T0 = Date.UTC(2026, 0, 1);
const folder: MigrationFolder = {
  path: "drizzle",
  shape: "journal",
  migrations: ["0000_a", "0001_b", "0002_c", "0003_d"].map((tag, at) => ({ tag, createdAt: T0 + at * 86_400_000 + 7, hash: `${tag.slice(-1).repeat(64)}`, statements: [] })),
};
const [A, B, C, D] = folder.migrations.map(({ hash, createdAt }): AppliedMigration => ({ hash, createdAt: String(createdAt) })) as [AppliedMigration, AppliedMigration, AppliedMigration, AppliedMigration];
const X: AppliedMigration = { hash: "x".repeat(64), createdAt: String(T0 + 99 * 86_400_000) };
const editedB: AppliedMigration = { hash: "b2".repeat(32), createdAt: B.createdAt };

const level = (state: ArchiveLevel["state"], targetLacks: readonly string[] = [], archiveLacks: readonly string[] = [], edited: readonly string[] = []): ArchiveLevel => ({ state, targetLacks, archiveLacks, edited });

describe("compareWithArchive", () => {
  test.each<[string, Applied, Applied, ArchiveLevel]>([
    ["equal", [A, B], [A, B], level("equal")],
    ["equal where neither had any", [], [], level("equal")],
    ["an archive that is older", [A], [A, B, C], level("archive-older", [], ["0001_b", "0002_c"])],
    ["an archive of an empty journal", [], [A], level("archive-older", [], ["0000_a"])],
    ["an archive that is newer", [A, B, C], [A], level("archive-newer", ["0001_b", "0002_c"])],
    ["an archive that is newer than the folder", [A, B, C, D, X], [A, B, C, D], level("archive-newer", ["xxxxxxxxxxxx… of 2026-04-10"])],
    ["two that went apart", [A, B], [A, C], level("diverged", ["0001_b"], ["0002_c"])],
    ["a hole in the archive", [A, C], [A, B, C], level("diverged", [], ["0001_b"])],
    ["a hole in the target", [A, B, C], [A, C], level("diverged", ["0001_b"])],
    ["an edited migration as the same one, by its time", [A, B], [A, editedB], level("equal", [], [], ["0001_b"])],
    ["migrations that both have and the folder lacks as the same", [A, X], [A, { ...X }], level("equal")],
    ["an archive without a journal", null, [A], level("archive-without-journal", [], ["0000_a"])],
    ["a target without a journal", [A], null, level("target-without-journal", ["0000_a"])],
    ["two without a journal", null, null, level("no-journals")],
  ])("tells %s, with the folder's names", (_, archived, applied, expected) => {
    expect(compareWithArchive(archived, applied, folder)).toStrictEqual(expected);
  });

  test.each<[string, Applied, Applied, ArchiveLevel]>([
    ["by the hash", [A, { hash: B.hash, createdAt: "1" }], [A, B], level("equal")],
    ["by the time where the file was edited", [A, editedB], [A, B], level("equal", [], [], ["b2b2b2b2b2b2… of 2026-01-02"])],
    ["by the second where 1.0 cut off the rest", [{ hash: "other", createdAt: A.createdAt }], [{ hash: A.hash, createdAt: String(T0), name: "20260101000000_a" }], level("equal", [], [], ["other… of 2026-01-01"])],
    ["and names what is missing by hash and day", [A, B], [A], level("archive-newer", ["bbbbbbbbbbbb… of 2026-01-02"])],
    ["and without a day where the journal has no time", [{ hash: "h".repeat(64), createdAt: "" }, { hash: "i", createdAt: "9".repeat(30) }], [], level("archive-newer", ["hhhhhhhhhhhh…", "i…"])],
    ["and by the name where the journal has one", [A], [A, { ...X, name: "20260410_x" }], level("archive-older", [], ["20260410_x"])],
    ["not by times that are only near", [{ hash: "p", createdAt: "1700000000001" }], [{ hash: "q", createdAt: "1700000000002" }], level("diverged", ["p… of 2023-11-14"], ["q… of 2023-11-14"])],
  ])("tells migrations apart without a folder: %s", (_, archived, applied, expected) => {
    expect(compareWithArchive(archived, applied, null)).toStrictEqual(expected);
  });

  test("takes two files of equal content for two migrations, by their times", () => {
    const twins: MigrationFolder = { ...folder, migrations: folder.migrations.map((migration) => ({ ...migration, hash: "same" })) };
    const [one, two] = twins.migrations.map(({ hash, createdAt }) => ({ hash, createdAt: String(createdAt) }));
    expect(compareWithArchive([one!], [two!], twins)).toStrictEqual(level("diverged", ["0000_a"], ["0001_b"]));
  });
});

describe("migrationsRefusal", () => {
  const facts = (error: unknown) => (isPgarkError(error) ? { code: error.code, message: error.message, hint: error.hint } : error);

  test.each<[string, Applied, Applied]>([
    ["equal", [A], [A]],
    ["older", [A], [A, B]],
    ["older with a hole", [A, C], [A, B, C]],
    ["edited", [A, B], [A, editedB]],
    ["without a journal", null, [A]],
  ])("an archive that is %s is taken", (_, archived, applied) => {
    expect(migrationsRefusal(archived, applied, folder)).toBeNull();
  });

  test("a target without a journal takes any archive: nothing says where it stands", () => {
    expect(migrationsRefusal([A], null, folder)).toBeNull();
  });

  test.each<[string, Applied, Applied, MigrationFolder | null, object]>([
    [
      "newer, by tags",
      [A, B, C],
      [A],
      folder,
      { code: "MIGRATIONS_NEWER", message: "the archive's database had 2 migrations that the target has not: 0001_b, 0002_c", hint: "Migrate the target first, then restore." },
    ],
    [
      "newer than the folder too",
      [A, X],
      [A],
      folder,
      {
        code: "MIGRATIONS_NEWER",
        message: "the archive's database had 1 migration that the target has not: xxxxxxxxxxxx… of 2026-04-10",
        hint: "drizzle does not know all of them. Take the folder that the archive's database was migrated with.",
      },
    ],
    [
      "diverged, by hashes and days without a folder",
      [A, B],
      [A, C],
      null,
      {
        code: "MIGRATIONS_DIVERGED",
        message: "the archive's database had 1 migration that the target has not: bbbbbbbbbbbb… of 2026-01-02; and the target has 1 migration that it had not: cccccccccccc… of 2026-01-03",
        hint: "Migrate the target first, then restore.",
      },
    ],
  ])("an archive that is %s is refused with the names", (_, archived, applied, known, expected) => {
    expect(facts(migrationsRefusal(archived, applied, known))).toStrictEqual(expected);
  });
});

describe("levelOfArchive", () => {
  test("is the last migration that the archive's database had, edited or not", () => {
    expect([levelOfArchive(folder, [A]), levelOfArchive(folder, [A, editedB]), levelOfArchive(folder, [A, B, C, D])]).toStrictEqual(["0000_a", "0001_b", "0003_d"]);
  });

  test.each<[string, Applied, string, RegExp]>([
    ["no journal", null, "USAGE", /had no drizzle journal/],
    ["an empty journal", [], "USAGE", /a drizzle journal without migrations/],
    ["a migration that the folder lacks", [A, X], "MIGRATIONS_NEWER", /had 1 migration that drizzle lacks: xxxxxxxxxxxx… of 2026-04-10$/],
    ["a hole", [A, C], "MIGRATIONS_DIVERGED", /had 0002_c, but not 0001_b, which comes before it in drizzle/],
  ])("refuses an archive with %s", (_, archived, code, message) => {
    expect(() => levelOfArchive(folder, archived)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});
