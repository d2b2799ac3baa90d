/**
 * kill -9 anywhere: between any two writes to the server and at every chunk boundary. Then it is resumed, which may be
 * killed too, or another restore begins; at the end all is as after a restore that nobody disturbed. `--matrix` takes
 * more than 200 points, a plain run a few.
 */
import { readFile, rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, openArchive, type DumpOptions, type RestoreOptions, type RestoreReport, restore } from "../../src/index.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "../helpers/folder.ts";
import { ROWS, SCHEMA, stateOf } from "./application.ts";
import { NEVER, type Point, type Victims, victims } from "./killing.ts";

const MATRIX = process.env["PGARK_TEST_MATRIX"] === "1";
/** Points between writes, for each sort of restore. */
const WRITES = Number(process.env["PGARK_TEST_KILLS"] ?? (MATRIX ? 70 : 4));
const SEED = Number(process.env["PGARK_TEST_SEED"] ?? Date.now() % 1_000_000);

const MORE = `
  create table app.bag (a int, b text);
  create table app.tag (id int generated always as identity primary key, name text not null unique, size int check (size < 3000));
  create table app.member (id int primary key, boss int references app.member, tag int references app.tag);
  create unique index member_tag on app.member (tag, id);`;
const MORE_ROWS = `
  set session_replication_role = replica;
  insert into app.bag select n % 500, repeat('b', n % 7 * 30) from generate_series(1, 2500) n;
  insert into app.tag (name, size) select 'tag ' || n, n from generate_series(1, 2000) n;
  insert into app.member select n, nullif(n / 2, 0), n from generate_series(1, 1500) n;
  set session_replication_role = origin;`;

interface Scenario {
  readonly title: string;
  readonly source: string;
  readonly dumped: DumpOptions;
  readonly target: string;
  readonly options: RestoreOptions;
  /** Whether another restore undoes what was interrupted; else it must be resumed. */
  readonly undone: boolean;
}

const SCENARIOS: readonly Scenario[] = [
  {
    title: "of rows into empty tables",
    source: SCHEMA + ROWS + "; select lo_from_bytea(4242, 'large')",
    dumped: { content: "data", jobs: 2, chunkBytes: 24 * 1024 },
    target: SCHEMA,
    options: { jobs: 2 },
    undone: true,
  },
  {
    title: "that merges, updates, replaces and rejects, through loops and without keys",
    // Rows without parents, and what hangs on those.
    source: `${SCHEMA}${MORE}${ROWS}${MORE_ROWS}
      set session_replication_role = replica;
      insert into app.child (parent, previous, size) values (777, 1, 5), (5, 3001, 5);
      update app.parent set favourite = 3002 where id = 10;
      update app.member set boss = 9999 where id in (3, 700);
      update app.tag set name = 'tag 7' || id where id % 100 = 0;`,
    dumped: { content: "data", jobs: 2, chunkBytes: 24 * 1024 },
    target: `${SCHEMA}${MORE}${ROWS}${MORE_ROWS}
      set session_replication_role = replica;
      update app.child set size = size + 1 where id % 7 = 0;
      delete from app.child where id > 2500;
      delete from app.echo where event % 3 = 0; delete from app.event where id % 3 = 0; update app.event set note = 'theirs' where id % 5 = 0;
      delete from app.bag where a % 2 = 0; insert into app.bag select 1, 'theirs';
      delete from app.member where id > 1000; update app.member set tag = 1 where id % 9 = 0;
      delete from app.tag where id > 1500 and id not in (select tag from app.member); insert into app.tag (id, name) overriding system value values (5000, 'tag 1601'), (5001, 'theirs');
      update app.parent set name = 'theirs ' || id where id % 4 = 0`,
    options: { jobs: 2, onConflict: "update", onConflictTables: { "app.log": "replace", "app.event": "skip", "app.echo": "skip" } },
    undone: true,
  },
  {
    title: "of everything into an empty database",
    source: `${SCHEMA}${MORE}${ROWS}${MORE_ROWS}
      create function app.refuse() returns event_trigger language plpgsql as $$begin raise 'not now'; end$$;
      create event trigger pgark_test_refuse on ddl_command_end when tag in ('CREATE INDEX', 'CREATE TABLE', 'DROP TABLE') execute function app.refuse();
      grant select on app.parent, app.sizes to public; revoke usage on sequence app.log_id_seq from current_user;
      create view app.names as select name from app.parent; select lo_from_bytea(4242, 'large')`,
    dumped: { jobs: 2, chunkBytes: 24 * 1024 },
    target: "",
    options: { jobs: 2 },
    undone: false,
  },
];

let folder: TemporaryFolder;
let killer: Victims;
beforeAll(async () => {
  folder = await temporaryFolder();
  killer = victims();
});
afterAll(async () => {
  await killer[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** What counts of a report: times do not. */
function accounts({ tables }: RestoreReport): readonly object[] {
  return tables.map(({ seconds: _seconds, ...account }) => account);
}

interface Outcome {
  readonly state: object;
  readonly rejects: readonly string[];
  readonly sequences: readonly object[];
}

async function outcomeOf(target: TestDatabase, rejectsFile: string): Promise<Outcome> {
  const rejects = await readFile(rejectsFile, "utf8").catch(() => "");
  const sequences = await target.query("select schemaname, sequencename, last_value from pg_sequences order by 1, 2");
  return { state: await stateOf(target), rejects: rejects.split("\n").sort(), sequences };
}

/** The same sequence of numbers from 0 to 1 for a seed. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each(SCENARIOS)("a restore $title", ({ title, source: sourceSql, dumped, target: targetSql, options, undone }) => {
  it(`that is killed anywhere ends, resumed, as if nobody had disturbed it (seed ${SEED})`, { timeout: MATRIX ? 3_600_000 : 400_000 }, async () => {
    const random = numbers(SEED);
    const archive = folder.file(`${title}.ark`);
    {
      await using source = await createDatabase(sourceSql);
      await dump(source.url, archive, dumped);
    }
    const rejectsFile = folder.file("rejects.jsonl");
    await rm(rejectsFile, { force: true });
    await using template = await createDatabase(targetSql);
    const template0 = targetSql === "" ? "template0" : `"${template.name}"`;
    await using other = await createDatabase();
    await other.query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1", [template.name]);

    const wanted = { ...options, rejectsFile };
    await using undisturbed = await createDatabase("", { template: template0 });
    const writes = await killer.restore({ archive, target: undisturbed.url, options: wanted, point: NEVER });
    const expected = await outcomeOf(undisturbed, rejectsFile);
    await using counted = await createDatabase("", { template: template0 });
    const expectedAccounts = accounts(await restore(archive, counted.url, wanted));
    expect(await outcomeOf(counted, rejectsFile)).toStrictEqual(expected);
    await using opened = await openArchive(archive);

    const step = MATRIX ? 1 : Math.ceil(opened.manifest.chunks.length / 2);
    const points: Point[] = opened.manifest.chunks.flatMap((_, index) => (index % step === 0 ? [{ at: "chunk" as const, nth: index + 1 }] : []));
    for (let at = 0; at < WRITES; at++) points.push({ at: "write", nth: 1 + Math.floor(((at + random()) * (writes ?? 0)) / WRITES), sent: random() < 0.5 });

    let resumed = 0;
    for (const [number, point] of points.entries()) {
      await rm(rejectsFile, { force: true });
      await using target = await createDatabase("", { template: template0 });
      const told: unknown[] = [point];
      const again = async (resume: boolean) => {
        const nth = 1 + Math.floor(random() * (writes ?? 0));
        const outcome = killer.restore({ archive, target: target.url, options: { ...wanted, resume }, point: { at: "write", nth, sent: random() < 0.5 } });
        // Nothing had begun, or all was done.
        told.push(nth, await outcome.catch((error: unknown) => refusal(error, resume ? "NOT_RESUMABLE" : "TARGET_NOT_EMPTY")));
      };
      const survived = await killer.restore({ archive, target: target.url, options: wanted, point });
      if (survived === null && number % 3 === 1) {
        // A resume that is killed as well.
        for (let times = 0; times < 2; times++) await again(true);
      }
      // Another restore that is killed: what is resumed then is that one, and finds rows of the first.
      const anew = survived === null && number % 5 === 2 && undone;
      if (anew) await again(false);
      const context = { seed: SEED, number, told };
      const report = await finish(archive, target, wanted, number % 7 === 3 && undone);
      if (report?.resumed === true) {
        resumed += 1;
        if (!anew) expect({ ...context, accounts: accounts(report) }).toStrictEqual({ ...context, accounts: expectedAccounts });
      }
      expect({ ...context, ...(await outcomeOf(target, rejectsFile)) }).toStrictEqual({ ...context, ...expected });
    }
    expect(resumed).toBeGreaterThan(points.length / 4);
  });
});

function refusal(error: unknown, code: string): string {
  if (!String(error).includes(`code: '${code}'`)) throw error;
  return code;
}

/** Goes on, or begins where nothing had begun. Null where nothing was left to do. */
async function finish(archive: string, target: TestDatabase, options: RestoreOptions, plainly: boolean): Promise<RestoreReport | null> {
  if (!plainly) {
    try {
      return await restore(archive, target.url, { ...options, resume: true });
    } catch (error) {
      // Nothing was begun, all was done, or a plain restore after it is undoing it.
      expect(error).toMatchObject({ code: "NOT_RESUMABLE" });
    }
  }
  try {
    return await restore(archive, target.url, options);
  } catch (error) {
    // It was done: a plain restore meets its rows or tables.
    expect(error).toMatchObject({ code: "TARGET_NOT_EMPTY" });
    return null;
  }
}
