import { describe, expect, it } from "vitest";
import { connect } from "../../src/session/connect.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import { prepareDumpSession, prepareRestoreSession } from "../../src/session/prepare-session.ts";
import type { Session } from "../../src/session/session.ts";
import { beginSnapshot, exportSnapshot, useSnapshot } from "../../src/session/snapshot.ts";
import { createDatabase, testServers } from "../helpers/database.ts";

const open = async (url: string): Promise<Session> => connect(await resolveConnection(url));

describe("a snapshot", () => {
  it("is taken after the locks, and shows every session the same rows", async () => {
    await using database = await createDatabase("create table t (a int); insert into t values (1)");
    await using leader = await open(database.url);
    await using worker = await open(database.url);
    await beginSnapshot(leader);
    await leader.execute("lock table t in access share mode");
    await database.query("insert into t values (2)");
    const id = await exportSnapshot(leader);
    await database.query("insert into t values (3)");
    await useSnapshot(worker, id);
    const rows = "select a from t order by a";
    expect([await leader.query(rows), await worker.query(rows)]).toStrictEqual([[{ a: 1 }, { a: 2 }], [{ a: 1 }, { a: 2 }]]);
    await expect(worker.execute("insert into t values (4)")).rejects.toMatchObject({ sqlState: "25006" });
  });

  it("that does not exist leaves no transaction open", async () => {
    await using database = await createDatabase();
    await using session = await open(database.url);
    await expect(useSnapshot(session, "00000003-0000001B-1")).rejects.toMatchObject({ code: "SQL_FAILED" });
    await expect(useSnapshot(session, "'; drop schema public; --")).rejects.toMatchObject({ sqlState: "22023" });
    // VACUUM refuses to run inside a transaction.
    await session.execute("vacuum pg_catalog.pg_am");
    expect(await session.query("select to_regnamespace('public') is not null as public")).toStrictEqual([{ public: true }]);
  });
});

/** What a hostile role, database or PGOPTIONS could have set before. */
const DISTURBED = `
  set search_path = public; set datestyle = 'German'; set intervalstyle = 'sql_standard'; set bytea_output = 'escape'; set xmloption = 'document'; set timezone = 'Asia/Tokyo';
  set standard_conforming_strings = off; set extra_float_digits = 0; set quote_all_identifiers = on; set statement_timeout = '1h'; set lock_timeout = '1h'; set default_tablespace = 'pg_default';
  set idle_in_transaction_session_timeout = '1h'`;

const COMMON = {
  search_path: "",
  DateStyle: "ISO, DMY",
  IntervalStyle: "postgres",
  bytea_output: "hex",
  xmloption: "content",
  standard_conforming_strings: "on",
  row_security: "off",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  jit: "off",
  TimeZone: "Asia/Tokyo",
};
const SINCE_17 = { transaction_timeout: "0" };

describe.each(Object.keys(testServers()))("on PostgreSQL %s", (major) => {
  const known = Number(major) >= 17 ? { ...COMMON, ...SINCE_17 } : COMMON;

  it("a dump's session reads as pg_dump's does, whatever was set before", async () => {
    await using database = await createDatabase("", { major });
    await using session = await open(database.url);
    await session.execute(DISTURBED);
    await prepareDumpSession(session);
    const expected = { ...known, TimeZone: "UTC", extra_float_digits: "3", quote_all_identifiers: "off", synchronize_seqscans: "off", restrict_nonsystem_relation_kind: "view, foreign-table" };
    expect(await settings(session, Object.keys(expected))).toStrictEqual(expected);
  });

  it("a restore's session writes as pg_restore's does, whatever was set before", async () => {
    await using database = await createDatabase("", { major });
    await using session = await open(database.url);
    await session.execute(DISTURBED);
    await prepareRestoreSession(session);
    const expected = { ...known, check_function_bodies: "off", client_min_messages: "warning", synchronous_commit: "off", default_tablespace: "" };
    expect(await settings(session, Object.keys(expected))).toStrictEqual(expected);
  });

  it("a restore's session has 256 MB to build indexes with, unless somebody has set more", async () => {
    await using database = await createDatabase("", { major });
    await using session = await open(database.url);
    const memory = async (set: string) => {
      await session.execute(`set maintenance_work_mem = '${set}'`);
      await prepareRestoreSession(session);
      return (await settings(session, ["maintenance_work_mem"]))["maintenance_work_mem"];
    };
    expect([await memory("64MB"), await memory("1GB")]).toStrictEqual(["256MB", "1GB"]);
  });
});

async function settings(session: Session, names: readonly string[]): Promise<Record<string, string | null>> {
  const rows = await session.query<{ name: string; value: string | null }>("select name, pg_catalog.current_setting(name, true) as value from pg_catalog.unnest($1::pg_catalog.text[]) as name", [names]);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}
