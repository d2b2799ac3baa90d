import { describe, expect, it } from "vitest";
import { dump, planRestore, restore, tableDigests } from "../../src/index.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { schemaDump } from "../helpers/programs.ts";
import { as, createRole, giveDatabase } from "../helpers/role.ts";
import { ROWS, SCHEMA, stateOf } from "./application.ts";

const owners = (database: TestDatabase) =>
  database.query<{ name: string; owner: string; acl: string | null }>(`
    select relname::text as name, relowner::regrole::text as owner, relacl::text as acl from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'v', 'S')
    union all select proname, proowner::regrole::text, proacl::text from pg_proc where pronamespace = 'app'::regnamespace
    union all select nspname, nspowner::regrole::text, nspacl::text from pg_namespace where nspname = 'app'
    union all select 'default', defaclrole::regrole::text, defaclacl::text from pg_default_acl order by 1`);

const owned = (owner: string, reader: string) => `
  create schema app authorization ${owner}; set role ${owner};
  create table app.t (id serial, a text); insert into app.t (a) values ('x'); create view app.v as select * from app.t; create function app.f() returns int language sql as 'select 1';
  grant select on app.t to ${reader}; grant usage on schema app to ${reader}; revoke execute on function app.f() from public; grant select (a) on app.v to public;
  alter default privileges in schema app grant select on tables to ${reader};
  reset role;`;

describe("owners and privileges", () => {
  it("come back as they were, or are left out when they are not wanted", async () => {
    await using folder = await temporaryFolder();
    await using owner = await createRole();
    await using reader = await createRole();
    await using source = await createDatabase(owned(owner.name, reader.name));
    await using same = await createDatabase();
    await using noOwner = await createDatabase();
    await using noPrivileges = await createDatabase();
    await dump(source.url, folder.file("a.ark"));

    await restore(folder.file("a.ark"), same.url);
    await restore(folder.file("a.ark"), noOwner.url, { noOwner: true, noPrivileges: true });
    await restore(folder.file("a.ark"), noPrivileges.url, { noPrivileges: true });

    const original = await owners(source);
    expect(await owners(same)).toStrictEqual(original);
    expect(await schemaDump(same.url, "17")).toBe(await schemaDump(source.url, "17"));
    const plain = original.filter(({ name }) => name !== "default").map((row) => ({ ...row, acl: null }));
    expect(await owners(noPrivileges)).toStrictEqual(plain);
    expect(await owners(noOwner)).toStrictEqual(plain.map((row) => ({ ...row, owner: "postgres" })));
  });

  it("a role that is no superuser restores a whole database that becomes its own", async () => {
    await using folder = await temporaryFolder();
    await using owner = await createRole();
    await using source = await createDatabase(`${SCHEMA + ROWS} select lo_from_bytea(50001, 'x')`);
    await using target = await createDatabase();
    await using through = await createDatabase();
    await giveDatabase(target.url, owner);
    await giveDatabase(through.url, owner);
    await dump(source.url, folder.file("a.ark"));

    await restore(folder.file("a.ark"), as(owner, target.url), { noOwner: true, noPrivileges: true, jobs: 2 });
    await restore(folder.file("a.ark"), through.url, { noOwner: true, noPrivileges: true, role: owner.name });

    for (const database of [target, through]) {
      expect(await tableDigests(database.url)).toStrictEqual(await tableDigests(source.url));
      expect(new Set((await owners(database)).map((row) => row.owner))).toStrictEqual(new Set([owner.name]));
      expect((await schemaDump(database.url, "17")).replaceAll(owner.name, "postgres")).toBe(await schemaDump(source.url, "17"));
      await database.query("select lo_unlink(oid) from pg_largeobject_metadata");
    }
  });

  it.each(["15", "17"])("what was granted by another than the owner does not end the role of the restore, on PostgreSQL %s", async (major) => {
    await using folder = await temporaryFolder();
    await using grantor = await createRole({ major });
    await using reader = await createRole({ major });
    await using restorer = await createRole({ major, attributes: "superuser" });
    await using source = await createDatabase(
      `create table t (a int); create table u (a int);
       grant select on t to ${grantor.name} with grant option; set role ${grantor.name}; grant select on t to ${reader.name}; reset role; grant select on u to ${reader.name};
       create function e() returns event_trigger language plpgsql as 'begin end'; create event trigger last on ddl_command_end execute function e();`,
      { major },
    );
    await using target = await createDatabase("", { major });
    await dump(source.url, folder.file("a.ark"));

    const report = await restore(folder.file("a.ark"), target.url, { noOwner: true, role: restorer.name });

    expect(report.failures).toStrictEqual([]);
    // It comes behind every privilege.
    expect(await target.query("select evtowner::regrole::text as owner from pg_event_trigger")).toStrictEqual([{ owner: restorer.name }]);
    expect(await target.query("select a.grantor::regrole::text, a.grantee::regrole::text from pg_class c, aclexplode(c.relacl) a where c.relname = 't' and a.grantee <> c.relowner order by 1, 2")).toStrictEqual(
      [{ grantor: grantor.name, grantee: reader.name }, { grantor: restorer.name, grantee: grantor.name }].sort((one, other) => (one.grantor < other.grantor ? -1 : 1)),
    );
  });

  it("a role that is lacking is told before anything is written", async () => {
    await using folder = await temporaryFolder();
    await using target = await createDatabase();
    const before = await stateOf(target);
    {
      await using owner = await createRole();
      await using reader = await createRole();
      await using source = await createDatabase(owned(owner.name, reader.name));
      await dump(source.url, folder.file("a.ark"));
    }
    const refused = { code: "TARGET_LACKS", message: expect.stringMatching(/role pgark_test_\w+ \(needed by .*role pgark_test_\w+ \(needed by /), hint: expect.stringContaining("--no-owner") };

    await expect(restore(folder.file("a.ark"), target.url)).rejects.toMatchObject(refused);
    expect((await planRestore(folder.file("a.ark"), target.url)).refusals).toMatchObject([refused]);
    // Readers are still named by the privileges.
    await expect(restore(folder.file("a.ark"), target.url, { noOwner: true })).rejects.toMatchObject({ code: "TARGET_LACKS" });
    expect(await stateOf(target)).toStrictEqual(before);
    await restore(folder.file("a.ark"), target.url, { noOwner: true, noPrivileges: true });
  });
});

describe("with create", () => {
  const exists = async (database: TestDatabase, name: string) => (await database.query("select 1 from pg_database where datname = $1", [name])).length === 1;

  it("makes the database that the archive came from, with its encoding and locale, and refuses one that is there", async () => {
    await using folder = await temporaryFolder();
    await using admin = await createDatabase();
    const name = `pgark_test_create_${process.pid}`;
    {
      await using source = await createDatabase("create table t (id int); insert into t values (1), (2)", { name });
      await dump(source.url, folder.file("a.ark"));
      await source.query("insert into t values (3)");
      for (const options of [{ create: true }, { create: true, content: "schema" as const }]) {
        await expect(restore(folder.file("a.ark"), admin.url, options)).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY", object: `database ${name}` });
      }
      expect((await planRestore(folder.file("a.ark"), admin.url, { create: true })).refusals).toMatchObject([{ code: "TARGET_NOT_EMPTY" }]);
      expect(await source.query("select count(*)::int as count from t")).toStrictEqual([{ count: 3 }]);
    }

    const plan = await planRestore(folder.file("a.ark"), admin.url, { create: true });
    expect({ refusals: plan.refusals, load: plan.load.map(({ table, rows }) => ({ table, rows })) }).toStrictEqual({ refusals: [], load: [{ table: "public.t", rows: 2 }] });
    expect(await exists(admin, name)).toBe(false);
    const report = await restore(folder.file("a.ark"), admin.url, { create: true });
    expect(report.target).toContain(name);
    const [made] = await tableDigests(admin.url.replace(admin.name, name));
    expect(made).toMatchObject({ table: "public.t", rows: 2 });

    await restore(folder.file("a.ark"), admin.url, { create: true, clean: true });
    await admin.query(`drop database ${name}`);
  });

  it("neither makes nor drops one before it is known that the restore can go on", async () => {
    await using folder = await temporaryFolder();
    await using admin = await createDatabase();
    const name = `pgark_test_lacking_${process.pid}`;
    {
      await using owner = await createRole();
      await using source = await createDatabase(`create table t (id int); alter table t owner to ${owner.name}`, { name });
      await dump(source.url, folder.file("a.ark"));
    }
    await expect(restore(folder.file("a.ark"), admin.url, { create: true })).rejects.toMatchObject({ code: "TARGET_LACKS" });
    expect(await exists(admin, name)).toBe(false);

    await using there = await createDatabase("create table precious (id int)", { name });
    await expect(restore(folder.file("a.ark"), admin.url, { create: true, clean: true })).rejects.toMatchObject({ code: "TARGET_LACKS" });
    expect(await there.query("select to_regclass('precious')::text as precious")).toStrictEqual([{ precious: "precious" }]);
  });
});

it("a tablespace that is lacking is a warning, and the rows are there", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase();
  const name = `pgark_test_space_${process.pid}`;
  await source.query("set allow_in_place_tablespaces = on");
  await source.query(`create tablespace ${name} location ''`);
  try {
    await source.query(`create table t (id int primary key using index tablespace ${name}) tablespace ${name}; create index i on t (id) tablespace ${name}; create table u (id int); insert into t values (1); insert into u values (2)`);
    await dump(source.url, folder.file("a.ark"));
    await using elsewhere = await createDatabase("", { major: "15" });
    await using here = await createDatabase();

    const report = await restore(folder.file("a.ark"), elsewhere.url);
    await restore(folder.file("a.ark"), here.url);

    expect(report.warnings.map(({ code }) => code)).toStrictEqual(["TABLESPACE_MISSING"]);
    expect(await tableDigests(elsewhere.url)).toStrictEqual(await tableDigests(source.url));
    expect(await schemaDump(here.url, "17")).toBe(await schemaDump(source.url, "17"));
    await here.query("drop table t");
  } finally {
    await source.query("drop table t");
    await source.query(`drop tablespace ${name}`);
  }
});

it("options that contradict each other are refused", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase("create table t (id int)");
  await dump(source.url, folder.file("rows.ark"), { content: "data" });
  for (const options of [{ create: true, singleTransaction: true }, { clean: true, content: "data" as const }, { clean: true }, { jobs: 0 }]) {
    await expect(restore(folder.file("rows.ark"), source.url, options)).rejects.toMatchObject({ code: "USAGE" });
  }
  await expect(restore(folder.file("rows.ark"), source.url, { content: "schema" })).rejects.toMatchObject({ code: "NOTHING_MATCHED" });
});
