import { describe, expect, it } from "vitest";
import { privilegesLacking, type PrivilegeNeeds, type TableNeeds } from "../../src/restore/privileges-needed.ts";
import { createDatabase, type TestDatabase, testServers } from "../helpers/database.ts";
import { as, createRole, giveDatabase, type TestRole } from "../helpers/role.ts";
import { targetSession } from "./target-session.ts";

const MAJORS = ["13", "15", "17", "18"].filter((major) => testServers()[major] !== undefined);

const SCHEMA = `
  create schema app;
  create table app.parent (id int primary key);
  create table app.child (id int primary key, parent int constraint of_parent references app.parent, double int generated always as (id * 2) stored);
  create table app.other (id int);
  create function app.f() returns trigger language plpgsql as 'begin return new; end';`;

const TRIGGER = "create trigger told before insert on app.child for each row execute function app.f();";

interface Lack {
  readonly object: string | undefined;
  readonly message: string;
  readonly hint: string | undefined;
}

/** What is lacking, with the role's and the database's made-up names taken out. */
async function lacks(database: TestDatabase, role: TestRole, needs: Partial<Omit<PrivilegeNeeds, "tables">> & { tables: Record<string, Partial<TableNeeds>> }): Promise<readonly Lack[]> {
  await using session = await targetSession(as(role, database.url));
  const rows = await database.query<{ oid: number; name: string }>("select oid::int, relname as name from pg_class where relnamespace = 'app'::regnamespace");
  const tables = Object.entries(needs.tables).map(([name, some]): TableNeeds => ({ oid: rows.find((row) => row.name === name)!.oid, name: `app.${name}`, policy: "skip", straight: false, emptied: false, ...some }));
  const errors = await privilegesLacking(session, { aside: [], setsTriggersAside: false, journal: false, ...needs, tables });
  const plain = (text: string | undefined) => text?.replaceAll(role.name, "ROLE").replaceAll(database.name, "DATABASE");
  for (const error of errors) expect({ code: error.code, sqlState: error.sqlState }).toStrictEqual({ code: "PERMISSION_DENIED", sqlState: "42501" });
  return errors.map(({ object, message, hint }) => ({ object: plain(object), message: plain(message)!, hint: plain(hint) }));
}

async function keyOf(database: TestDatabase): Promise<number> {
  const [key] = await database.query<{ oid: number }>("select oid::int from pg_constraint where conname = 'of_parent'");
  return key!.oid;
}

describe.each(MAJORS)("on PostgreSQL %s", (major) => {
  it("an owner of everything lacks nothing, a superuser neither", async () => {
    await using superuser = await createRole({ major, attributes: "superuser" });
    await using owner = await createRole({ major });
    await using database = await createDatabase("", { major });
    await giveDatabase(database.url, owner);
    await database.query(`set role ${owner.name}; ${SCHEMA} ${TRIGGER} alter table app.child enable row level security; reset role`);
    const needs = { tables: { parent: { policy: "update" }, child: { straight: true }, other: { emptied: true, straight: true } }, aside: [await keyOf(database)], setsTriggersAside: true, journal: true } as const;

    expect(await lacks(database, owner, needs)).toStrictEqual([]);
    expect(await lacks(database, superuser, needs)).toStrictEqual([]);
  });

  it("a role without anything is told each privilege, and the GRANTs that are told suffice", async () => {
    await using role = await createRole({ major });
    await using database = await createDatabase(SCHEMA, { major });
    await database.query(`revoke temporary on database ${database.name} from public`);
    const needs = { tables: { parent: { policy: "update" }, child: { straight: true }, other: { policy: "replace", emptied: true } }, journal: true } as const;

    const found = await lacks(database, role, needs);

    expect(found).toStrictEqual([
      { object: "database DATABASE", message: "role ROLE lacks TEMPORARY on database DATABASE, where rows are staged in temporary tables", hint: "GRANT TEMPORARY ON DATABASE DATABASE TO ROLE;" },
      { object: "database DATABASE", message: "role ROLE lacks CREATE on database DATABASE, where the journal of the restore is kept in schema pgark", hint: "GRANT CREATE ON DATABASE DATABASE TO ROLE;" },
      { object: "schema app", message: "role ROLE lacks USAGE on schema app", hint: "GRANT USAGE ON SCHEMA app TO ROLE;" },
      { object: "table app.parent", message: "role ROLE lacks INSERT, SELECT, UPDATE on table app.parent", hint: "GRANT INSERT, SELECT, UPDATE ON app.parent TO ROLE;" },
      { object: "table app.child", message: "role ROLE lacks INSERT, SELECT, DELETE on table app.child", hint: "GRANT INSERT, SELECT, DELETE ON app.child TO ROLE;" },
      { object: "table app.other", message: "role ROLE lacks INSERT, SELECT, TRUNCATE on table app.other", hint: "GRANT INSERT, SELECT, TRUNCATE ON app.other TO ROLE;" },
    ]);
    for (const { hint } of found) await database.query(hint!.replaceAll("ROLE", role.name).replaceAll(" DATABASE TO", ` ${database.name} TO`));
    expect(await lacks(database, role, needs)).toStrictEqual([]);
    await database.query(`revoke all on database ${database.name} from ${role.name}; revoke all on schema app from ${role.name}; revoke all on all tables in schema app from ${role.name}`);
  });

  it("columns' privileges count for INSERT, generated columns asked for none; any one of UPDATE, DELETE, TRUNCATE allows the lock", async () => {
    await using role = await createRole({ major });
    await using database = await createDatabase(`${SCHEMA} grant usage on schema app to ${role.name}; grant select on app.child to ${role.name}; grant insert (id) on app.child to ${role.name}`, { major });
    const needs = { tables: { child: {} } };

    expect(await lacks(database, role, needs)).toStrictEqual([{ object: "table app.child", message: "role ROLE lacks INSERT, UPDATE on table app.child: there is none for column parent", hint: "GRANT INSERT, UPDATE ON app.child TO ROLE;" }]);
    await database.query(`grant insert (parent) on app.child to ${role.name}; grant delete on app.child to ${role.name}`);
    expect(await lacks(database, role, needs)).toStrictEqual([]);
  });

  it.skipIf(Number(major) < 17)("MAINTAIN allows the lock too", async () => {
    await using role = await createRole({ major });
    await using database = await createDatabase(`${SCHEMA} grant usage on schema app to ${role.name}; grant select, insert, maintain on app.child to ${role.name}`, { major });
    await using session = await targetSession(as(role, database.url));

    expect(await lacks(database, role, { tables: { child: {} } })).toStrictEqual([]);
    await session.execute("begin; lock table app.child in share row exclusive mode; commit");
  });

  it("what is set aside needs the owner, and REFERENCES on the parent: an owner of the child alone is told", async () => {
    await using role = await createRole({ major });
    await using database = await createDatabase(`${SCHEMA} ${TRIGGER} grant all on schema app to ${role.name}; grant all on app.child to ${role.name}`, { major });
    const needs = { tables: { child: { straight: true } }, aside: [await keyOf(database)], setsTriggersAside: true };

    expect(await lacks(database, role, needs)).toStrictEqual([
      { object: "table app.child", message: "role ROLE is not the owner of table app.child, and must set aside foreign key of_parent, trigger told while rows come in", hint: "Restore as postgres, or GRANT postgres TO ROLE;" },
      { object: "table app.parent", message: "role ROLE lacks REFERENCES on table app.parent, which a foreign key that has to be made again needs", hint: "GRANT REFERENCES ON app.parent TO ROLE;" },
    ]);
    await database.query(`alter table app.child owner to ${role.name}; grant references (id) on app.parent to ${role.name}`);
    expect(await lacks(database, role, needs)).toStrictEqual([]);
  });

  it("row security that applies to the role is said, a forced one to the owner too", async () => {
    await using role = await createRole({ major });
    await using owner = await createRole({ major });
    await using database = await createDatabase(
      `${SCHEMA} grant all on schema app to ${role.name}, ${owner.name}; alter table app.child owner to ${owner.name}; grant all on app.child to ${role.name};
       alter table app.child enable row level security, force row level security`,
      { major },
    );

    const message = "row security of table app.child applies to role ROLE: rows that its policies hide would be taken for missing";
    expect(await lacks(database, role, { tables: { child: {} } })).toStrictEqual([{ object: "table app.child", message, hint: "Restore as the table's owner, or as a role with BYPASSRLS." }]);
    expect(await lacks(database, owner, { tables: { child: {} } })).toStrictEqual([{ object: "table app.child", message, hint: "ALTER TABLE app.child NO FORCE ROW LEVEL SECURITY;" }]);
  });
});
