/** Every option of a selection in a database of many kinds: pg_dump is the oracle, by kind, schema and name of what it dumps. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dump, isPgarkError, openArchive, type SelectionOptions, type TocEntry } from "../src/index.ts";
import { createSelection } from "../src/selection.ts";
import { createDatabase, type TestDatabase, testServers } from "./helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "./helpers/folder.ts";
import { program } from "./helpers/programs.ts";

/** pg_dump 18 alone knows --no-policies. 17 is the oracle for everything else: 18 adds tables to publications that it leaves out itself. */
const HAS_18 = testServers()["18"] !== undefined;

const SQL = `
  create schema app; create schema other; comment on schema app is 'the app';
  create extension hstore; create extension citext with schema app; comment on extension hstore is 'pairs, ours';
  create type app.mood as enum ('a'); create domain price as numeric check (value > 0); create type app.pair as (a int, b int);
  create function app.f(int) returns int language sql as 'select $1'; create function app.touch() returns trigger language plpgsql as 'begin return new; end'; comment on function app.f(int) is 'f';
  create aggregate total (int) (sfunc = int4pl, stype = int); create operator === (leftarg = int, rightarg = int, function = int4eq);
  create cast (app.pair as text) with inout; create collation app.german from "C"; create conversion app.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
  create text search configuration app.english (copy = pg_catalog.english);
  create table users (id serial primary key, name text check (name <> ''), mood app.mood); create index users_name on users (name); comment on table users is 'people'; comment on column users.name is 'name';
  create statistics users_statistics on id, name from users; create rule quiet as on delete to users do instead nothing; create trigger touch before insert on users for each row execute function app.touch();
  alter table users enable row level security; create policy own on users using (true); comment on policy own on users is 'own'; grant select on users to public;
  create table app.posts (id int primary key, author int references users, at date default now()); create view app.recent as select * from app.posts; comment on view app.recent is 'recent';
  create table logs (id int generated always as identity, at date not null) partition by range (at); create index logs_at on logs (at);
  create table logs_1 partition of logs for values from ('2020-01-01') to ('2021-01-01'); create table app.logs_2 partition of logs default; create table other.logs_3 (id int not null, at date not null) partition by list (id);
  create table other.logs_3a partition of other.logs_3 for values in (1); alter table logs attach partition other.logs_3 for values from ('2022-01-01') to ('2023-01-01');
  create table base (a int); create table heir (b serial) inherits (base); create table app.heirs_heir () inherits (heir); create sequence free;
  create materialized view counts as select count(*) from users; create index counts_count on counts (count);
  create foreign data wrapper w; create server s foreign data wrapper w; create user mapping for public server s; create foreign table far (id int) server s;
  create publication pub for table users, app.posts, tables in schema other; comment on publication pub is 'pub'; create subscription sub connection 'host=nowhere dbname=x' publication pub with (connect = false, slot_name = none); comment on subscription sub is 'sub';
  create function et() returns event_trigger language plpgsql as 'begin end'; create event trigger et on ddl_command_end when tag in ('COMMENT') execute function et();
  alter default privileges in schema app grant select on tables to public; alter default privileges grant execute on functions to pg_monitor;
  select lo_create(4711); insert into users (name) values ('x'); insert into logs (at) values ('2020-02-02'), ('2024-01-01'); insert into heir values (1);`;

let database: TestDatabase;
let folder: TemporaryFolder;
let whole: readonly TocEntry[];
beforeAll(async () => {
  folder = await temporaryFolder();
  database = await createDatabase(SQL);
  await dump(database.url, folder.file("whole.ark"));
  await using archive = await openArchive(folder.file("whole.ark"));
  whole = archive.toc.entries;
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const FLAGS: readonly SelectionOptions[] = [
  {},
  ...["hstore", "citext", "*", "nothing", "plpgsql"].flatMap((pattern) => [{ extensions: [pattern] }, { excludeExtensions: [pattern] }]),
  { extensions: ["hstore"], schemas: ["app"] },
  { extensions: ["c*"], tables: ["users"] },
  { extensions: ["*"], excludeExtensions: ["citext"], schemas: ["other"] },
  { schemas: ["app"], strictNames: true },
  { schemas: ["app", "nothing"] },
  { schemas: ["app", "nothing"], strictNames: true },
  { tables: ["users", "nothing"] },
  { tables: ["users", "nothing"], strictNames: true },
  { extensions: ["hstore", "nothing"], strictNames: true },
  { excludeSchemas: ["app"] },
  ...["logs", "base", "heir", "other.logs_3", "users", "nothing", "app.*"].flatMap((table) => [{ tablesAndChildren: [table] }, { excludeTablesAndChildren: [table] }, { excludeTableDataAndChildren: [table] }, { excludeTableData: [table] }]),
  { tablesAndChildren: ["logs"], excludeTables: ["logs_1"] },
  { tables: ["users"], tablesAndChildren: ["base"], excludeTablesAndChildren: ["heir"] },
  { sections: ["pre-data"] },
  { sections: ["data"] },
  { sections: ["post-data"] },
  { sections: ["post-data", "pre-data"] },
  { sections: ["post-data"], schemas: ["app"] },
  { sections: ["data"], tablesAndChildren: ["logs"] },
  { noComments: true },
  { noPublications: true },
  { noSubscriptions: true },
  { noSecurityLabels: true },
  { noComments: true, noSubscriptions: true, schemas: ["public"] },
  ...(HAS_18 ? [{ noPolicies: true }, { noPolicies: true, noComments: true, tables: ["users"] }] : []),
];

it.concurrent.each(FLAGS.map((flags, index) => [JSON.stringify(flags), flags, index] as const))("%s selects what pg_dump selects, and the same from a whole archive", async (_, flags, index) => {
  const theirs = await selectedByPgDump(flags);
  expect(await orNoMatch(() => selectedByUs(flags, folder.file(`${index}.ark`)))).toStrictEqual(theirs);
  // No name of these patterns is in a schema that is not on the search path too.
  expect(await orNoMatch(() => Promise.resolve(sorted(createSelection(flags, "all").entries(whole).flatMap((entry) => subjectOf(entry, flags)))))).toStrictEqual(theirs);
});

it("takes extended statistics along with a table that is named; pg_dump leaves them behind", async () => {
  const file = folder.file("statistics.ark");
  await dump(database.url, file, { tables: ["users"] });
  await using archive = await openArchive(file);
  expect(archive.toc.entries.filter(({ kind }) => kind === "statistics").map(({ address }) => address)).toStrictEqual(["STATISTICS public.users_statistics"]);
});

it("warns of a pattern that fits nothing where another one does, in the report and in the manifest", async () => {
  const { warnings, manifest } = await dump(database.url, folder.file("warned.ark"), { tables: ["users", "nothing", "app.nothing"], excludeTables: ["nobody"] });
  const told = ["nothing", "app.nothing"].map((text) => ({ code: "PATTERN_UNMATCHED", object: text, message: `no object matches ${text}; with strict names this would be an error` }));
  expect(warnings.filter(({ code }) => code === "PATTERN_UNMATCHED")).toStrictEqual(told);
  expect(manifest.warnings.filter(({ code }) => code === "PATTERN_UNMATCHED")).toStrictEqual(told);
});

const TYPES: Readonly<Record<string, string>> = {
  schema: "SCHEMA", extension: "EXTENSION", enum: "TYPE", composite: "TYPE", domain: "DOMAIN", function: "FUNCTION", aggregate: "AGGREGATE", operator: "OPERATOR", cast: "CAST", collation: "COLLATION", conversion: "CONVERSION",
  "text-search-configuration": "TEXT SEARCH CONFIGURATION", table: "TABLE", view: "VIEW", "materialized-view": "MATERIALIZED VIEW", sequence: "SEQUENCE", identity: "SEQUENCE", "sequence-owner": "SEQUENCE OWNED BY",
  "table-attach": "TABLE ATTACH", default: "DEFAULT", constraint: "CONSTRAINT", "foreign-key": "FK CONSTRAINT", index: "INDEX", "index-attach": "INDEX ATTACH", statistics: "STATISTICS", rule: "RULE", trigger: "TRIGGER",
  policy: "POLICY", "row-security": "ROW SECURITY", "foreign-data-wrapper": "FOREIGN DATA WRAPPER", server: "SERVER", "user-mapping": "USER MAPPING", "foreign-table": "FOREIGN TABLE",
  publication: "PUBLICATION", "publication-table": "PUBLICATION TABLE", "publication-schema": "PUBLICATION TABLES IN SCHEMA", subscription: "SUBSCRIPTION", "event-trigger": "EVENT TRIGGER", "default-privileges": "DEFAULT ACL",
  "large-object": "BLOB METADATA", "large-object-data": "BLOBS", "table-data": "TABLE DATA", "sequence-value": "SEQUENCE SET", refresh: "MATERIALIZED VIEW DATA", comment: "COMMENT", privileges: "ACL",
};

async function selectedByUs(flags: SelectionOptions, path: string): Promise<readonly string[]> {
  await dump(database.url, path, { ...flags, jobs: 1, verify: false });
  await using archive = await openArchive(path);
  return sorted(archive.toc.entries.flatMap((entry) => subjectOf(entry, flags)));
}

async function orNoMatch(select: () => Promise<readonly string[]>): Promise<readonly string[] | "no match"> {
  try {
    return await select();
  } catch (error) {
    if (isPgarkError(error, "NOTHING_MATCHED")) return "no match";
    throw error;
  }
}

function subjectOf({ kind, schema, name, create, data, address }: TocEntry, { tables, tablesAndChildren }: SelectionOptions): readonly string[] {
  // Schema public is in every database: what has no statement is not made.
  if (create.length === 0 && data === null) return [];
  if (kind === "statistics" && (tables ?? tablesAndChildren) !== undefined) return [];
  return [subject(TYPES[kind] ?? kind, address.startsWith("EXTENSION") ? null : schema, name)];
}

async function selectedByPgDump(flags: SelectionOptions): Promise<readonly string[] | "no match"> {
  const lists = {
    schemas: "schema", tables: "table", tablesAndChildren: "table-and-children", extensions: "extension", excludeSchemas: "exclude-schema", excludeTables: "exclude-table", excludeTablesAndChildren: "exclude-table-and-children",
    excludeTableData: "exclude-table-data", excludeTableDataAndChildren: "exclude-table-data-and-children", excludeExtensions: "exclude-extension", sections: "section",
  } as const;
  const switches = { strictNames: "strict-names", noComments: "no-comments", noPublications: "no-publications", noSubscriptions: "no-subscriptions", noSecurityLabels: "no-security-labels", noPolicies: "no-policies" } as const;
  const args = [
    ...Object.entries(lists).flatMap(([name, flag]) => (flags[name as keyof typeof lists] ?? []).map((value) => `--${flag}=${value}`)),
    ...Object.entries(switches).flatMap(([name, flag]) => (flags[name as keyof typeof switches] === true ? [`--${flag}`] : [])),
  ];
  try {
    const { stdout } = await promisify(execFile)(program("pg_dump", flags.noPolicies === true ? "18" : "17"), ["-d", database.url, ...args], { maxBuffer: 1 << 24 });
    const subjects = [...stdout.matchAll(/^-- (?:Data for )?Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: .*$/gm)].map(([, name = "", type = "", schema = "-"]) => subject(type, schema === "-" ? null : schema, name));
    // With -n pg_dump makes schema public, which every database has.
    return sorted(subjects.filter((one) => one !== "SCHEMA - public"));
  } catch (error) {
    if (String(error).includes("no matching")) return "no match";
    throw error;
  }
}

/** Kinds that either side names in its own way: that they are there is compared. */
const NAMELESS: ReadonlySet<string> = new Set(["CAST", "USER MAPPING", "DEFAULT ACL", "BLOBS", "BLOB METADATA"]);

/** `TRIGGER public touch`: the last word of pg_dump's name is the object's own, but for comments on what hangs on a table. */
function subject(type: string, schema: string | null, name: string): string {
  const [, hanging] = /^(?:CONSTRAINT|TRIGGER|POLICY|RULE) (\S+) ON /.exec(name) ?? [];
  const [, column] = /^COLUMN (\S+)\./.exec(name) ?? [];
  const own = hanging ?? column ?? name.replace(/\(.*\)$/, "").split(" ").at(-1) ?? "";
  return [type, schema ?? "-", NAMELESS.has(type) ? "" : own].join(" ").trim();
}

function sorted(subjects: readonly string[]): readonly string[] {
  return [...new Set(subjects)].sort();
}
