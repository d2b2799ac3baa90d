/** Archives of a newer major for an older server: what it cannot have is told before the first write, and nothing else is. */
import { createReadStream } from "node:fs";
import { describe, expect, it } from "vitest";
import { dump, planRestore, restore, tableDigests } from "../../src/index.ts";
import { corpusFiles, readCorpus, requirement, rolesOf } from "../helpers/corpus.ts";
import { createDatabase, testServers } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";

const majors = Object.keys(testServers()).map(Number);
const pairs = majors.flatMap((from) => majors.filter((to) => to < from).map((to) => [from, to] as const));
const wanted = pairs.filter(([from, to]) => process.env["PGARK_TEST_MATRIX"] === "1" || (from === 17 && to === 15));

/** Its values are what an older server cannot have, and a plan does not read them. */
const OF_VALUES = "table--infinite-intervals.sql";

describe.each(wanted)("from PostgreSQL %d to %d", (from, to) => {
  it.concurrent.each(corpusFiles.filter((file) => requirement(file) > to && requirement(file) <= from && file !== OF_VALUES))("%s: what is refused cannot be, and the rest is not refused", async (file) => {
    await using folder = await temporaryFolder();
    const archive = `${folder.path}/a.ark`;
    await using source = await createDatabase(readCorpus(file), { major: `${from}` });
    await using target = await createDatabase(rolesOf(file), { major: `${to}` });
    await dump(source.url, archive);

    const plan = await planRestore(archive, target.url, { forecast: false });
    const refused = plan.warnings.filter(({ code }) => code === "IMPOSSIBLE_FOR_MAJOR").map(({ object }) => object);
    if (refused.length > 0) {
      await expect(restore(archive, target.url)).rejects.toMatchObject({ code: "TARGET_LACKS" });
      expect(await target.query("select relname from pg_class where oid >= 16384")).toStrictEqual([]);
    } else expect(plan.refusals).toStrictEqual([]);

    const { failures } = await restore(archive, target.url, { continueOnError: true });
    expect([...new Set(refused)].filter((object) => !failures.some((failure) => failure.object === object))).toStrictEqual([]);
    // What else fails does so because something refused is not there.
    expect(failures.filter(({ object, message }) => !refused.includes(object) && (refused.length === 0 || !message.includes("does not exist")))).toStrictEqual([]);
    if (failures.length === 0) expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
  });
});

const [newer, older] = pairs.find(([from, to]) => from >= 17 && to < 16) ?? [];
describe.runIf(newer !== undefined)("an archive of a newer major", () => {
  const SQL = `
    create schema app; create table app.t (id int primary key, x jsonb); insert into app.t values (1, '{}');
    comment on table app.t is 'kept'; grant select on app.t to public;
    create view app.v as select to_bin(id) as bits from app.t; comment on view app.v is 'gone with it';
    create function app.f() returns event_trigger language plpgsql as 'begin end'; create event trigger pgark_other_major on login execute function app.f();`;

  it("is refused with every object and reason in one message, and the target stays as it was", async () => {
    await using folder = await temporaryFolder();
    const archive = `${folder.path}/a.ark`;
    await using source = await createDatabase(SQL, { major: `${newer}` });
    await using target = await createDatabase("", { major: `${older}` });
    await dump(source.url, archive);
    const message = `the archive is of PostgreSQL ${newer}, and PostgreSQL ${older} cannot have function to_bin (since 17): VIEW app.v; event triggers on login (since 17): EVENT TRIGGER pgark_other_major`;
    await expect(restore(archive, target.url)).rejects.toMatchObject({ code: "TARGET_LACKS", message });
    expect(await target.query("select nspname from pg_namespace where nspname = 'app'")).toStrictEqual([]);
  });

  it("is restored where what cannot be is not selected, with comments and privileges", async () => {
    await using folder = await temporaryFolder();
    const archive = `${folder.path}/a.ark`;
    await using source = await createDatabase(SQL, { major: `${newer}` });
    await using target = await createDatabase("create schema app", { major: `${older}` });
    await dump(source.url, archive);
    const report = await restore(archive, target.url, { tables: ["app.t"] });
    expect(report.warnings.filter(({ code }) => code.endsWith("_FOR_MAJOR"))).toStrictEqual([]);
    expect(await target.query("select obj_description('app.t'::regclass) as comment, has_table_privilege('pg_monitor', 'app.t', 'select') as granted, (select count(*)::int from app.t) as rows")).toStrictEqual([{ comment: "kept", granted: true, rows: 1 }]);
  });

  it("goes into a server of its own major without a word", async () => {
    await using folder = await temporaryFolder();
    const archive = `${folder.path}/a.ark`;
    await using source = await createDatabase(SQL, { major: `${newer}` });
    await using target = await createDatabase("", { major: `${newer}` });
    await dump(source.url, archive);
    expect((await restore(archive, target.url)).warnings).toStrictEqual([]);
  });
});

describe.runIf(newer !== undefined)("infinite intervals in binary rows, which an older server takes for many years,", () => {
  it.each(["file", "pipe"])("end the restore from a %s, named by table; finite ones pass", async (way) => {
    await using folder = await temporaryFolder();
    await using finite = await createDatabase("create table f (a interval, b bytea); insert into f select '1 year 3 days', decode(repeat('7f', 40), 'hex') from generate_series(1, 9)", { major: `${newer}` });
    for (const [value, where] of [["'infinity', null", "first"], ["'-infinity', null", "negative"], ["null, '{1 day,-infinity}'", "in an array"], ["'1 day', null", "nowhere"]] as const) {
      const path = `${folder.path}/${where}.ark`;
      await using source = await createDatabase(`create table t (a interval, b interval[]); insert into t select '1 day', '{3 days}' from generate_series(1, 5000); insert into t values (${value})`, { major: `${newer}` });
      await using target = await createDatabase("", { major: `${older}` });
      await dump(source.url, path);
      const restored = restore(way === "file" ? path : createReadStream(path), target.url);
      if (where === "nowhere") expect((await restored).tables.map(({ inserted }) => inserted)).toStrictEqual([5001]);
      else await expect(restored).rejects.toMatchObject({ code: "TARGET_LACKS", object: "public.t", message: "public.t holds an infinite interval, and PostgreSQL has them since 17" });
    }
    const path = `${folder.path}/finite.ark`;
    await using target = await createDatabase("", { major: `${older}` });
    await dump(finite.url, path);
    await restore(path, target.url);
    expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(finite.url));
  });
});
