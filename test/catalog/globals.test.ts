import { expect, it } from "vitest";
import { readGlobals } from "../../src/catalog/globals.ts";
import { createDatabase, testServers } from "../helpers/database.ts";
import { catalogSession } from "./session.ts";

const PREFIX = "pgark_globals_";

it.each(Object.keys(testServers()))("makes roles, memberships, settings and parameter privileges again on PostgreSQL %s", async (major) => {
  const since = (version: number, sql: string) => (Number(major) >= version ? sql : "");
  await using database = await createDatabase("", { major });
  const read = async (rolePasswords: boolean) => {
    await using session = await catalogSession(database.url);
    const { globals } = await readGlobals(session, { rolePasswords });
    return globals.filter(({ properties }) => properties.some(({ statement }) => statement.includes(PREFIX)));
  };
  const names = ["app", "Odd \"name\"", "alice", "bob"].map((name) => `"${(PREFIX + name).replaceAll('"', '""')}"`);
  const [app, odd, alice, bob] = names;
  const drop = async () => {
    for (const name of names) await database.query(`do $$ begin execute 'drop owned by ' || ${quoted(name)}; exception when undefined_object then null; end $$`);
    await database.query(`drop role if exists ${names.join(", ")}; alter role all reset ${PREFIX}all.setting`);
  };
  await drop();
  try {
    await database.query(`
      create role ${app} nologin createdb noinherit connection limit 3;
      create role ${odd} login password 'made up' valid until '2030-01-02 03:04:05+00' bypassrls replication;
      create role ${alice} login; create role ${bob};
      comment on role ${app} is 'it''s the app';
      grant ${app} to ${alice} with admin option;
      ${since(16, `set role ${alice}; grant ${app} to ${bob} with inherit false, set false; reset role;`)}
      ${since(16, "") === "" && Number(major) < 16 ? `grant ${app} to ${bob};` : ""}
      grant pg_monitor to ${odd};
      alter role all set ${PREFIX}all.setting = 'for everybody';
      alter role ${app} set search_path = a, "B c"; alter role ${app} set work_mem = '7MB';
      ${since(15, `grant set, alter system on parameter work_mem to ${app}; grant set on parameter pgark.own to ${alice} with grant option;`)}`);
    const before = await read(true);
    expect(before.map(({ kind, address }) => `${kind}: ${address}`)).toStrictEqual([
      `role: ROLE "${PREFIX}Odd ""name"""`, `role: ROLE ${PREFIX}alice`, `role: ROLE ${PREFIX}app`, `role: ROLE ${PREFIX}bob`,
      `role-membership: MEMBERSHIP of "${PREFIX}Odd ""name""" in pg_monitor`, `role-membership: MEMBERSHIP of ${PREFIX}alice in ${PREFIX}app`, `role-membership: MEMBERSHIP of ${PREFIX}bob in ${PREFIX}app`,
      "role-setting: SETTINGS of ROLE ALL", `role-setting: SETTINGS of ROLE ${PREFIX}app`,
      ...(Number(major) >= 15 ? ["parameter-privilege: PARAMETER pgark.own", "parameter-privilege: PARAMETER work_mem"] : []),
    ].sort(byKindThenAsRead(before)));
    expect(JSON.stringify(await read(false))).not.toContain("PASSWORD");

    await drop();
    expect(await read(true)).toStrictEqual([]);
    for (const { properties } of before) for (const { statement } of properties.filter((property) => property.before === undefined)) await database.query(statement);
    expect(await read(true)).toStrictEqual(before);
  } finally {
    await drop();
  }
});

/** The server sorts names by its own collation: what is compared is the set. */
function byKindThenAsRead(read: readonly { readonly kind: string; readonly address: string }[]): (a: string, b: string) => number {
  const places = new Map(read.map(({ kind, address }, place) => [`${kind}: ${address}`, place]));
  return (a, b) => (places.get(a) ?? -1) - (places.get(b) ?? -1);
}

function quoted(identifier: string | undefined): string {
  return `'${(identifier ?? "").replaceAll("'", "''")}'`;
}
