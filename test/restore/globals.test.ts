/** `--globals`: roles, memberships, settings, tablespaces and privileges on parameters, held against pg_dumpall of both sides. */
import { describe, expect, it } from "vitest";
import { isGlobalKind } from "../../src/catalog/globals.ts";
import { dump, openArchive, planRestore, restore, type RestoreOptions } from "../../src/index.ts";
import { createDatabase, testServers, type TestDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { globalsDump } from "../helpers/programs.ts";
import { as, createRole } from "../helpers/role.ts";

const majors = Object.keys(testServers());
const IN_PLACE = "?options=-c%20allow_in_place_tablespaces%3Don";

/** Names that belong to one test: roles are the whole server's, and other tests make some at the same time. */
class Names {
  readonly prefix: string;
  readonly roles = ["app", 'Odd "name"', "user", "alice", "bob", "carol"].map((name) => ({ name, ident: "" }));
  constructor(word: string) {
    this.prefix = `pgark_${word}_${process.pid}_`;
    this.roles = this.roles.map(({ name }) => ({ name: this.prefix + name, ident: `"${(this.prefix + name).replaceAll('"', '""')}"` }));
  }
  ident(name: string): string {
    return this.roles.find((role) => role.name === this.prefix + name)!.ident;
  }
}

/** Everything that can be said of roles and tablespaces in a version. */
async function populate(on: TestDatabase, names: Names, major: string): Promise<void> {
  await on.query("set allow_in_place_tablespaces = on");
  // By itself: no transaction may make one.
  await on.query(`create tablespace ${names.prefix}space location ''`);
  await on.query(cluster(names, Number(major)));
}

function cluster(names: Names, version: number): string {
  const [app, odd, user, alice, bob, carol] = names.roles.map(({ ident }) => ident);
  const since = (major: number, sql: string) => (version >= major ? sql : "");
  return `
    create role ${app} nologin createdb noinherit connection limit 3;
    create role ${odd} login password 'made up' valid until '2030-01-02 03:04:05+00' bypassrls replication;
    create role ${user} superuser createrole valid until 'infinity';
    create role ${alice} login; create role ${bob} noinherit; create role ${carol};
    comment on role ${app} is E'it''s \\\\ the app';
    grant ${app} to ${alice} with admin option;
    grant pg_monitor to ${odd};
    ${since(16, `set role ${alice}; grant ${app} to ${bob} with admin option, inherit true; reset role; set role ${bob}; grant ${app} to ${carol} with inherit false, set false; reset role;`)}
    ${version < 16 ? `grant ${app} to ${bob} with admin option; grant ${app} to ${carol}` : ""};
    grant ${carol} to ${user};
    alter role ${app} set search_path = a, "B c"; alter role ${app} set work_mem = '7MB'; alter role ${alice} set pgark.made_up = 'it''s';
    ${since(15, `grant set, alter system on parameter log_min_messages to ${app}; grant set on parameter ${names.prefix}own.setting to ${alice} with grant option;`)}
    alter tablespace ${names.prefix}space owner to ${app};
    alter tablespace ${names.prefix}space set (random_page_cost = 1.5, seq_page_cost = 2);
    grant create on tablespace ${names.prefix}space to ${bob} with grant option;
    comment on tablespace ${names.prefix}space is 'on the fast disk';`;
}

async function dropAll(on: TestDatabase, names: Names): Promise<void> {
  await on.query(`drop tablespace if exists ${names.prefix}space`);
  for (const { ident } of [...names.roles].reverse()) await on.query(`do $$ begin execute 'drop owned by ' || ${`'${ident.replaceAll("'", "''")}'`} || ' cascade'; exception when undefined_object then null; end $$`);
  await on.query(`drop role if exists ${names.roles.map(({ ident }) => ident).join(", ")}`);
}

/** Only what this test made, of all that the server has. */
async function ours(archive: string, { prefix }: Names): Promise<Pick<RestoreOptions, "globals" | "useList">> {
  await using opened = await openArchive(archive);
  const { entries } = opened.toc;
  return { globals: true, useList: entries.filter((entry) => !isGlobalKind(entry.kind) || JSON.stringify(entry).includes(prefix)).map(({ id }) => id) };
}

describe.each(majors)("on PostgreSQL %s", (major) => {
  it("makes again what pg_dumpall says, passwords too when they were asked for", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase("create table t (id int)", { major });
    const names = new Names("same");
    try {
      await populate(source, names, major);
      const before = await globalsDump(source.url, major, names.prefix);
      expect(before.length).toBeGreaterThan(20);
      const path = folder.file("a.ark");
      expect((await dump(source.url, path, { globals: true, rolePasswords: true })).warnings).toStrictEqual([]);
      const options = await ours(path, names);
      await dropAll(source, names);
      expect(await globalsDump(source.url, major, names.prefix)).toStrictEqual([]);

      await using target = await createDatabase("", { major });
      const plan = await planRestore(path, target.url, options);
      expect(plan.globals.map(({ kind }) => kind)).toStrictEqual([
        ...Array.from({ length: 6 }, () => "role"), ...Array.from({ length: 5 }, () => "role-membership"), "role-setting", "role-setting", "tablespace",
        ...(Number(major) >= 15 ? ["parameter-privilege", "parameter-privilege"] : []),
      ]);
      const report = await restore(path, `${target.url}${IN_PLACE}`, options);
      expect({ warnings: report.warnings, failures: report.failures, skipped: report.skipped.filter(({ object }) => object.includes(names.prefix)) }).toStrictEqual({ warnings: [], failures: [], skipped: [] });
      expect(report.created).toMatchObject({ role: 6, "role-membership": 5, "role-setting": 2, tablespace: 1, table: 1 });
      expect(await globalsDump(source.url, major, names.prefix)).toStrictEqual(before);

      await using again = await createDatabase("", { major });
      const second = await restore(path, again.url, options);
      expect(Object.keys(second.created).filter(isGlobalKind)).toStrictEqual([]);
      expect(second.skipped.filter(({ object }) => object.includes(names.prefix))).toHaveLength(plan.globals.filter(({ address }) => address.includes(names.prefix)).length);
      expect(await globalsDump(source.url, major, names.prefix)).toStrictEqual(before);
    } finally {
      await dropAll(source, names);
    }
  });

  it("leaves alone what is there, tells what it could not make and goes on", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase("create table t (id int)", { major });
    const names = new Names("there");
    const [app, alice, bob] = [names.ident("app"), names.ident("alice"), names.ident("bob")] as const;
    const path = folder.file("a.ark");
    try {
      await populate(source, names, major);
      await source.query(`create table elsewhere (id int) tablespace ${names.prefix}space; insert into elsewhere values (1)`);
      await dump(source.url, path, { globals: true });
      await source.query("drop table elsewhere");
      await dropAll(source, names);
      await source.query(`create role ${app} login connection limit 7; create role ${alice} noinherit; grant ${alice} to ${app}`);

      await using target = await createDatabase("", { major });
      // Without the setting that the source had, the server refuses the tablespace's location.
      const report = await restore(path, target.url, await ours(path, names));
      const there = "exists on the target, and is left as it is";
      expect(report.skipped.filter(({ object }) => object.includes(names.prefix))).toStrictEqual([
        ...[alice, app].map((role) => ({ object: `ROLE ${plainly(role)}`, reason: there })).sort(),
        { object: `SETTINGS of ROLE ${plainly(alice)}`, reason: "the role exists on the target, and is left as it is" },
        { object: `SETTINGS of ROLE ${plainly(app)}`, reason: "the role exists on the target, and is left as it is" },
        { object: `MEMBERSHIP of ${plainly(alice)} in ${plainly(app)}`, reason: "both roles were there before, and are left as they are" },
      ]);
      expect(report.warnings.map(({ code, object }) => ({ code, object }))).toStrictEqual([
        { code: "PASSWORDS_NOT_KEPT", object: undefined },
        // Her membership was left alone, and with it her right to pass it on.
        ...(Number(major) >= 16 ? [{ code: "PROPERTY_NOT_RESTORED", object: `MEMBERSHIP of ${plainly(bob)} in ${plainly(app)}` }] : []),
        { code: "GLOBAL_NOT_RESTORED", object: `TABLESPACE ${names.prefix}space` },
      ]);
      expect(report.tables.map(({ table, inserted }) => [table, inserted])).toStrictEqual([["public.elsewhere", 1], ["public.t", 0]]);
      expect(await source.query(`select rolname, rolcanlogin, rolconnlimit, rolinherit from pg_roles where rolname in ('${plainly(app)}', '${plainly(alice)}') order by 1`)).toStrictEqual([
        { rolname: plainly(alice), rolcanlogin: false, rolconnlimit: -1, rolinherit: false },
        { rolname: plainly(app), rolcanlogin: true, rolconnlimit: 7, rolinherit: true },
      ]);
      expect(await source.query(`select rolname from pg_roles where rolname = '${plainly(bob)}'`)).toHaveLength(1);
    } finally {
      await dropAll(source, names);
    }
  });

  it("makes the owner of a database before the database", async () => {
    await using folder = await temporaryFolder();
    await using admin = await createDatabase("", { major });
    const name = `pgark_test_owned_${process.pid}_${major}`;
    const names = new Names("owned");
    const app = names.ident("app");
    const path = folder.file("a.ark");
    try {
      await admin.query(`create role ${app}`);
      {
        await using source = await createDatabase("create table t (id int)", { major, name });
        await source.query(`alter table t owner to ${app}; alter database ${name} owner to ${app}`);
        await dump(source.url, path, { globals: true });
      }
      await admin.query(`drop role ${app}`);
      const options = await ours(path, names);

      await expect(restore(path, admin.url, { create: true })).rejects.toMatchObject({ code: "TARGET_LACKS", hint: expect.stringContaining("--globals") });
      expect((await planRestore(path, admin.url, { create: true, ...options })).refusals).toStrictEqual([]);
      expect((await restore(path, admin.url, { create: true, ...options })).created).toMatchObject({ role: 1, table: 1 });
      expect(await admin.query("select pg_get_userbyid(datdba) as owner from pg_database where datname = $1", [name])).toStrictEqual([{ owner: plainly(app) }]);
    } finally {
      await admin.query(`drop database if exists ${name}`);
      await dropAll(admin, names);
    }
  });
});

const [older, newer] = ["15", "17"] as const;

describe.runIf(majors.includes(older) && majors.includes(newer))("between PostgreSQL 15 and 17", () => {
  it.each([[newer, older], [older, newer]])("from %s to %s brings what both know, and tells the rest", async (from, to) => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase("", { major: from });
    await using target = await createDatabase("", { major: to });
    const names = new Names(`from${from}`);
    const path = folder.file("a.ark");
    const says = async (on: TestDatabase) => {
      const lines = (await globalsDump(on.url, newer, names.prefix)).map((line) => line.replace(/ GRANTED BY .*;/, ";"));
      return lines.map((line) => (line.startsWith("GRANT") ? line.replace(/(, )?INHERIT (TRUE|FALSE)|, SET FALSE/g, "").replace(" WITH ;", ";") : line));
    };
    try {
      await populate(source, names, from);
      await source.query(`grant ${Number(from) >= 17 ? "pg_maintain" : "pg_read_all_data"} to ${names.ident("carol")}; alter role ${names.ident("bob")} set ${Number(from) >= 17 ? "transaction_timeout" : "work_mem"} = '1000'`);
      const wanted = await says(source);
      await dump(source.url, path, { globals: true, rolePasswords: true });
      const { warnings, skipped, failures } = await restore(path, `${target.url}${IN_PLACE}`, await ours(path, names));

      expect(failures).toStrictEqual([]);
      const [app, bob, carol] = [plainly(names.ident("app")), plainly(names.ident("bob")), plainly(names.ident("carol"))] as const;
      if (from === newer) {
        expect(skipped.filter(({ object }) => object.includes(names.prefix))).toStrictEqual([{ object: `MEMBERSHIP of ${carol} in pg_maintain`, reason: "there is no role pg_maintain" }]);
        expect(warnings).toStrictEqual([
          { code: "PROPERTY_NOT_RESTORED", object: `MEMBERSHIP of ${bob} in ${app}`, message: `not whole: GRANT ${app} TO ${bob} WITH ADMIN OPTION: PostgreSQL 15 has no place for INHERIT TRUE, GRANTED BY ${plainly(names.ident("alice"))}` },
          { code: "PROPERTY_NOT_RESTORED", object: `MEMBERSHIP of ${carol} in ${app}`, message: `not whole: GRANT ${app} TO ${carol}: PostgreSQL 15 has no place for INHERIT FALSE, SET FALSE, GRANTED BY ${bob}` },
          { code: "PROPERTY_NOT_RESTORED", object: `SETTINGS of ROLE ${bob}`, message: `ALTER ROLE ${bob} SET transaction_timeout: unrecognized configuration parameter "transaction_timeout"` },
        ]);
      } else expect({ warnings, skipped: skipped.filter(({ object }) => object.includes(names.prefix)) }).toStrictEqual({ warnings: [], skipped: [] });
      expect(await says(target)).toStrictEqual(wanted.filter((line) => !/pg_maintain|transaction_timeout/.test(line)));
    } finally {
      await dropAll(source, names);
      await dropAll(target, names);
    }
  });
});

describe("what cannot be meant, or may not be done", () => {
  it("is refused: globals of an archive without them, rows alone, one transaction, passwords of nobody", async () => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase("create table t (id int)");
    const path = folder.file("a.ark");
    await dump(source.url, path);
    await using target = await createDatabase();
    await expect(restore(path, target.url, { globals: true })).rejects.toMatchObject({ code: "NOTHING_MATCHED", message: expect.stringContaining("no globals") });
    for (const options of [{ content: "data" as const }, { singleTransaction: true }, { sections: ["data" as const] }]) {
      await expect(restore(path, target.url, { globals: true, ...options })).rejects.toMatchObject({ code: "USAGE" });
    }
    await expect(dump(source.url, folder.file("b.ark"), { rolePasswords: true })).rejects.toMatchObject({ code: "USAGE" });
    await expect(dump(source.url, folder.file("b.ark"), { globals: true, content: "data" })).rejects.toMatchObject({ code: "USAGE" });
    expect(await target.query("select to_regclass('t') as t")).toStrictEqual([{ t: null }]);
  });

  it("says that globals are left out when nobody asked for them, and lists them with no password", async () => {
    await using folder = await temporaryFolder();
    await using role = await createRole({ attributes: "password 'made up'" });
    await using source = await createDatabase("");
    const path = folder.file("a.ark");
    await dump(source.url, path, { globals: true });
    await using target = await createDatabase();
    expect((await restore(path, target.url)).skipped[0]).toMatchObject({ object: "globals", reason: expect.stringMatching(/only when asked for, with --globals: \d+ role/) });
    await using archive = await openArchive(path);
    expect(JSON.stringify(archive.toc)).toContain(role.name);
    expect(JSON.stringify(archive.toc)).not.toContain("PASSWORD");
    let script = "";
    for await (const piece of archive.sql({ globals: true })) script += piece.toString();
    expect(script).toContain(`CREATE ROLE ${role.name} WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS;`);
  });

  it("passwords are for superusers, and a role that may make no roles makes none of them", async () => {
    await using folder = await temporaryFolder();
    await using clerk = await createRole();
    await using source = await createDatabase("create table t (id int)");
    const names = new Names("refused");
    const path = folder.file("a.ark");
    try {
      await source.query(`create role ${names.ident("alice")} createdb; create role ${names.ident("bob")}`);
      await expect(dump(as(clerk, source.url), path, { globals: true, rolePasswords: true })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
      await dump(source.url, path, { globals: true });
      const options = await ours(path, names);
      await dropAll(source, names);

      await using target = await createDatabase();
      await target.query(`grant create on database ${target.name} to ${clerk.name}; grant create on schema public to ${clerk.name}`);
      await expect(restore(path, as(clerk, target.url), { ...options, noOwner: true })).rejects.toMatchObject({ code: "PERMISSION_DENIED", object: `ROLE ${plainly(names.ident("alice"))}`, hint: expect.stringContaining("--continue-on-error") });
      expect(await target.query("select to_regclass('t') as t")).toStrictEqual([{ t: null }]);
      const report = await restore(path, as(clerk, target.url), { ...options, noOwner: true, continueOnError: true });
      expect(report.failures.map(({ object }) => object)).toStrictEqual(["alice", "bob"].map((name) => `ROLE ${plainly(names.ident(name))}`));
      expect(report.created).toMatchObject({ table: 1 });
      await target.query(`drop owned by ${clerk.name}`);
    } finally {
      await dropAll(source, names);
    }
  });
});

/** As SQL prints it where it needs no quotes. */
function plainly(ident: string): string {
  const bare = ident.slice(1, -1);
  return /^[a-z_0-9]+$/.test(bare) ? bare : ident;
}
