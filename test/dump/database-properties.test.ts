import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { propertiesToRestore } from "../../src/catalog/database-properties.ts";
import { dump, openArchive } from "../../src/index.ts";
import { createDatabase, testServers, type TestDatabase } from "../helpers/database.ts";

const folder = mkdtempSync(join(tmpdir(), "pgark-properties-"));
afterAll(() => rmSync(folder, { recursive: true }));

const WITH_ROLE = "do $$ begin create role pgark_corpus_owner; exception when duplicate_object or unique_violation then null; end $$;";

it.each(Object.keys(testServers()))("says again what was said of the database, on PostgreSQL %s", async (major) => {
  await using source = await createDatabase(WITH_ROLE, { major, name: `pgark test "properties" ${major}` });
  const name = `"pgark test ""properties"" ${major}"`;
  await source.query(`
    alter database ${name} set work_mem = '3MB';
    alter database ${name} set search_path = app, "Odd, path";
    alter role pgark_corpus_owner in database ${name} set statement_timeout = '5s';
    alter database ${name} connection limit 9;
    alter database ${name} owner to pgark_corpus_owner;
    revoke all on database ${name} from public;
    grant connect on database ${name} to pgark_corpus_owner with grant option;
    comment on database ${name} is 'it''s ours';
    drop schema public;`);
  const path = join(folder, `${major}.ark`);
  await dump(source.url, path, { content: "schema" });
  await using archive = await openArchive(path);
  const entry = archive.toc.entries.find(({ kind }) => kind === "database");
  expect({ create: entry?.create, address: entry?.address }).toStrictEqual({ create: [], address: `DATABASE ${name}` });

  const roles = new Set(["postgres", "pgark_corpus_owner"]);
  const all = propertiesToRestore(entry?.record, { noOwner: false, noPrivileges: false, roles });
  expect(all.left).toStrictEqual([]);
  await using target = await createDatabase("", { major });
  for (const statement of all.statements) await target.query(statement.replaceAll(name, target.name));
  expect(await facts(target)).toStrictEqual(await facts(source));

  const little = propertiesToRestore(entry?.record, { noOwner: true, noPrivileges: true, roles: new Set(["postgres"]) });
  expect(little.left.map(({ type }) => type)).toStrictEqual(["role-setting"]);
  expect(little.statements.filter((statement) => /OWNER|GRANT|REVOKE/.test(statement))).toStrictEqual([]);
});

it("has nothing to say of a database of which nothing was said", async () => {
  await using source = await createDatabase("create table t (id int)");
  const path = join(folder, "plain.ark");
  await dump(source.url, path, { content: "schema" });
  await using archive = await openArchive(path);
  expect(archive.toc.entries.map(({ kind }) => kind)).not.toContain("database");
});

async function facts(database: TestDatabase): Promise<readonly object[]> {
  return database.query(`
    select pg_get_userbyid(d.datdba) as owner, d.datacl::text[] as acl, d.datconnlimit, d.datistemplate, shobj_description(d.oid, 'pg_database') as comment,
      (select json_agg(json_build_array(r.rolname, s.setconfig) order by r.rolname) from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole where s.setdatabase = d.oid) as settings,
      (select count(*)::int from pg_namespace where nspname = 'public') as public
    from pg_database d where d.datname = current_database()`);
}
