import { afterAll, expect, it } from "vitest";
import { readDatabaseRecord } from "../../src/catalog/database-properties.ts";
import { chooseProperties } from "../../src/catalog/property.ts";
import { dump, openArchive } from "../../src/index.ts";
import { createDatabase, testServers } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { createRole } from "../helpers/role.ts";

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());

const ALL = { noOwner: false, noPrivileges: false, noComments: false, noSecurityLabels: false };

it.each(Object.keys(testServers()))("keeps what was said of the database as data that nothing runs, on PostgreSQL %s", async (major) => {
  await using role = await createRole({ major });
  await using source = await createDatabase("", { major, name: `pgark test "properties" ${major}` });
  const name = `"pgark test ""properties"" ${major}"`;
  // No server of the tests has a label provider: the label is written by hand.
  await source.query(`
    alter database ${name} set work_mem = '3MB';
    alter database ${name} set search_path = app, "Odd, path";
    alter role ${role.name} in database ${name} set statement_timeout = '5s';
    alter database ${name} connection limit 9;
    alter database ${name} owner to ${role.name};
    revoke all on database ${name} from public;
    grant connect on database ${name} to ${role.name} with grant option;
    comment on database ${name} is 'it''s ours';
    set allow_system_table_mods = on;
    insert into pg_shseclabel (objoid, classoid, provider, label) select oid, 'pg_database'::regclass, 'p 1', 'secret' from pg_database where datname = current_database();
    reset allow_system_table_mods;
    drop schema public;`);
  await dump(source.url, folder.file(`${major}.ark`), { content: "schema" });
  await using archive = await openArchive(folder.file(`${major}.ark`));
  const entry = archive.toc.entries.find(({ kind }) => kind === "database");
  await source.query("set allow_system_table_mods = on; delete from pg_shseclabel where provider = 'p 1'; reset allow_system_table_mods");
  expect({ create: entry?.create, address: entry?.address }).toStrictEqual({ create: [], address: `DATABASE ${name}` });

  const { properties } = readDatabaseRecord(entry?.record);
  const roles = new Set(["postgres", role.name]);
  const all = chooseProperties(properties, { ...ALL, roles, serverVersion: Number(major) * 10_000 });
  expect(all).toStrictEqual({ chosen: properties, left: [] });
  expect(properties.map(({ statement }) => statement)).toStrictEqual([
    `ALTER DATABASE ${name} OWNER TO ${role.name};`,
    `COMMENT ON DATABASE ${name} IS 'it''s ours';`,
    `SECURITY LABEL FOR "p 1" ON DATABASE ${name} IS 'secret';`,
    `ALTER DATABASE ${name} CONNECTION LIMIT 9;`,
    "DROP SCHEMA IF EXISTS public;",
    [`REVOKE CONNECT,TEMPORARY ON DATABASE ${name} FROM PUBLIC;`, `REVOKE ALL ON DATABASE ${name} FROM ${role.name};`, `GRANT CREATE,TEMPORARY ON DATABASE ${name} TO ${role.name};`, `GRANT CONNECT ON DATABASE ${name} TO ${role.name} WITH GRANT OPTION;`].join("\n"),
    `ALTER DATABASE ${name} SET work_mem TO '3MB';`,
    `ALTER DATABASE ${name} SET search_path TO 'app', 'Odd, path';`,
    `ALTER ROLE ${role.name} IN DATABASE ${name} SET statement_timeout TO '5s';`,
  ]);

  const little = chooseProperties(properties, { noOwner: true, noPrivileges: true, noComments: true, noSecurityLabels: true, roles: new Set(["postgres"]), serverVersion: 130_000 });
  expect(little.left.map(({ property, why }) => [property.type, why])).toStrictEqual([["role-setting", `there is no role ${role.name}`]]);
  expect(little.chosen.map(({ type }) => type)).toStrictEqual(["limit", "public-schema", "setting", "setting"]);
});

it("says of a database of which nothing was said only whose it is", async () => {
  await using source = await createDatabase("create table t (id int)");
  await dump(source.url, folder.file("plain.ark"), { content: "schema" });
  await using archive = await openArchive(folder.file("plain.ark"));
  const [entry] = archive.toc.entries.filter(({ kind }) => kind === "database");
  expect(entry?.record).toStrictEqual({ tablespace: null, icuRules: null, properties: [{ type: "owner", roles: ["postgres"], statement: `ALTER DATABASE ${source.name} OWNER TO postgres;` }] });
});
