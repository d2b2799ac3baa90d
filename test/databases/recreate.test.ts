import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { PgarkError } from "../../src/errors.ts";
import { createScratchDatabase, dropScratchDatabase, inspectDatabase, recreateDatabase } from "../../src/databases/recreate.ts";
import { readShell } from "../../src/databases/shell.ts";
import { forDatabase } from "../../src/databases/target.ts";
import { connect } from "../../src/session/connect.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import { createDatabase, testServers } from "../helpers/database.ts";

async function shellOf(url: string) {
  await using session = await connect(await resolveConnection(url), {});
  return await readShell(session);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PgarkError)) throw new Error(`expected a PgarkError, got ${String(error)}`);
  return error.code;
}

const DRESSED = (name: string) => `
  create table kept (id int); insert into kept select generate_series(1, 1000); analyze kept;
  alter database "${name}" connection limit 17;
  alter database "${name}" set search_path = "$user", 'odd, "name', public;
  alter database "${name}" set work_mem = '7MB';
  comment on database "${name}" is 'it''s \\ mine';
  revoke connect on database "${name}" from public;
  grant temporary on database "${name}" to pg_monitor with grant option;`;

describe.each(Object.keys(testServers()))("on PostgreSQL %s", (major) => {
  const name = `pgark_test_"${randomBytes(5).toString("hex")}`;
  afterAll(async () => {
    // A test that failed half-way must not leave a scratch database.
    await using database = await createDatabase("", { major });
    const left = await database.query<{ name: string }>("select datname as name from pg_database where datname ~ '^pgark_(new|drill)_'");
    expect(left).toStrictEqual([]);
  });

  test("an empty database takes the place of the old one, with its whole shell and though sessions are open", async () => {
    await using old = await createDatabase("", { major, name });
    await old.query(DRESSED(name.replaceAll('"', '""')));
    const before = await shellOf(old.url);
    const facts = await inspectDatabase(old.url);
    expect({ name: facts?.name, tables: facts?.tables, approximateRows: facts?.approximateRows, sessions: facts?.sessions, protection: facts?.protection }).toStrictEqual({
      name,
      tables: 1,
      approximateRows: 1000,
      sessions: 1,
      protection: null,
    });
    await recreateDatabase(old.url, name);
    expect(await shellOf(old.url)).toStrictEqual(before);
    expect((await inspectDatabase(old.url))?.tables).toBe(0);
  });

  test("a refusal of the server leaves the old database as it was and nothing beside it", async () => {
    await using old = await createDatabase("create table kept (id int)", { major });
    // A database with a subscription cannot be dropped.
    await old.query("create subscription pgark_test connection 'host=127.0.0.1' publication none with (connect = false, slot_name = none)");
    expect(await codeOf(recreateDatabase(old.url, old.name))).toBe("SQL_FAILED");
    expect((await inspectDatabase(old.url))?.tables).toBe(1);
    // It may have ended the sessions before it refused.
    await using session = await connect(await resolveConnection(old.url));
    await session.execute("drop subscription pgark_test");
  });

  test("a mark in the database, the configuration and the server's own names protect it", async () => {
    await using marked = await createDatabase("", { major });
    await marked.query(`alter database "${marked.name}" set pgark.protected = on`);
    expect(await codeOf(recreateDatabase(marked.url, marked.name))).toBe("PROTECTED");
    await marked.query(`alter database "${marked.name}" reset pgark.protected`);
    expect(await codeOf(recreateDatabase(marked.url, marked.name, { protected: true }))).toBe("PROTECTED");
    expect(await codeOf(recreateDatabase(forDatabase(marked.url, "postgres"), "postgres"))).toBe("PROTECTED");
    expect(await codeOf(recreateDatabase(forDatabase(marked.url, "template1"), "template1"))).toBe("PROTECTED");
  });

  test("a scratch database has the shell of its model and is dropped by its name only", async () => {
    await using model = await createDatabase("", { major });
    await model.query(`alter database "${model.name}" set search_path = public`);
    const scratch = await createScratchDatabase(model.url);
    try {
      expect(await shellOf(forDatabase(model.url, scratch))).toStrictEqual({ ...(await shellOf(model.url)), name: scratch });
    } finally {
      await dropScratchDatabase(model.url, scratch);
    }
    expect(await inspectDatabase(forDatabase(model.url, scratch))).toBeNull();
    await expect(dropScratchDatabase(model.url, model.name)).rejects.toThrow("is no scratch database");
  });
});
