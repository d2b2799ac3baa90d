import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type BackupsReading, checkBackups, checkFolder, type FoundArchive, readBackups } from "../../src/doctor/backups.ts";
import { checkContainer, type ContainerFacts, parseMountPoints, projectMounts, readContainerFacts } from "../../src/doctor/container.ts";
import { checkNode } from "../../src/doctor/node.ts";
import { nodeIo } from "../../src/io/io.ts";

test("Node.js is good from 20.19 on", () => {
  expect(["20.18.9", "18.20.0", "20.19.0", "24.1.0"].map((version) => checkNode(version, true).state)).toStrictEqual(["bad", "bad", "ok", "ok"]);
});

describe("in a container", () => {
  const facts: ContainerFacts = { container: "Docker", projectMounts: [], path: ["/usr/local/bin", "/usr/bin"], programs: { git: "/usr/bin/git", node: "/usr/local/bin/node" } };
  const states = (found: Partial<ContainerFacts>) => checkContainer({ ...facts, ...found }).map(({ check, state }) => `${check} ${state}`);

  test("programs of the image are well, and outside nothing is asked", () => {
    expect([states({}), states({ container: null })]).toStrictEqual([["container ok"], []]);
  });

  test("a mount over a folder of PATH hides programs that are gone, with the fix", () => {
    const [finding] = checkContainer({ ...facts, projectMounts: ["/usr/local"], programs: { git: "/usr/bin/git", node: null } });
    expect(finding).toStrictEqual({
      check: "container: node",
      state: "bad",
      found: "node is nowhere on PATH, and /usr/local/bin of PATH is hidden by the mount of /usr/local (Docker)",
      fix: 'Mount the project on a folder of its own, for example -v "$PWD":/work -w /work; where it must be /usr/local, keep the image\'s part with a volume on it: -v /usr/local/bin.',
    });
  });

  test("a program that comes out of the mount instead of the image is bad, and one that is simply not there a warning", () => {
    expect(states({ projectMounts: ["/usr/local"] })).toStrictEqual(["container: node bad"]);
    expect(states({ programs: { git: null, node: "/usr/local/bin/node" } })).toStrictEqual(["container: git warn"]);
  });

  test("mounts are read with their escapes, and only those that bring the project count", () => {
    const mountinfo = ["22 1 0:20 / / rw - overlay o rw", "23 22 0:21 / /proc rw - proc proc rw", "24 22 8:1 /home /my\\040app rw - ext4 /dev/sda1 rw", "25 22 8:1 /m /my\\040app/node_modules rw - ext4 x rw"].join("\n");
    expect(parseMountPoints(mountinfo)).toStrictEqual(["/", "/proc", "/my app", "/my app/node_modules"]);
    expect(projectMounts(["/", "/proc", "/app", "/app/node_modules", "/application"], "/app")).toStrictEqual(["/app", "/app/node_modules"]);
  });

  test("the facts are read from where a container shows them", async () => {
    const files: Record<string, string> = { "/proc/self/mountinfo": "24 22 8:1 / /app rw - ext4 x rw", "/proc/1/cgroup": "0::/docker/abc" };
    const program = { sizeBytes: 1, mode: 0o755, modifiedMs: 0, directory: false };
    const io: typeof nodeIo = {
      ...nodeIo,
      readText: async (path) => files[path] ?? Promise.reject(new Error(path)),
      stat: async (path) => (path === "/app/bin/node" ? program : path === "/usr/bin/git" ? { ...program, mode: 0o644 } : null),
    };
    expect(await readContainerFacts(io, "/app", "/app/bin:/usr/bin:relative")).toStrictEqual({
      container: "docker",
      projectMounts: ["/app"],
      path: ["/app/bin", "/usr/bin"],
      programs: { git: null, node: "/app/bin/node" },
    });
  });
});

describe("backups", () => {
  const DAY = 86_400_000;
  const archive: FoundArchive = { file: "a.ark", problem: null, database: "shop", hasRows: true, startedMs: 0, open: false };
  const reading: BackupsReading = { folder: "/b", freeBytes: 1e9, nowMs: DAY / 2, archives: [archive], stale: [] };
  const states = (changed: Partial<BackupsReading>, sizeBytes: number | null = 1e6) => checkBackups("shop", "shop", sizeBytes, { ...reading, ...changed }).map(({ check, state }) => `${check} ${state}`);

  test("are fresh for a day, and archives of others, without rows or broken do not count", () => {
    expect(states({})).toStrictEqual(["shop: space ok", "shop: last backup ok"]);
    expect(states({ nowMs: DAY + 1 })).toStrictEqual(["shop: space ok", "shop: last backup warn"]);
    const others = [{ ...archive, database: "other" }, { ...archive, hasRows: false }, { ...archive, problem: "cut", database: null }];
    expect(others.map((other) => states({ archives: [other] })[1])).toStrictEqual(Array(3).fill("shop: last backup warn"));
  });

  test("need room: a quarter of the database at least", () => {
    expect([2e9, 1e9, 4e9, 4.1e9].map((size) => states({}, size)[0])).toStrictEqual(["shop: space warn", "shop: space ok", "shop: space warn", "shop: space bad"]);
    expect(states({}, null)).toStrictEqual(["shop: last backup ok"]);
  });

  test("that are cut, readable by others or left half are found in a real folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pgark-doctor-"));
    try {
      await writeFile(join(folder, "cut.ark"), "no archive at all", { mode: 0o644 });
      await writeFile(join(folder, ".a.ark.00.partial"), "");
      await writeFile(join(folder, ".b.ark.00.partial"), "");
      await utimes(join(folder, ".a.ark.00.partial"), 1, 1);
      const found = await readBackups(nodeIo, folder);
      expect(found.stale).toStrictEqual([".a.ark.00.partial"]);
      expect(checkFolder(found).map(({ check, state }) => `${check} ${state}`)).toStrictEqual(["backups: cut.ark bad", "backups: permissions warn", "backups: half files warn"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("a folder that is not there yet is empty, and its room is that of the folder above", async () => {
    const found = await readBackups(nodeIo, join(tmpdir(), "pgark-not-there", "deeper"));
    expect({ archives: found.archives, stale: found.stale, room: found.freeBytes > 0 }).toStrictEqual({ archives: [], stale: [], room: true });
  });
});
