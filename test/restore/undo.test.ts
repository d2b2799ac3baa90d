import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, type PgarkEvent, restore, tableDigests } from "../../src/index.ts";
import { runNow, sessionsLeft, terminateNow } from "../helpers/activity.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "../helpers/folder.ts";
import { startProxy } from "../helpers/proxy.ts";
import { ROWS, SCHEMA, stateOf } from "./application.ts";

let folder: TemporaryFolder;
let source: TestDatabase;
let archive: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  source = await createDatabase(`${SCHEMA + ROWS} select lo_from_bytea(4242, 'large'), lo_create(4243)`);
  archive = folder.file("rows.ark");
  await dump(source.url, archive, { content: "data", jobs: 3, chunkBytes: 32 * 1024 });
});
afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Calls `act` at the nth event that matches. */
function at(matches: (event: PgarkEvent) => boolean, nth: number, act: () => void): (event: PgarkEvent) => void {
  let seen = 0;
  return (event) => {
    if (matches(event) && ++seen === nth) act();
  };
}

const isChunk = (event: PgarkEvent) => event.type === "chunk";
const isPostData = (event: PgarkEvent) => event.type === "step" && event.step === "post-data";
const isPutBack = (event: PgarkEvent) => event.type === "object";
const isKey = (event: PgarkEvent) => event.type === "object" && event.kind === "foreign key";

describe("a restore of rows that fails leaves the target as it was", () => {
  it.each([
    ["orphans", "alter table app.echo drop constraint echo_event_at_fkey; insert into app.echo values (9999, 9999, '2020-01-01')", "echo_event_at_fkey"],
    ["a loop's other end missing", "alter table app.parent drop constraint favourite; update app.parent set favourite = -1 where id = 7", "favourite"],
    ["the same twice under a unique index", "drop index app.parent_name; update app.parent set name = 'same'", "parent_name"],
    ["a row that the target's check refuses", "alter table app.child drop constraint child_size_check; update app.child set size = -1 where id = 2999", "child_size_check"],
  ])("when the rows hold %s", async (_, sql, named) => {
    await using broken = await createDatabase(`${SCHEMA + ROWS}; set session_replication_role = replica; ${sql}; select lo_from_bytea(4242, 'large')`);
    await using target = await createDatabase(SCHEMA);
    const before = await stateOf(target);
    await using own = await temporaryFolder();
    await dump(broken.url, own.file("a.ark"), { content: "data" });

    await expect(restore(own.file("a.ark"), target.url, { jobs: 2 })).rejects.toMatchObject({ code: "SQL_FAILED", message: expect.stringContaining(named) });

    expect(await stateOf(target)).toStrictEqual(before);
    expect(await sessionsLeft(target)).toBe(0);
  });

  it.each([
    ["while chunks load", isChunk, 2],
    ["before anything is put back", isPostData, 1],
    ["when an index is back", isPutBack, 1],
    ["when a foreign key is back", isKey, 1],
  ] as const)("when it is aborted %s, and says so with the signal's reason at once", async (_, matches, nth) => {
    await using target = await createDatabase(SCHEMA);
    const before = await stateOf(target);
    const controller = new AbortController();
    const reason = new Error("enough");

    await expect(restore(archive, target.url, { jobs: 3, signal: controller.signal, onEvent: at(matches, nth, () => controller.abort(reason)) })).rejects.toBe(reason);

    expect(await stateOf(target)).toStrictEqual(before);
    expect(await sessionsLeft(target)).toBe(0);
  });

  it("when a block of the archive is damaged, and when a pipe ends too early", async () => {
    await using target = await createDatabase(SCHEMA);
    const before = await stateOf(target);
    const bytes = await readFile(archive);
    const middle = Math.floor(bytes.length * 0.6);
    bytes[middle]! ^= 1;
    await writeFile(folder.file("damaged.ark"), bytes);

    await expect(restore(folder.file("damaged.ark"), target.url)).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
    expect(await stateOf(target)).toStrictEqual(before);
    await expect(restore(createReadStream(archive, { end: middle }), target.url)).rejects.toMatchObject({ code: "ARCHIVE_INCOMPLETE" });
    expect(await stateOf(target)).toStrictEqual(before);
  });

  it("when it ran in one transaction", async () => {
    await using target = await createDatabase(SCHEMA);
    const before = await stateOf(target);

    await expect(restore(archive, target.url, { singleTransaction: true, onEvent: at(isKey, 2, () => terminateNow(target, "leader")) })).rejects.toMatchObject({ code: "CONNECTION_LOST" });

    expect(await stateOf(target)).toStrictEqual(before);
  });

  it("and takes out its own rows only, past triggers and rules on DELETE, while others write", async () => {
    await using target = await createDatabase(`${SCHEMA}
      create rule keep as on delete to app.old do instead nothing;
      create rule always as on delete to app.echo do also select 1;
      alter table app.echo enable always rule always;`);
    const before = await stateOf(target);
    const insertAndAbort = () => {
      runNow(target.url, "insert into app.old values (null); update app.parent set name = 'taken over' where id = 1");
      terminateNow(target, "leader");
    };

    await expect(restore(archive, target.url, { jobs: 1, onEvent: at(isPostData, 1, insertAndAbort) })).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await expect(restore(archive, target.url)).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });

    expect({ ...(await stateOf(target)), rows: [] }).toStrictEqual({ ...before, rows: [] });
    expect(await target.query("select (select count(*)::int from app.old) as old, (select array_agg(name) from app.parent) as parent, (select count(*)::int from app.log) as log")).toStrictEqual([{ old: 1, parent: ["taken over"], log: 0 }]);
  });
});

describe("a restore of rows that lost its connection goes on with resume", () => {
  it.each([
    ["a worker's backend was terminated between chunks", isChunk, 2, "workers"],
    ["the leader's backend was terminated between chunks", isChunk, 3, "leader"],
    ["the leader's backend was terminated before anything was put back", isPostData, 1, "leader"],
    ["the workers' backends were terminated while keys were put back", isKey, 2, "workers"],
  ] as const)("when %s", async (_, matches, nth, which) => {
    await using target = await createDatabase(SCHEMA);
    const before = await stateOf(target);

    await expect(restore(archive, target.url, { jobs: 3, onEvent: at(matches, nth, () => terminateNow(target, which)) })).rejects.toMatchObject({ code: "CONNECTION_LOST", hint: expect.stringContaining("--resume") });
    expect(await sessionsLeft(target)).toBe(0);
    const report = await restore(archive, target.url, { jobs: 2, resume: true });

    expect(report).toMatchObject({ resumed: true, warnings: [] });
    expect({ ...(await stateOf(target)), rows: await tableDigests(target.url) }).toStrictEqual({ definitions: before.definitions, finer: [...before.finer, ...LARGE].sort(bySql), rows: await tableDigests(source.url) });
  });

  it("when the network was cut in the middle of the rows", async () => {
    await using target = await createDatabase(SCHEMA);
    await using proxy = await startProxy(target.url);
    const cut = at(isChunk, 1, () => proxy.arm({ direction: "to server", afterBytes: 20_000, action: "cut" }));
    await expect(restore(archive, proxy.through(target.url), { jobs: 3, onEvent: cut })).rejects.toMatchObject({ code: "CONNECTION_LOST" });

    await restore(archive, target.url, { resume: true });

    expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
  });

  it("but not with another archive, other options, or where nothing was interrupted", async () => {
    await using target = await createDatabase(SCHEMA);
    await expect(restore(archive, target.url, { resume: true })).rejects.toMatchObject({ code: "NOT_RESUMABLE", message: expect.stringContaining("no interrupted restore") });
    await expect(restore(archive, target.url, { jobs: 3, onEvent: at(isChunk, 2, () => terminateNow(target, "leader")) })).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    const other = folder.file("another.ark");
    await dump(source.url, other, { content: "data" });

    await expect(restore(other, target.url, { resume: true })).rejects.toMatchObject({ code: "NOT_RESUMABLE", message: expect.stringContaining("is of archive") });
    await expect(restore(archive, target.url, { resume: true, fireTriggers: true })).rejects.toMatchObject({ code: "NOT_RESUMABLE", message: expect.stringContaining("other options") });
    await restore(archive, target.url, { resume: true, jobs: 1 });

    expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
  });
});

describe("a restore of rows that was killed is undone by the next one", () => {
  it.each([
    ["between chunks", "chunk", 3],
    ["before anything was put back", "post-data", 1],
    ["when an index was back", "index", 1],
    ["when foreign keys were back", "foreign key", 3],
    ["when triggers were back", "trigger", 2],
  ])("%s", async (_, moment, nth) => {
    await using target = await createDatabase(SCHEMA);
    const before = await stateOf(target);
    await killedRestore(target, moment, nth);
    expect((await stateOf(target)).finer).not.toStrictEqual(before.finer);

    const report = await restore(archive, target.url, { jobs: 2, onEvent: (event) => void (event.type === "warning" && warnings.push(event.warning.code)) });

    expect(warnings.splice(0)).toStrictEqual(["PUT_BACK"]);
    expect(report.tables).toHaveLength(8);
    expect({ ...(await stateOf(target)), rows: await tableDigests(target.url) }).toStrictEqual({ definitions: before.definitions, finer: [...before.finer, ...LARGE].sort(bySql), rows: await tableDigests(source.url) });
  });

  it("which keeps what others have written since, and refuses to load beside it", async () => {
    await using target = await createDatabase(SCHEMA);
    const before = await stateOf(target);
    await killedRestore(target, "chunk", 3);
    await target.query("insert into app.log (entry) values ('mine')");

    await expect(restore(archive, target.url)).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY", object: "table app.log" });

    expect({ ...(await stateOf(target)), rows: [] }).toStrictEqual({ ...before, rows: [] });
    expect(await target.query("select entry, (select count(*)::int from app.child) as child from app.log")).toStrictEqual([{ entry: "mine", child: 0 }]);
  });

  it("also when the next one has other rows to load, or none", async () => {
    await using target = await createDatabase(SCHEMA);
    await using small = await createDatabase("create table other (id int)");
    const before = await stateOf(target);
    await dump(small.url, folder.file("other.ark"));
    await killedRestore(target, "foreign key", 1);

    await restore(folder.file("other.ark"), target.url);

    await target.query("drop table other");
    expect(await stateOf(target)).toStrictEqual(before);
  });
});

const warnings: string[] = [];
const LARGE = ["4242", "4243"].map((name) => ({ what: "large object", name, part: "", state: "" }));
function bySql(a: object, b: object): number {
  const key = (row: object) => Object.values(row).join("\u0000");
  return key(a) < key(b) ? -1 : 1;
}

/** Runs a restore in a process of its own that kills itself (-9) at the nth event of a sort. */
async function killedRestore(target: TestDatabase, moment: string, nth: number): Promise<void> {
  const script = `
    import { restore } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
    let seen = 0;
    const onEvent = (event) => {
      const name = event.type === "step" ? event.step : event.type === "object" ? event.kind : event.type;
      if (name === ${JSON.stringify(moment)} && ++seen === ${nth}) process.kill(process.pid, "SIGKILL");
    };
    await restore(${JSON.stringify(archive)}, ${JSON.stringify(target.url)}, { jobs: 2, onEvent });`;
  const signal = await new Promise((resolve) => {
    const child = execFile(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], { cwd: new URL("../..", import.meta.url).pathname });
    child.once("exit", (_, by) => resolve(by));
  });
  expect(signal).toBe("SIGKILL");
}

describe("two restores into one database", () => {
  it("do not mix: the second waits, and is refused", async () => {
    await using target = await createDatabase(SCHEMA);

    const outcomes = await Promise.allSettled([restore(archive, target.url, { jobs: 1 }), restore(archive, target.url, { jobs: 1 })]);

    expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? "done" : outcome.reason.code)).sort()).toStrictEqual(["TARGET_NOT_EMPTY", "done"]);
    expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
  });

  it("a schema pgark of somebody else's stays, and is no obstacle", async () => {
    await using target = await createDatabase(`${SCHEMA} create schema pgark; create table pgark.mine (id int); insert into pgark.mine values (1)`);

    await restore(archive, target.url, { singleTransaction: true });
    await target.query("truncate app.log, app.parent, app.child, app.old, app.event, app.echo; select lo_unlink(oid) from pg_largeobject_metadata");
    await restore(archive, target.url);

    const tables = await target.query("select relname from pg_class where relnamespace = 'pgark'::regnamespace and relkind = 'r'");
    expect(tables).toStrictEqual([{ relname: "mine" }]);
    expect((await tableDigests(target.url)).filter(({ table }) => table !== "pgark.mine")).toStrictEqual(await tableDigests(source.url));
  });
});
