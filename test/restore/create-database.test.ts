/** `--create`: a database comes back as the one that was dumped, held against the server's catalogs and against pg_dump. */
import { describe, expect, it } from "vitest";
import { dump, planRestore, restore } from "../../src/index.ts";
import { createDatabase, testServers, type TestDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { createDump } from "../helpers/programs.ts";
import { createRole } from "../helpers/role.ts";

const majors = Object.keys(testServers());

describe.each(majors)("on PostgreSQL %s", (major) => {
  it("brings back everything that was said of the database", async () => {
    await using folder = await temporaryFolder();
    await using role = await createRole({ major });
    await using admin = await createDatabase("", { major });
    const name = `pgark test "create" ${process.pid} ${major}`;
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const url = urlOf(admin, name);
    await admin.query(`create database ${quoted} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C' ${localeFor(major)} connection limit 9`);
    await admin.query(`
      alter database ${quoted} owner to ${role.name};
      comment on database ${quoted} is E'it''s \\\\ ours';
      revoke all on database ${quoted} from public;
      grant connect on database ${quoted} to ${role.name} with grant option;
      grant temporary on database ${quoted} to pg_monitor;
      alter database ${quoted} set work_mem = '3MB';
      alter database ${quoted} set search_path = app, "Odd, path", '';
      alter database ${quoted} set pgark.made_up = 'a ''value''';
      alter database ${quoted} set default_transaction_read_only = on;
      alter role ${role.name} in database ${quoted} set statement_timeout = '5s';
      alter database ${quoted} is_template true`);
    try {
      const before = await facts(admin, name);
      const text = await createDump(url, major);
      await dump(url, folder.file("a.ark"));

      await expect(restore(folder.file("a.ark"), admin.url, { create: true, clean: true })).rejects.toMatchObject({ code: "SQL_FAILED", hint: expect.stringContaining("IS_TEMPLATE false") });
      await admin.query(`alter database ${quoted} is_template false`);
      const report = await restore(folder.file("a.ark"), admin.url, { create: true, clean: true });

      expect(report.warnings).toStrictEqual([]);
      expect(await facts(admin, name)).toStrictEqual(before);
      expect(await createDump(url, major)).toBe(text);
    } finally {
      await admin.query(`alter database ${quoted} is_template false`);
      await admin.query(`drop database ${quoted} with (force)`);
    }
  });

  it("warns of what names a role that is gone, and leaves out what is not wanted", async () => {
    await using folder = await temporaryFolder();
    await using admin = await createDatabase("", { major });
    const name = `pgark_test_unsaid_${process.pid}_${major}`;
    const role = `pgark_test_gone_${process.pid}_${major}`;
    await admin.query(`create role ${role}`);
    {
      await using source = await createDatabase("", { major, name });
      await source.query(`
        alter role ${role} in database ${name} set work_mem = '1MB'; alter database ${name} owner to ${role};
        comment on database ${name} is 'not wanted'; alter database ${name} set pgark.kept = '1'`);
      await dump(source.url, folder.file("a.ark"));
    }
    await admin.query(`drop role ${role}`);

    const { warnings } = await restore(folder.file("a.ark"), admin.url, { create: true, noComments: true });
    const [made] = await facts(admin, name);
    await admin.query(`drop database ${name}`);
    expect(warnings).toStrictEqual([
      { code: "PROPERTY_NOT_RESTORED", object: `database ${name}`, message: `ALTER DATABASE ${name} OWNER TO ${role}: there is no role ${role}` },
      { code: "PROPERTY_NOT_RESTORED", object: `database ${name}`, message: `ALTER ROLE ${role} IN DATABASE ${name} SET work_mem: there is no role ${role}` },
    ]);
    expect(made).toMatchObject({ owner: "postgres", comment: null, settings: [[null, ["pgark.kept=1"]]] });
  });
});

it.runIf(majors.includes("15") && majors.includes("17"))("makes on PostgreSQL 15 what it can of a database of 17, and says before it writes what it cannot", async () => {
  await using folder = await temporaryFolder();
  await using admin = await createDatabase("", { major: "17" });
  await using older = await createDatabase("", { major: "15" });
  const name = `pgark_test_builtin_${process.pid}`;
  await admin.query(`create database ${name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C' locale_provider builtin builtin_locale 'C.UTF-8'`);
  await admin.query(`alter database ${name} set transaction_timeout = '1h'; alter database ${name} set work_mem = '1MB'`);
  await dump(urlOf(admin, name), folder.file("a.ark"));
  await admin.query(`drop database ${name}`);

  const locale = { code: "DATABASE_LOCALE_DIFFERS", object: `database ${name}`, message: "its locale is the builtin provider's C.UTF-8, which PostgreSQL 15 cannot give a database: libc sorts and folds instead" };
  expect((await planRestore(folder.file("a.ark"), older.url, { create: true })).warnings).toContainEqual(locale);
  const { warnings } = await restore(folder.file("a.ark"), older.url, { create: true });
  const [made] = await facts(older, name);
  await older.query(`drop database ${name}`);
  expect(warnings).toContainEqual(locale);
  expect(warnings).toContainEqual({ code: "PROPERTY_NOT_RESTORED", object: `database ${name}`, message: `ALTER DATABASE ${name} SET transaction_timeout: unrecognized configuration parameter "transaction_timeout"` });
  expect(made).toMatchObject({ collate: "C", ctype: "C", provider: "c", settings: [[null, ["work_mem=1MB"]]] });
});

/** What each version can give a database beside libc's locale. */
function localeFor(major: string): string {
  const version = Number(major);
  if (version >= 17) return "locale_provider builtin builtin_locale 'C.UTF-8'";
  if (version >= 16) return "locale_provider icu icu_locale 'en-US' icu_rules '&V << w <<< W'";
  return version >= 15 ? "locale_provider icu icu_locale 'de-DE'" : "";
}

function urlOf(admin: TestDatabase, name: string): string {
  return admin.url.replace(/[^/]*$/, encodeURIComponent(name));
}

/** All of pg_database but what is counted, and pg_db_role_setting. */
async function facts(on: TestDatabase, name: string): Promise<readonly object[]> {
  const [{ version = 0 } = {}] = await on.query<{ version: number }>("select current_setting('server_version_num')::int as version");
  const provider = version >= 150_000 ? "d.datlocprovider::text" : "null";
  const locale = version >= 170_000 ? "d.datlocale" : version >= 150_000 ? "d.daticulocale" : "null";
  return on.query(
    `select pg_get_userbyid(d.datdba) as owner, pg_encoding_to_char(d.encoding) as encoding, d.datcollate::text as collate, d.datctype::text as ctype,
      ${provider} as provider, ${locale} as locale, ${version >= 160_000 ? "d.daticurules" : "null"} as rules, ${version >= 150_000 ? "d.datcollversion" : "null"} as version,
      d.datacl::text[] as acl, d.datconnlimit, d.datistemplate, d.datallowconn, t.spcname::text as tablespace, shobj_description(d.oid, 'pg_database') as comment,
      (select json_agg(json_build_array(r.rolname, s.setconfig) order by r.rolname nulls first) from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole where s.setdatabase = d.oid) as settings
    from pg_database d join pg_tablespace t on t.oid = d.dattablespace where d.datname = $1`,
    [name],
  );
}
