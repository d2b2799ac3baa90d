import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findRunning, startServer, THROW_AWAY_SETTINGS } from "../../src/server/local-server.ts";
import { isAlive } from "../../src/server/pid-file.ts";
import { stateFile } from "../../src/server/state.ts";
import { ask, testBinaries, testFolder } from "./helpers.ts";

const isRoot = process.getuid?.() === 0;
const project = fileURLToPath(new URL("../..", import.meta.url));

describe("a server with its data in a new folder", () => {
  test("is durable, UTF-8, in C.UTF-8 order, and listens on the loopback address only", async () => {
    using folder = testFolder();
    await using server = await startServer({ binaries: await testBinaries(), dataFolder: join(folder.path, "data") });
    const settings = ["fsync", "synchronous_commit", "full_page_writes", "data_checksums", "listen_addresses", "server_encoding"];
    const rows = await ask(
      server.url("postgres"),
      `select ${settings.map((name) => `current_setting('${name}') as ${name}`).join(", ")}, datcollate, datctype from pg_database where datname = 'postgres'`,
    );
    expect(rows).toStrictEqual([
      {
        fsync: "on",
        synchronous_commit: "on",
        full_page_writes: "on",
        data_checksums: "on",
        listen_addresses: "127.0.0.1",
        server_encoding: "UTF8",
        datcollate: "C.UTF-8",
        datctype: "C.UTF-8",
      },
    ]);
  });

  test("keeps its password in a file for its owner only, and lets nobody in without it", async () => {
    using folder = testFolder();
    const dataFolder = join(folder.path, "data");
    await using server = await startServer({ binaries: await testBinaries(), dataFolder, settings: THROW_AWAY_SETTINGS });
    expect(statSync(stateFile(dataFolder)).mode & 0o777).toBe(0o600);
    expect(statSync(dataFolder).mode & 0o777).toBe(0o700);
    expect(existsSync(join(folder.path, ".initdb-password"))).toBe(false);
    const { password } = new URL(server.url("postgres"));
    expect(password).toMatch(/^[\w-]{32}$/);
    const wrong = server.url("postgres").replace(password, "wrong");
    await expect(ask(wrong, "select 1")).rejects.toMatchObject({ code: "28P01" });
  });

  test("is found again by its folder, keeps rows and port over a restart, and is gone after stop", async () => {
    using folder = testFolder();
    const options = { binaries: await testBinaries(), dataFolder: join(folder.path, "data"), settings: THROW_AWAY_SETTINGS };
    expect(await findRunning(options.dataFolder)).toBeNull();
    const first = await startServer(options);
    await ask(first.url("postgres"), "create table kept as select 42 as answer");
    const again = await startServer(options);
    const found = await findRunning(options.dataFolder);
    expect([again.pid, found?.pid, found?.url("postgres")]).toStrictEqual([first.pid, first.pid, first.url("postgres")]);
    await first.stop();
    await first.stop();
    expect(await findRunning(options.dataFolder)).toBeNull();
    await using second = await startServer(options);
    expect(second.port).toBe(first.port);
    expect(await ask(second.url("postgres"), "select answer from kept")).toStrictEqual([{ answer: 42 }]);
  });

  test("gets a new password when the file with the old one was lost", async () => {
    using folder = testFolder();
    const options = { binaries: await testBinaries(), dataFolder: join(folder.path, "data"), settings: THROW_AWAY_SETTINGS };
    const first = await startServer(options);
    await first.stop();
    rmSync(stateFile(options.dataFolder));
    await using second = await startServer(options);
    expect(second.url("postgres")).not.toBe(first.url("postgres"));
    expect(await ask(second.url("postgres"), "select 1 as one")).toStrictEqual([{ one: 1 }]);
  });

  test("is started once when two ask at the same time", async () => {
    using folder = testFolder();
    const options = { binaries: await testBinaries(), dataFolder: join(folder.path, "data"), settings: THROW_AWAY_SETTINGS };
    const [one, other] = await Promise.all([startServer(options), startServer(options)]);
    await using _ = one;
    expect(other.pid).toBe(one.pid);
  });
});

describe("a start that cannot succeed", () => {
  test("shows the end of the server's log and leaves no process behind", async () => {
    using folder = testFolder();
    const options = { binaries: await testBinaries(), dataFolder: join(folder.path, "data"), settings: { shared_buffers: "a lot" } };
    await expect(startServer(options)).rejects.toMatchObject({ code: "SERVER_NOT_FOUND", message: expect.stringContaining('invalid value for parameter "shared_buffers": "a lot"') });
    expect(existsSync(join(options.dataFolder, "postmaster.pid"))).toBe(false);
  });

  test("on another major version's data names both versions and touches nothing", async () => {
    using folder = testFolder();
    const dataFolder = join(folder.path, "data");
    mkdirSync(dataFolder);
    writeFileSync(join(dataFolder, "PG_VERSION"), "12\n");
    const binaries = await testBinaries();
    await expect(startServer({ binaries, dataFolder })).rejects.toMatchObject({
      code: "SERVER_NOT_FOUND",
      message: `the data in ${dataFolder} was made by PostgreSQL 12, but the server found is ${binaries.version} (${binaries.binFolder})`,
    });
    expect(readFileSync(join(dataFolder, "PG_VERSION"), "utf8")).toBe("12\n");
  });

  test("on a folder with other things in it is refused", async () => {
    using folder = testFolder();
    writeFileSync(join(folder.path, "letter.txt"), "dear");
    await expect(startServer({ binaries: await testBinaries(), dataFolder: folder.path })).rejects.toMatchObject({
      code: "SERVER_NOT_FOUND",
      message: expect.stringContaining("is not empty and holds no PostgreSQL cluster"),
    });
    expect(readFileSync(join(folder.path, "letter.txt"), "utf8")).toBe("dear");
  });
});

describe("whoever starts it", () => {
  test("leaves a server that outlives the command, from a folder only its owner may enter, and never as root", async () => {
    using folder = testFolder();
    using closed = testFolder(0o700);
    const pid = startInChild(folder.path, closed.path, {});
    const running = await findRunning(join(folder.path, "data"));
    await using _ = running;
    expect(running?.pid).toBe(pid);
    expect(isAlive(pid)).toBe(true);
    const owner = statSync(join(folder.path, "data")).uid;
    expect(owner).not.toBe(0);
    expect(statSync(stateFile(join(folder.path, "data"))).uid).toBe(process.getuid?.());
  });

  test.skipIf(!isRoot || !nobodyCanRead(project))("an ordinary user runs it as themselves, in folders closed to everybody else", async () => {
    using folder = testFolder();
    const own = join(folder.path, "home");
    mkdirSync(own, { mode: 0o700 });
    chownSync(own, NOBODY.uid, NOBODY.gid);
    const pid = startInChild(own, own, NOBODY);
    const running = await findRunning(join(own, "data"));
    await using _ = running;
    expect(running?.pid).toBe(pid);
    expect(statSync(join(own, "data")).uid).toBe(NOBODY.uid);
    expect(statSync(stateFile(join(own, "data"))).uid).toBe(NOBODY.uid);
  });
});

const NOBODY = { uid: 65_534, gid: 65_534 };

/** Starts a server in a process of its own, which ends; gives the server's process number. */
function startInChild(home: string, cwd: string, identity: { uid?: number; gid?: number }): number {
  const script = join(dirname(fileURLToPath(import.meta.url)), "start-and-leave.ts");
  const loader = join(project, "node_modules/tsx/dist/loader.mjs");
  const environment = { ...process.env, HOME: home, TMPDIR: home, TSX_DISABLE_CACHE: "1" };
  const child = spawnSync(process.execPath, ["--import", loader, script, join(home, "data")], { cwd, env: environment, encoding: "utf8", ...identity });
  if (child.status !== 0) throw new Error(child.stderr);
  return Number(child.stdout);
}

/** A clone in a folder that only root may enter is a fine clone, but no other user can run anything from it. */
function nobodyCanRead(path: string): boolean {
  return spawnSync("/usr/bin/env", ["ls", path], { uid: NOBODY.uid, gid: NOBODY.gid, stdio: "ignore" }).status === 0;
}
