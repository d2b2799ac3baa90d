/** What users put on tables of extensions: carried, made where it is missing, and left alone where it is there. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { dump, openArchive } from "../../src/index.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";

const folder = mkdtempSync(join(tmpdir(), "pgark-additions-"));
afterAll(() => rmSync(folder, { recursive: true }));

// No extension of PostgreSQL's own brings a table: these two are members because they are said to be.
const EXTENSION = /* sql */ `
  create schema ext; create extension hstore schema ext;
  create table ext.places (id int primary key, name text, "of" int);
  create table ext.kinds (id int);
  alter extension hstore add table ext.places;
  alter extension hstore add table ext.kinds;`;

const ADDED = /* sql */ `
  create index places_name on ext.places (name);
  alter table ext.places add constraint "it's positive" check (id > 0);
  alter table ext.kinds add primary key (id);
  alter table ext.places add constraint places_kind foreign key ("of") references ext.kinds (id) not valid;
  create function public.f() returns trigger language plpgsql as $$ begin return new; end $$;
  create trigger "Odd ""name""" before insert on ext.places for each row execute function public.f();
  alter table ext.places disable trigger "Odd ""name""";
  create rule quiet as on delete to ext.places do instead nothing;
  alter table ext.places enable row level security;
  create policy own on ext.places for select using (name = current_user);
  comment on policy own on ext.places is 'each his own';
  grant select on ext.places to public;
  comment on column ext.places.name is 'said later';`;

it("carries what a user added to a table of an extension, and makes it once", async () => {
  await using source = await createDatabase(EXTENSION);
  await source.query(ADDED);
  await using target = await createDatabase(EXTENSION);
  const first = await archive(source, "first");
  const wanted = await facts(source);
  expect(wanted).toHaveLength(13);
  expect(await facts(target)).not.toStrictEqual(wanted);

  // The target's extension has its table already; the function is all that is not the extension's.
  const script = first.sql.replaceAll("CREATE SCHEMA ext;", "").replace(/^\\.*$/gm, "");
  await target.query(script);
  expect(await facts(target)).toStrictEqual(wanted);
  await target.query(script.replaceAll("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"));
  expect(await facts(target)).toStrictEqual(wanted);
  expect((await archive(target, "second")).entries).toStrictEqual(first.entries);
});

it("leaves out what was added to a table that the target's extension has not", async () => {
  await using source = await createDatabase(EXTENSION);
  await source.query(ADDED);
  await using target = await createDatabase("");
  await target.query((await archive(source, "third")).sql.replace(/^\\.*$/gm, ""));
  expect(await target.query(`select relname from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'ext'`)).toStrictEqual([]);
});

async function archive(database: TestDatabase, name: string): Promise<{ readonly sql: string; readonly entries: readonly unknown[] }> {
  const path = join(folder, `${name}.ark`);
  await dump(database.url, path, { content: "schema" });
  await using opened = await openArchive(path);
  let sql = "";
  for await (const piece of opened.sql()) sql += typeof piece === "string" ? piece : new TextDecoder().decode(piece);
  // The entry of the database bears its name.
  return { sql, entries: opened.toc.entries.filter(({ kind }) => kind !== "database").map(({ kind, address, create }) => ({ kind, address, create })) };
}

async function facts(database: TestDatabase): Promise<readonly object[]> {
  return database.query(/* sql */ `
    select 'index' as what, indexdef as text from pg_indexes where schemaname = 'ext'
    union all select 'constraint', conname || ': ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'ext'::regnamespace and contype <> 'n'
    union all select 'trigger', tgenabled::text || ': ' || pg_get_triggerdef(oid) from (select set_config($$search_path$$, $$$$, false)) s, pg_trigger where tgrelid = 'ext.places'::regclass and not tgisinternal
    union all select 'rule', pg_get_ruledef(oid) from pg_rewrite where ev_class = 'ext.places'::regclass
    union all select 'policy', polname || ': ' || pg_get_expr(polqual, polrelid) || coalesce(obj_description(oid, 'pg_policy'), '') from pg_policy
    union all select 'security', relrowsecurity::text from pg_class where oid = 'ext.places'::regclass
    union all select 'privileges', relacl::text from pg_class where oid = 'ext.places'::regclass
    union all select 'comment', col_description('ext.places'::regclass, 2)
    order by 1, 2`);
}
