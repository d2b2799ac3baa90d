import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CheckedReference, checkPair, dump, isWhole, openArchive, type SoftReference, type SourceFacts } from "../src/index.ts";
import { createProject, pgark } from "./cli/run.ts";
import { createDatabase, type TestDatabase } from "./helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "./helpers/folder.ts";

const RULES = `
  create table rules (id int primary key, code text unique, uid uuid not null, made text generated always as ('r' || code) stored, tags text[]);
  insert into rules (id, code, uid, tags) select g, case when g % 10 > 0 then 'code ' || g end, md5(g::text)::uuid, '{a}' from generate_series(1, 5000) g;
  create schema "Sch ema"; create table "Sch ema"."Ta""ble" ("Co lumn" text); insert into "Sch ema"."Ta""ble" values ('x'), (null), (E'tab\\there');
  create table hidden (id int); insert into hidden values (1);`;
// Of each column some values dangle, some repeat and some are NULL.
const MEMORY = `
  create table links (a int, b text, rule_id bigint, rule_code varchar(40), rule_uid uuid, note text, "N o" text, primary key (b, a));
  insert into links select g, 'b' || g % 3, case when g % 7 > 0 then g % 5200 end, 'code ' || g % 5100, md5((g % 5003)::text)::uuid, null,
    case g % 4 when 0 then 'x' when 1 then E'tab\\there' when 2 then 'X' end from generate_series(1, 12000) g;
  create table parts (id int primary key, rule_id int) partition by range (id);
  create table parts_1 partition of parts for values from (0) to (100); create table parts_2 partition of parts for values from (100) to (200);
  insert into parts values (1, 1), (2, 6000), (150, null), (151, 6000), (152, 6001);
  create table bare (rule_id int); insert into bare values (1), (7777), (2), (7777);`;

let folder: TemporaryFolder;
let rules: TestDatabase;
let memory: TestDatabase;
/** Both databases' tables side by side: here SQL can say what dangles. */
let both: TestDatabase;
let sources: Readonly<Record<"rules" | "memory", SourceFacts>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  [rules, memory, both] = await Promise.all([createDatabase(RULES), createDatabase(MEMORY), createDatabase(RULES + MEMORY)]);
  const first = await dump(rules.url, folder.file("rules.ark"), { excludeTableData: ["hidden"], chunkBytes: 50_000 });
  const second = await dump(memory.url, folder.file("memory.ark"));
  await dump(memory.url, folder.file("memory-data.ark"), { content: "data", textOnly: true, chunkBytes: 100_000 });
  sources = { rules: first.manifest.source, memory: second.manifest.source };
});
afterAll(async () => {
  await Promise.all([rules, memory, both].map((database) => database[Symbol.asyncDispose]()));
  await folder[Symbol.asyncDispose]();
});

function byValue(found: readonly { readonly value: string; readonly rows: number }[]): readonly object[] {
  return found.toSorted((a, b) => (a.value < b.value ? -1 : 1));
}

/** `links.rule_id`, in the schema public unless there are two dots, as a reference from memory to rules. */
function reference(from: string, to: string): SoftReference {
  const address = (database: string, text: string) => {
    const [column = "", table = "", schema = "public"] = text.split(".").toReversed();
    return { database, schema, table, column };
  };
  return { from: address(memory.name, from), to: address(rules.name, to) };
}

const PAIRS: readonly (readonly [string, string, string, string])[] = [
  ["links.rule_id", "rules.id", "links.rule_id", "rules.id"],
  ["links.rule_code", "rules.code", "links.rule_code", "rules.code"],
  ["links.rule_uid", "rules.uid", "links.rule_uid", "rules.uid"],
  ["links.note", "rules.code", "links.note", "rules.code"],
  ["links.N o", 'Sch ema.Ta"ble.Co lumn', 'links."N o"', '"Sch ema"."Ta""ble"."Co lumn"'],
  ["parts.rule_id", "rules.id", "parts.rule_id", "rules.id"],
];

// An archive of rows alone knows partitions, not what they are parts of.
describe.each([["memory.ark", PAIRS], ["memory-data.ark", PAIRS.filter(([from]) => from !== "parts.rule_id")]] as const)("from %s", (name, pairs) => {
  it.each(pairs)("counts of %s -> %s what SQL counts where both are in one database", async (from, to, fromSql, toSql) => {
    const [column = "", fromTable = ""] = [fromSql.split(".").at(-1), fromSql.split(".").slice(0, -1).join(".")];
    const [toColumn = "", toTable = ""] = [toSql.split(".").at(-1), toSql.split(".").slice(0, -1).join(".")];
    const [expected] = await both.query<object>(`
      with f as (select ${column}::text as v from ${fromTable}), t as (select ${toColumn}::text as v from ${toTable}),
        d as (select v from f where v is not null and not exists (select from t where t.v = f.v))
      select (select count(*)::int from f) as rows, (select count(*)::int from f where v is null) as nulls, (select count(distinct v)::int from f) as distinct,
        (select count(*)::int from t) as "referencedRows", (select count(distinct v)::int from t) as "referencedDistinct",
        (select count(*)::int from d) as "danglingRows", (select count(distinct v)::int from d) as "danglingDistinct"`);
    const listed = await both.query<{ value: string; rows: number }>(`
      select f.${column}::text as value, count(*)::int as rows from ${fromTable} f
      where f.${column} is not null and not exists (select from ${toTable} t where t.${toColumn}::text = f.${column}::text) group by 1`);
    const { references } = await checkPair([folder.file("rules.ark"), folder.file(name)], [reference(from, to)], { most: 1_000_000 });
    const { from: _from, to: _to, checked, dangling, ...counts } = references[0] as CheckedReference;
    expect({ checked, ...counts }).toStrictEqual({ checked: true, ...expected });
    expect(byValue(dangling.map(({ value, rows }) => ({ value, rows })))).toStrictEqual(byValue(listed));
  });
});

it("reports archives, snapshots and the first dangling values with the keys of their rows", async () => {
  const report = await checkPair([folder.file("memory.ark"), folder.file("rules.ark")], [reference("links.N o", 'Sch ema.Ta"ble.Co lumn'), reference("bare.rule_id", "rules.id"), reference("parts.rule_id", "rules.id")], { most: 1 });
  const facts = (source: SourceFacts) => ({ sourceDatabase: source.database, snapshotAt: source.snapshotAt, walLsn: source.walLsn, systemIdentifier: source.systemIdentifier });
  const distance = (Date.parse(String(sources.memory.snapshotAt)) - Date.parse(String(sources.rules.snapshotAt))) / 1000;
  const [wal] = await both.query<{ bytes: number }>(`select pg_wal_lsn_diff('${sources.memory.walLsn}', '${sources.rules.walLsn}')::int as bytes`);
  const ends = (from: string, to: string) => ({ from: `${memory.name}.public.${from}`, to: `${rules.name}.${to}`, checked: true });
  expect(report).toStrictEqual({
    archives: [
      { path: folder.file("memory.ark"), database: memory.name, matchedBy: "name", ...facts(sources.memory) },
      { path: folder.file("rules.ark"), database: rules.name, matchedBy: "name", ...facts(sources.rules) },
    ],
    snapshots: { sameServer: true, secondsApart: distance, lsnOrderKnown: true, walBytesApart: wal?.bytes },
    references: [
      {
        ...ends("links.N o", 'Sch ema.Ta"ble.Co lumn'),
        rows: 12_000, nulls: 3000, distinct: 3, referencedRows: 3, referencedDistinct: 2, danglingRows: 3000, danglingDistinct: 1,
        dangling: [{ value: "X", rows: 3000, row: 2, key: [{ column: "b", value: "b2" }, { column: "a", value: "2" }] }],
      },
      {
        ...ends("bare.rule_id", "public.rules.id"),
        rows: 4, nulls: 0, distinct: 3, referencedRows: 5000, referencedDistinct: 5000, danglingRows: 2, danglingDistinct: 1,
        dangling: [{ value: "7777", rows: 2, row: 2, key: null }],
      },
      {
        ...ends("parts.rule_id", "public.rules.id"),
        rows: 5, nulls: 1, distinct: 3, referencedRows: 5000, referencedDistinct: 5000, danglingRows: 3, danglingDistinct: 2,
        dangling: [{ value: "6000", rows: 2, row: 2, key: [{ column: "id", value: "2" }] }],
      },
    ],
  });
  expect(isWhole(report)).toBe(false);
});

it.each([
  ["nowhere.id", "rules.id", "has no table public.nowhere"],
  ["links.nothing", "rules.id", "the table public.links has no column nothing"],
  ["links.rule_code", "rules.made", "the column made of public.rules is generated"],
  ["links.rule_id", "hidden.id", "has no rows of the table public.hidden"],
  ["links.rule_code", "rules.tags", "character varying(40) and text[] cannot be compared"],
])("%s -> %s is a finding, not a crash, and does not pass for whole", async (from, to, problem) => {
  const report = await checkPair([folder.file("rules.ark"), folder.file("memory.ark")], [reference(from, to)]);
  expect(report.references).toStrictEqual([{ from: expect.any(String), to: expect.any(String), checked: false, problem: expect.stringContaining(problem) }]);
  expect(isWhole(report)).toBe(false);
});

describe("an archive stands for a database", () => {
  const named = (from: string, to: string): SoftReference => ({ from: { ...reference("parts_1.rule_id", "rules.id").from, database: from }, to: { ...reference("parts_1.rule_id", "rules.id").to, database: to } });
  const matches = async (archives: readonly string[], softReference: SoftReference, options: Parameters<typeof checkPair>[2]) => {
    const { archives: paired, references } = await checkPair(archives.map((name) => folder.file(name)), [softReference], options);
    return { paired: paired.map(({ database, matchedBy }) => `${database} ${matchedBy}`), rows: references.map((one) => (one.checked ? one.danglingRows : one.problem)) };
  };

  it("by the caller's mapping, whatever it is called", async () => {
    const mapping = { r: folder.file("rules.ark"), m: folder.file("memory.ark") };
    expect(await matches([], named("m", "r"), { mapping })).toStrictEqual({ paired: ["r mapping", "m mapping"], rows: [1] });
  });

  it("else in the order of the configuration", async () => {
    expect(await matches(["rules.ark", "memory.ark"], named("m", "r"), { databases: ["other", "r", "m"] })).toStrictEqual({ paired: ["r order", "m order"], rows: [1] });
  });

  it("and never for another one when it bears the name of a third", async () => {
    expect(await matches(["rules.ark", "memory.ark"], named("m", "r"), { databases: ["r", "m", memory.name] })).toStrictEqual({ paired: ["r order", "null null"], rows: ["there is no archive of the database m"] });
  });

  it("and two cannot stand for one", async () => {
    await expect(checkPair(["memory.ark", "memory-data.ark"].map((name) => folder.file(name)), [reference("parts.rule_id", "rules.id")])).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("the command line", () => {
  it("backs up both with times and LSNs, then verifies the pair: 1 while something dangles, 0 when nothing does", async () => {
    await using project = await createProject();
    const config = { databases: { r: {}, m: {} }, softReferences: [{ from: "m.public.bare.rule_id", to: "r.public.rules.id" }, { from: "m.public.parts.rule_id", to: "r.public.rules.id" }] };
    await writeFile(join(project.folder, "pgark.config.ts"), `export default ${JSON.stringify(config)};\n`);
    const run = (...words: string[]) => pgark(words, { cwd: project.folder, env: { R_URL: rules.url, M_URL: memory.url } });

    const [backup, text] = [await run("backup", "--all", "--json"), await run("backup", "--all", "-o", `${project.folder}/again/`)];
    const { archives, snapshots } = (JSON.parse(backup.stdout.trimEnd().split("\n").at(-1) ?? "") as { result: { archives: readonly { path: string; snapshotAt: string; walLsn: string; systemIdentifier: string }[]; snapshots: object } }).result;
    expect(text.stdout.trimEnd().split("\n").at(-1)).toMatch(/^snapshots \d+\.\d s apart$/);
    const told = [];
    for (const { path, snapshotAt, walLsn, systemIdentifier } of archives) {
      await using archive = await openArchive(path);
      const { source } = archive.manifest;
      told.push({ snapshotAt, walLsn, systemIdentifier });
      expect({ snapshotAt, walLsn, systemIdentifier }).toStrictEqual({ snapshotAt: source.snapshotAt, walLsn: source.walLsn, systemIdentifier: source.systemIdentifier });
      expect([walLsn, systemIdentifier].map((one) => typeof one)).toStrictEqual(["string", "string"]);
    }
    expect(snapshots).toMatchObject({ sameServer: true, lsnOrderKnown: true, secondsApart: Math.abs(Date.parse(told[0]?.snapshotAt ?? "") - Date.parse(told[1]?.snapshotAt ?? "")) / 1000 });

    const dangling = await run("verify", "--pair", "backups/r-latest.ark", "backups/m-latest.ark");
    expect({ exitCode: dangling.exitCode, stderr: dangling.stderr, lines: dangling.stdout.split("\n").filter((line) => !/^backups\/|^\/|^snapshots/.test(line)) }).toStrictEqual({
      exitCode: 1,
      stderr: "error: 2 references dangle: m.public.bare.rule_id, m.public.parts.rule_id\n",
      lines: [
        "m.public.bare.rule_id -> r.public.rules.id: 4 rows, 3 values, 0 NULLs: 2 rows with 1 value DANGLING",
        "  7777 (row 2, and 1 more row)",
        "m.public.parts.rule_id -> r.public.rules.id: 5 rows, 3 values, 1 NULL: 3 rows with 2 values DANGLING",
        "  6000 (id 2, and 1 more row)",
        "  6001 (id 152)",
        "",
      ],
    });

    await writeFile(join(project.folder, "pgark.config.ts"), `export default ${JSON.stringify({ ...config, softReferences: [{ from: "m.public.parts.id", to: "r.public.rules.id" }] })};\n`);
    const whole = await run("verify", "--pair", "backups/r-latest.ark", "backups/m-latest.ark", "--json");
    const result = JSON.parse(whole.stdout.trimEnd().split("\n").at(-1) ?? "") as { exit_code: number; result: { archives: readonly { ok: boolean }[]; pair: { references: readonly { danglingRows: number }[] } } };
    expect([whole.exitCode, result.result.archives.map(({ ok }) => ok), result.result.pair.references.map(({ danglingRows }) => danglingRows)]).toStrictEqual([0, [true, true], [0]]);
    expect((await run("verify", "--pair", "backups/r-latest.ark")).exitCode).toBe(2);
  });
});
