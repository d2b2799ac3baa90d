import { expect, it } from "vitest";
import { createDatabase, testServers } from "../helpers/database.ts";
import { catalogOf } from "./session.ts";

it.each(Object.keys(testServers()))("reads the facts of a database on PostgreSQL %s", async (major) => {
  await using database = await createDatabase(
    `do $$ begin
       execute format('comment on database %I is %L', current_database(), 'it''s');
       execute format('alter database %I set work_mem = %L', current_database(), '1MB');
       execute format('alter database %I connection limit 7', current_database());
       execute format('revoke connect on database %I from public', current_database());
     end $$;
     drop extension plpgsql; create extension plpgsql`,
    { major },
  );
  const { database: facts } = await catalogOf(database.url);
  const [server] = await database.query<{ id: string; version: number; text: string; plpgsql: string; encoding: string; collate: string; ctype: string }>(/* sql */ `
    select (select system_identifier::text from pg_control_system()) as id, current_setting('server_version_num')::int4 as version,
           current_setting('server_version') as text, (select extversion from pg_extension) as plpgsql,
           current_setting('server_encoding') as encoding, datcollate::text as collate, datctype::text as ctype
    from pg_database where datname = current_database()`);
  expect(facts).toStrictEqual({
    name: database.name,
    serverVersion: server?.version,
    serverVersionText: server?.text,
    systemIdentifier: server?.id,
    encoding: server?.encoding,
    collate: server?.collate,
    ctype: server?.ctype,
    localeProvider: Number(major) < 15 ? null : "libc",
    locale: null,
    icuRules: null,
    collationVersion: facts.collationVersion,
    owner: "postgres",
    comment: "it's",
    securityLabels: [],
    acl: { actual: ["=T/postgres", "postgres=CTc/postgres"], base: ["=Tc/postgres", "postgres=CTc/postgres"] },
    isTemplate: false,
    allowConnections: true,
    connectionLimit: 7,
    tablespace: "pg_default",
    settings: [{ role: null, values: ["work_mem=1MB"] }],
    extensions: [{ name: "plpgsql", version: server?.plpgsql, schema: "pg_catalog" }],
  });
});

it("goes without the system identifier where the role may not ask for it", async () => {
  await using database = await createDatabase("create role pgark_corpus_plain login; revoke execute on function pg_control_system() from public");
  try {
    const url = new URL(database.url);
    url.username = "pgark_corpus_plain";
    expect((await catalogOf(url.href)).database.systemIdentifier).toBeNull();
  } finally {
    await database.query("drop role pgark_corpus_plain");
  }
});
