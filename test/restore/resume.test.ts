import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, PgarkError, type PgarkEvent, type RestoreOptions, restore, tableDigests } from "../../src/index.ts";
import { terminateNow } from "../helpers/activity.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "../helpers/folder.ts";
import { program, schemaDump } from "../helpers/programs.ts";

const SCHEMA = `
  create table a (id int primary key, boss int references a, pad text); create index a_pad on a (pad);
  create table b (id int primary key, a int references a, pad text unique);
  create table bag (v text);`;
const ROWS = `
  insert into a select n, nullif(n / 2, 0), md5(n::text) || repeat('a', 200) from generate_series(1, 1500) n;
  insert into b select n, n, md5(n::text) || repeat('b', 200) from generate_series(1, 1500) n;
  insert into bag select repeat('v', n % 5 * 80) from generate_series(1, 1500) n;`;
/** Half of it, changed. */
const THEIRS = `
  insert into a select n, nullif(n / 2, 0), 'theirs' from generate_series(1, 700) n;
  insert into b select n, n, md5(n::text) || repeat('b', 200) from generate_series(1, 700) n;
  insert into bag select repeat('v', n % 5 * 80) from generate_series(1, 700) n;`;

let folder: TemporaryFolder;
let source: TestDatabase;
let whole: string;
let rows: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  source = await createDatabase(SCHEMA + ROWS);
  whole = folder.file("whole.ark");
  rows = folder.file("rows.ark");
  await dump(source.url, whole, { chunkBytes: 60_000, jobs: 1 });
  await dump(source.url, rows, { chunkBytes: 60_000, jobs: 1, content: "data" });
});
afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function at(name: string, nth: number, act: () => void): (event: PgarkEvent) => void {
  let seen = 0;
  return (event) => {
    if ((event.type === "step" ? event.step : event.type) === name && ++seen === nth) act();
  };
}

/** Ends its leader's backend at the nth event of a sort. */
async function interrupt(target: TestDatabase, archive: string, options: RestoreOptions, name = "chunk", nth = 4): Promise<void> {
  const cut = at(name, nth, () => terminateNow(target, "leader"));
  await expect(restore(archive, target.url, { jobs: 2, ...options, onEvent: cut })).rejects.toMatchObject({ code: "CONNECTION_LOST" });
}

async function expectAsSource(target: TestDatabase): Promise<void> {
  expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
  expect(await schemaDump(target.url, "17")).toBe(await schemaDump(source.url, "17"));
}

describe("a whole restore that was interrupted", () => {
  it("is not touched by one that is refused, which tells of --resume; goes on from a pipe", async () => {
    await using target = await createDatabase();
    await interrupt(target, whole, {});

    await expect(restore(whole, target.url)).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY", message: expect.stringContaining("was interrupted here"), hint: expect.stringContaining("--resume") });
    const report = await restore(createReadStream(whole), target.url, { resume: true });

    expect(report.tables.map(({ archived, inserted }) => [archived, inserted])).toStrictEqual([[1500, 1500], [1500, 1500], [1500, 1500]]);
    await expectAsSource(target);
    await expect(restore(whole, target.url, { resume: true })).rejects.toMatchObject({ code: "NOT_RESUMABLE" });
  });

  it("goes on with --create in the database that it has created; without one there is nothing to go on with", async () => {
    const name = `pgark_test_created_${process.pid}`;
    await using origin = await createDatabase(SCHEMA + ROWS, { name });
    await using place = await createDatabase();
    const archive = folder.file("created.ark");
    await dump(origin.url, archive, { chunkBytes: 60_000 });
    await place.query(`drop database ${name} with (force)`);
    await expect(restore(archive, place.url, { create: true, resume: true })).rejects.toMatchObject({ code: "NOT_RESUMABLE", object: `database ${name}` });

    const cut = at("chunk", 3, () => terminateNow(origin, "leader"));
    await expect(restore(archive, place.url, { create: true, jobs: 2, onEvent: cut })).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(await restore(archive, place.url, { create: true, resume: true })).toMatchObject({ resumed: true });

    await expectAsSource(origin);
  });

  it("with --clean drops what was there when it had not come to that", async () => {
    await using target = await createDatabase(`${SCHEMA} insert into a values (1, 1, 'theirs')`);
    await interrupt(target, whole, { clean: true }, "pre-data", 1);

    await restore(whole, target.url, { clean: true, resume: true });

    await expectAsSource(target);
  });

  it("stays a whole one, when a policy would merge into the tables that it has made itself", async () => {
    await using target = await createDatabase();
    await interrupt(target, whole, { onConflict: "update" });

    await restore(whole, target.url, { onConflict: "update", resume: true });

    await expectAsSource(target);
  });
});

describe("a merge that was interrupted", () => {
  it("by a full disk goes on when there is room again, and not from a pipe", async () => {
    await using target = await createDatabase(`${SCHEMA}${THEIRS} create publication pgark_all for all tables;
      create function full_disk() returns trigger language plpgsql as $$begin if new.id = 1200 then raise 'no room' using errcode = 'disk_full'; end if; return new; end$$;
      create trigger full_disk before insert on b for each row execute function full_disk()`);
    const options = { onConflict: "update", onConflictTables: { bag: "skip" }, fireTriggers: true } as const;

    await expect(restore(rows, target.url, options)).rejects.toMatchObject({ code: "NO_SPACE", hint: expect.stringContaining("--resume") });
    await target.query("drop trigger full_disk on b; drop function full_disk; drop publication pgark_all");
    await expect(restore(createReadStream(rows), target.url, { ...options, resume: true })).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining("pipe") });
    const { tables } = await restore(rows, target.url, { ...options, resume: true });

    expect(tables.map(({ inserted, updated, identical }) => [inserted, updated, identical])).toStrictEqual([[800, 700, 0], [800, 0, 700], [800, 0, 700]]);
    await expectAsSource(target);
  });

  it("with --replace tells of the rows that had made room", async () => {
    await using target = await createDatabase(SCHEMA + THEIRS);
    await interrupt(target, rows, { onConflict: "replace" });

    const { tables } = await restore(rows, target.url, { onConflict: "replace", resume: true });

    expect(tables.map(({ inserted, removed }) => [inserted, removed])).toStrictEqual([[1500, 700], [1500, 700], [1500, 700]]);
    await expectAsSource(target);
  });

  it("by a signal has put back what it set aside, and says what stays", async () => {
    await using target = await createDatabase(SCHEMA + THEIRS);
    const before = await schemaDump(target.url, "17");
    const controller = new AbortController();
    const abort = at("chunk", 5, () => controller.abort(new PgarkError("INTERRUPTED", "interrupted by SIGINT")));

    await expect(restore(rows, target.url, { jobs: 2, onConflict: "update", signal: controller.signal, onEvent: abort })).rejects.toMatchObject({ code: "INTERRUPTED", hint: expect.stringContaining("rows that were merged before the error stay") });

    expect(await schemaDump(target.url, "17")).toBe(before);
    await expect(restore(rows, target.url, { onConflict: "update", resume: true })).rejects.toMatchObject({ code: "NOT_RESUMABLE" });
    await restore(rows, target.url, { onConflict: "update" });
    await expectAsSource(target);
  });

  it("in one transaction has changed nothing, through loops that wait for its end", async () => {
    await using target = await createDatabase(`${SCHEMA.replace("boss int references a", "boss int references a deferrable")}${THEIRS}`);
    const before = [await schemaDump(target.url, "17"), await tableDigests(target.url)];
    const controller = new AbortController();
    const reason = new PgarkError("INTERRUPTED", "interrupted by SIGINT");
    const options = { onConflict: "update", singleTransaction: true } as const;

    await expect(restore(rows, target.url, { ...options, signal: controller.signal, onEvent: at("chunk", 5, () => controller.abort(reason)) })).rejects.toBe(reason);
    expect([await schemaDump(target.url, "17"), await tableDigests(target.url)]).toStrictEqual(before);

    await restore(rows, target.url, options);
    expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
    expect(await schemaDump(target.url, "17")).toBe(before[0]);
  });
});

it("a restore whose undoing was interrupted cannot be resumed any more: its rows are half gone", async () => {
  await using target = await createDatabase(SCHEMA);
  await interrupt(target, rows, {});
  // Nobody but the owner may be in the way of the undoing: it fails at the lock.
  await target.query("update pgark.run set state = 'undone'");

  await expect(restore(rows, target.url, { resume: true })).rejects.toMatchObject({ code: "NOT_RESUMABLE", message: expect.stringContaining("being undone") });
  await restore(rows, target.url);

  await expectAsSource(target);
});

it("a restore waits for the last commits of one that was killed", async () => {
  await using target = await createDatabase(SCHEMA);
  const worker = new pg.Client({ connectionString: target.url });
  await worker.connect();
  await worker.query(`select pg_advisory_lock_shared(${0x7067}, ${0x77726b}); begin; insert into bag values ('on its way')`);
  const outcome = restore(rows, target.url).catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await worker.query("commit");
  await worker.end();

  expect(await outcome).toMatchObject({ code: "TARGET_NOT_EMPTY", object: "table public.bag" });
});

it("where rows may be rejected, a unique index of an empty table refuses them, instead of not being there again", async () => {
  await using target = await createDatabase("create table b (id int primary key, a int, pad text); create unique index b_a on b ((a / 2))");
  const before = await schemaDump(target.url, "17");

  const { tables } = await restore(rows, target.url, { tables: ["b"], maxRejects: 1000, jobs: 1 });

  expect(tables).toMatchObject([{ inserted: 751, rejected: 749 }]);
  expect(await schemaDump(target.url, "17")).toBe(before);
});

describe("a server that crashed, and lost commits that it had not waited for", () => {
  it("comes back with rows and a journal that agree", { timeout: 120_000 }, async () => {
    await using server = await startServer();
    for (const archive of [whole, rows]) {
      const options = archive === rows ? ({ content: "data", onConflict: "update", jobs: 2 } as const) : ({ jobs: 2 } as const);
      const name = archive === rows ? "merged" : "made";
      await server.query("postgres", `create database ${name}`);
      if (archive === rows) await server.query(name, SCHEMA + THEIRS);
      let crashed: Promise<void> | undefined;
      await expect(restore(archive, server.url(name), { ...options, onEvent: at("chunk", 6, () => (crashed = server.crash())) })).rejects.toMatchObject({ code: "CONNECTION_LOST" });
      await crashed;
      await server.start();

      const report = await restore(archive, server.url(name), { ...options, resume: true });

      expect(report.resumed).toBe(true);
      expect(await tableDigests(server.url(name))).toStrictEqual(await tableDigests(source.url));
    }
  });
});

interface Server extends AsyncDisposable {
  url(database: string): string;
  query(database: string, sql: string): Promise<void>;
  crash(): Promise<void>;
  start(): Promise<void>;
}

const run = promisify(execFile);

/** One of its own, that is in no hurry to write its log. */
async function startServer(): Promise<Server> {
  const bin = dirname(program("pg_dump", "17"));
  const home = await mkdtemp(join(tmpdir(), "pgark-crash-"));
  const data = join(home, "data");
  // PostgreSQL refuses to run as root; 65534 is nobody.
  const identity = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  if (identity.uid !== undefined) await chown(home, identity.uid, identity.gid);
  const as = { cwd: home, ...identity };
  const port = await freePort();
  await run(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8"], as);
  const settings = { port, unix_socket_directories: home, listen_addresses: "127.0.0.1", fsync: "off", wal_writer_delay: "10s", wal_writer_flush_after: "1GB", shared_buffers: "32MB" };
  await writeFile(join(data, "postgresql.auto.conf"), Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`).join(""));
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const control = async (...verb: readonly string[]) => void (await run(join(bin, "pg_ctl"), ["-D", data, "-w", ...verb], as));
  const start = () => control("-l", join(home, "log"), "start");
  await start();
  return {
    url,
    start,
    crash: () => control("-m", "immediate", "stop"),
    async query(database, sql) {
      const client = new pg.Client({ connectionString: url(database) });
      await client.connect();
      await client.query(sql);
      await client.end();
    },
    async [Symbol.asyncDispose]() {
      await control("-m", "immediate", "stop").catch(() => {});
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  // A listening TCP server has an address with a port.
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}
