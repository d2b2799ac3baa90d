/** Sections, lists and storage when an archive is restored, and what a dump leaves out by itself. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dump, openArchive, type PgarkEvent, restore, type Section, tableDigests, type TocEntry } from "../src/index.ts";
import { createDatabase, type TestDatabase, testServers } from "./helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "./helpers/folder.ts";
import { program, schemaDump } from "./helpers/programs.ts";

const SQL = `
  create table a (id serial primary key, name text); create table b (id int primary key, a int references a); create index on b (a); comment on table b is 'b';
  create view v as select * from a; create materialized view m as select count(*) from b; create view w as select * from a; create policy p on a using (true);
  insert into a (name) select 'a' || g from generate_series(1, 10) g; insert into b select g, g from generate_series(1, 10) g; refresh materialized view m;`;

let source: TestDatabase;
let folder: TemporaryFolder;
let entries: readonly TocEntry[];
let path: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  source = await createDatabase(SQL);
  path = folder.file("whole.ark");
  await dump(source.url, path);
  await using archive = await openArchive(path);
  entries = archive.toc.entries;
});
afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe("sections", () => {
  it("one after the other make the whole, from one archive and from three", async () => {
    const sections: readonly Section[] = ["pre-data", "data", "post-data"];
    await using fromOne = await createDatabase();
    await using fromThree = await createDatabase();
    for (const section of sections) {
      await restore(path, fromOne.url, { sections: [section] });
      const part = folder.file(`${section}.ark`);
      await dump(source.url, part, { sections: [section] });
      await restore(part, fromThree.url);
    }
    for (const target of [fromOne, fromThree]) {
      expect(await schemaDump(target.url, "17")).toBe(await schemaDump(source.url, "17"));
      expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
      expect(await target.query("select * from m")).toStrictEqual([{ count: "10" }]);
    }
  });

  it("without rows or without post-data leave those out and nothing else", async () => {
    await using target = await createDatabase();
    const report = await restore(path, target.url, { sections: ["pre-data", "data"] });
    expect(report.tables.map(({ table, inserted }) => ({ table, inserted }))).toStrictEqual([{ table: "public.a", inserted: 10 }, { table: "public.b", inserted: 10 }]);
    const { stdout } = await promisify(execFile)(program("pg_dump", "17"), ["--section=pre-data", "-d", source.url]);
    expect(await schemaDump(target.url, "17").then(statements)).toStrictEqual(statements(stdout));
  });

  it.each([
    [{ sections: ["data", "post-data"] as const }, "rows of TABLE public.a are selected together with definitions, but not with its own"],
    [{ sections: ["pre-data"] as const, content: "data" as const }, "data-only leaves nothing of section pre-data"],
    [{ sections: ["data"] as const, content: "schema" as const }, "schema-only leaves nothing of section data"],
    [{ sections: ["pre-data", "post-data"] as const, onConflict: "skip" as const }, "a conflict policy is for rows, and section pre-data, post-data has none"],
  ])("%j is refused before anything is written", async (options, message) => {
    await using target = await createDatabase(SQL.replaceAll(/insert into [^;]*;/g, ""));
    await expect(restore(path, target.url, options)).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining(message) });
    expect((await tableDigests(target.url)).map(({ rows }) => Number(rows))).toStrictEqual([0, 0]);
  });
});

describe("a list", () => {
  const idOf = (address: string, kind: string): number => entries.find((entry) => entry.address === address && entry.kind === kind)?.id ?? Number.NaN;

  it("is restored in its order, and nothing that is not on it", async () => {
    await using target = await createDatabase();
    const made: string[] = [];
    const onEvent = (event: PgarkEvent) => void (event.type === "object" && event.action === "created" && made.push(event.name));
    const useList = [idOf("SEQUENCE public.a_id_seq", "sequence"), idOf("TABLE public.a", "table"), idOf("VIEW public.w", "view"), idOf("VIEW public.v", "view")];
    const report = await restore(path, target.url, { useList, onEvent });
    expect(made).toStrictEqual(["SEQUENCE public.a_id_seq", "TABLE public.a", "VIEW public.w", "VIEW public.v"]);
    expect(report.tables).toStrictEqual([]);
    expect(await target.query("select relname from pg_class where relnamespace = 'public'::regnamespace order by 1")).toStrictEqual([{ relname: "a" }, { relname: "a_id_seq" }, { relname: "v" }, { relname: "w" }]);
  });

  it("of everything is the archive, whatever its order in post-data and among the rows", async () => {
    await using target = await createDatabase();
    const preData = entries.filter(({ section }) => section === "pre-data");
    const others = entries.filter(({ section }) => section !== "pre-data").toReversed();
    await restore(path, target.url, { useList: [...preData, ...others].map(({ id }) => id) });
    expect(await schemaDump(target.url, "17")).toBe(await schemaDump(source.url, "17"));
    expect(await tableDigests(target.url)).toStrictEqual(await tableDigests(source.url));
  });

  it("of rows alone goes into tables that are there, and further patterns narrow it", async () => {
    await using target = await createDatabase(SQL.replaceAll(/insert into [^;]*;/g, ""));
    const useList = [idOf("TABLE public.b", "table-data"), idOf("TABLE public.a", "table-data")];
    const report = await restore(path, target.url, { useList, excludeTables: ["b"] });
    expect(report.tables.map(({ table, inserted }) => ({ table, inserted }))).toStrictEqual([{ table: "public.a", inserted: 10 }]);
  });

  it.each([
    [[1_000_000], "the list has entry 1000000, and the archive has none of that number"],
    [[1, 1], "the list has entry 1 twice"],
  ])("%j is refused", async (useList, message) => {
    await using target = await createDatabase();
    await expect(restore(path, target.url, { useList })).rejects.toMatchObject({ code: "USAGE", message });
  });

  it("must be the same one when a restore is resumed", async () => {
    const { fingerprintOf } = await import("../src/restore/fingerprint.ts");
    const { resolveRestoreOptions } = await import("../src/options.ts");
    const prints = [{}, { useList: [1, 2] }, { useList: [2, 1] }, { noComments: true }, { sections: ["data" as const] }, { extensions: ["x"] }].map((options) => fingerprintOf(resolveRestoreOptions(options)));
    expect(new Set(prints).size).toBe(prints.length);
  });
});

it("leaves out tablespaces and access methods where asked, at the dump or at the restore", async () => {
  const tablespace = `pgark_t_${source.name.slice(-8)}`;
  await source.query("set allow_in_place_tablespaces = on");
  await source.query(`create tablespace ${tablespace} location ''`);
  try {
    await using placed = await createDatabase(`
      create access method other type table handler heap_tableam_handler;
      create table t (id int primary key using index tablespace ${tablespace}) using other tablespace ${tablespace}; create index t_id on t (id) tablespace ${tablespace};
      create table p (id int) partition by range (id); create materialized view m using other tablespace ${tablespace} as select 1 as one;`);
    const PLACES = `
      select c.relname as name, s.spcname as tablespace, m.amname as method from pg_class c left join pg_tablespace s on s.oid = c.reltablespace left join pg_am m on m.oid = c.relam
      where c.relnamespace = 'public'::regnamespace order by 1`;
    const there = (tablespace: string | null, method: string) => [
      { name: "m", tablespace, method },
      { name: "p", tablespace: null, method: null },
      { name: "t", tablespace, method },
      { name: "t_id", tablespace, method: "btree" },
      { name: "t_pkey", tablespace, method: "btree" },
    ];
    const everywhere = { noTablespaces: true, noTableAccessMethod: true };
    for (const [atDump, atRestore, expected] of [
      [{}, {}, there(tablespace, "other")],
      [everywhere, {}, there(null, "heap")],
      [{}, everywhere, there(null, "heap")],
      [{ noTablespaces: true }, {}, there(null, "other")],
      [{}, { noTableAccessMethod: true }, there(tablespace, "heap")],
    ] as const) {
      await using target = await createDatabase();
      const file = folder.file(`placed-${JSON.stringify([atDump, atRestore])}.ark`);
      await dump(placed.url, file, atDump);
      await restore(file, target.url, atRestore);
      expect(await target.query(PLACES)).toStrictEqual(expected);
    }
  } finally {
    await source.query(`drop tablespace ${tablespace}`);
  }
});

it.skipIf(testServers()["17"] === undefined)("leaves out the access method that a partitioned table has for its partitions", async () => {
  await using placed = await createDatabase("create access method other type table handler heap_tableam_handler; create table p (id int) partition by range (id) using other;");
  const [file, METHOD] = [folder.file("partitioned.ark"), "select m.amname as method from pg_class c left join pg_am m on m.oid = c.relam where c.relname = 'p'"];
  await dump(placed.url, file);
  for (const [noTableAccessMethod, method] of [[false, "other"], [true, null]] as const) {
    await using target = await createDatabase();
    await restore(file, target.url, { noTableAccessMethod });
    expect(await target.query(METHOD)).toStrictEqual([{ method }]);
  }
});

describe("the journal of a restore", () => {
  it("is left out of a dump, whatever its patterns fit, and said", async () => {
    await using target = await createDatabase(`
      create function refuse() returns event_trigger language plpgsql as 'begin raise ''no indexes today''; end';
      create event trigger refuse on ddl_command_start when tag in ('CREATE INDEX') execute function refuse();`);
    await expect(restore(path, target.url)).rejects.toMatchObject({ code: "SQL_FAILED", message: expect.stringContaining("no indexes today") });
    expect(await target.query("select count(*) > 0 as there from pg_class where relnamespace = 'pgark'::regnamespace")).toStrictEqual([{ there: true }]);
    for (const [name, flags] of Object.entries({ all: {}, table: { tables: ["*.*"] } })) {
      const { tables, warnings } = await dump(target.url, folder.file(`journal-${name}.ark`), flags);
      await using archive = await openArchive(folder.file(`journal-${name}.ark`));
      expect(archive.toc.entries.filter(({ kind, schema, address }) => schema === "pgark" || (kind !== "database" && address.includes("pgark")))).toStrictEqual([]);
      expect(tables.map(({ table, rows }) => ({ table, rows }))).toStrictEqual([{ table: "public.a", rows: 10 }, { table: "public.b", rows: 10 }]);
      expect(warnings.map(({ code, object }) => ({ code, object }))).toStrictEqual([{ code: "RESTORE_UNDER_WAY", object: "schema pgark" }]);
    }
  });

  it("is not every schema of that name", async () => {
    await using other = await createDatabase("create schema pgark; create table pgark.run (id int);");
    const { tables, warnings } = await dump(other.url, folder.file("namesake.ark"));
    expect({ tables: tables.map(({ table }) => table), warnings }).toStrictEqual({ tables: ["pgark.run"], warnings: [] });
  });
});

/** The statements of a script, without what pg_dump says in them of itself. */
function statements(script: string): readonly string[] {
  const lines = script.split("\n").filter((line) => !/^(--|\\|$)/.test(line));
  return lines.join("\n").split(/;\n/).filter((statement) => !/^SET default_|^COPY |^SELECT pg_catalog\.setval/.test(statement)).sort();
}
