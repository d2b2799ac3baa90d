import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { defaultPrivilegeStatements, parseAclItem, privilegeStatements } from "../../src/catalog/acl.ts";
import { grantAddressOf } from "../../src/catalog/catalog.ts";
import { createDatabase } from "../helpers/database.ts";
import { catalogOf } from "./session.ts";

const ROLES = ["ann", "bob", "carl", '"O dd"'];

describe("an aclitem", () => {
  it.each([
    ["=r/ann", { grantee: null, grantor: "ann", plain: new Set("r"), grantable: new Set() }],
    ["bob=r*w/ann", { grantee: "bob", grantor: "ann", plain: new Set("w"), grantable: new Set("r") }],
    ['"a=b"=X/"o/w"', { grantee: "a=b", grantor: "o/w", plain: new Set("X"), grantable: new Set() }],
    ['"odd ""name"""=U/ann', { grantee: 'odd "name"', grantor: "ann", plain: new Set("U"), grantable: new Set() }],
    ["nobody=/ann", { grantee: "nobody", grantor: "ann", plain: new Set(), grantable: new Set() }],
  ])("%s is taken apart", (text, item) => {
    expect(parseAclItem(text)).toStrictEqual(item);
  });

  it.each(["", "bob", "bob=r"])("%j is refused", (text) => {
    expect(() => parseAclItem(text)).toThrow("expected");
  });
});

describe("privileges of an object", () => {
  const base = ["ann=arwdDxtm/ann"];
  const of = (actual: readonly string[], serverVersion = 170000) => privilegeStatements({ owner: "ann", acl: { actual, base } }, "TABLE s.t", serverVersion);

  it("are not written where nothing differs", () => {
    expect(privilegeStatements({ owner: "ann", acl: null }, "TABLE s.t", 170000)).toStrictEqual([]);
    expect(of(base)).toStrictEqual([]);
  });

  it("are revoked from the owner when she gave them up, before what she kept is granted", () => {
    expect(of(["ann=r/ann"])).toStrictEqual(["REVOKE ALL ON TABLE s.t FROM ann;", "GRANT SELECT ON TABLE s.t TO ann;"]);
  });

  it("are all revoked by an empty list, which is not the same as none", () => {
    expect(of([])).toStrictEqual(["REVOKE ALL ON TABLE s.t FROM ann;"]);
  });

  it("are ALL only with every privilege that the newest version knows, and revoked as ALL by those of their own", () => {
    expect(of([...base, "bob=arwdDxt/ann"])).toStrictEqual(["GRANT SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE ON TABLE s.t TO bob;"]);
    expect(of([...base, "bob=arwdDxt/ann"], 150000)).toStrictEqual(["GRANT SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE ON TABLE s.t TO bob;"]);
  });

  it("split by the grant option", () => {
    expect(of([...base, "bob=r*w/ann"])).toStrictEqual(["GRANT UPDATE ON TABLE s.t TO bob;", "GRANT SELECT ON TABLE s.t TO bob WITH GRANT OPTION;"]);
  });

  it("keep the order of a chain, and another grantor speaks for himself", () => {
    expect(of([...base, "bob=r*/ann", "carl=r/bob"])).toStrictEqual([
      "GRANT SELECT ON TABLE s.t TO bob WITH GRANT OPTION;",
      "SET SESSION AUTHORIZATION bob;",
      "GRANT SELECT ON TABLE s.t TO carl;",
      "RESET SESSION AUTHORIZATION;",
    ]);
  });

  it("start with the owner's own, wherever the server keeps them", () => {
    expect(of(["=r/ann", "ann=rw/ann"])).toStrictEqual(["REVOKE ALL ON TABLE s.t FROM ann;", "GRANT SELECT,UPDATE ON TABLE s.t TO ann;", "GRANT SELECT ON TABLE s.t TO PUBLIC;"]);
  });

  it("of columns come after the table's", () => {
    const columns = [{ name: "A b", acl: { actual: ["bob=rw/ann"], base: [] } }, { name: "c", acl: null }];
    expect(privilegeStatements({ owner: "ann", acl: { actual: ["ann=r/ann"], base }, columns }, "VIEW s.v", 170000)).toStrictEqual([
      "REVOKE ALL ON TABLE s.v FROM ann;",
      "GRANT SELECT ON TABLE s.v TO ann;",
      'GRANT SELECT("A b"),UPDATE("A b") ON TABLE s.v TO bob;',
    ]);
  });

  it("of a domain are a type's", () => {
    expect(privilegeStatements({ owner: "ann", acl: { actual: ["ann=U/ann"], base: ["=U/ann", "ann=U/ann"] } }, "DOMAIN s.d", 170000)).toStrictEqual(["REVOKE ALL ON TYPE s.d FROM PUBLIC;"]);
  });

  it("on something that cannot have any are a mistake", () => {
    expect(() => privilegeStatements({ owner: "ann", acl: { actual: [], base } }, "TRIGGER x ON s.t", 170000)).toThrow("no privileges");
  });
});

it("default privileges of a schema are added to nothing, global ones change the built-in", () => {
  expect(defaultPrivilegeStatements("ann", "s", "S", { actual: ["bob=rU/ann"], base: [] }, 170000)).toStrictEqual([
    "ALTER DEFAULT PRIVILEGES FOR ROLE ann IN SCHEMA s GRANT SELECT,USAGE ON SEQUENCES TO bob;",
  ]);
  expect(defaultPrivilegeStatements("ann", null, "f", { actual: ["ann=X/ann"], base: ["=X/ann", "ann=X/ann"] }, 170000)).toStrictEqual([
    "ALTER DEFAULT PRIVILEGES FOR ROLE ann REVOKE ALL ON FUNCTIONS FROM PUBLIC;",
  ]);
});

it("says what pg_dump says, statement by statement", async () => {
  await using database = await createDatabase(/* sql */ `
    ${ROLES.map((role) => `create role ${roleName(role)};`).join("\n")}
    create schema s authorization ${roleName("ann")};
    grant all on schema s to ${roleName("bob")};
    create table s.t (id int, "A b" text);
    alter table s.t owner to ${roleName("ann")};
    revoke delete, truncate on s.t from ${roleName("ann")};
    grant select on s.t to ${roleName("bob")} with grant option;
    grant insert, update on s.t to ${roleName('"O dd"')};
    set session authorization ${roleName("bob")};
    grant select on s.t to ${roleName("carl")};
    reset session authorization;
    grant select ("A b"), update (id) on s.t to ${roleName("carl")};
    create sequence s.q;
    grant all on sequence s.q to ${roleName("bob")};
    grant usage on sequence s.q to public;
    create function s.f(int, text) returns int language sql as 'select 1';
    revoke all on function s.f(int, text) from public;
    create procedure s.p() language sql as 'select 1';
    grant execute on procedure s.p() to ${roleName("bob")};
    create aggregate s.a(*) (sfunc = int8inc, stype = int8, initcond = '0');
    revoke all on function s.a() from public;
    create type s.e as enum ();
    revoke all on type s.e from public;
    create domain s.d as int;
    grant usage on domain s.d to ${roleName("bob")} with grant option;
    grant create on schema public to ${roleName("carl")};
    revoke usage on schema public from public;
    alter default privileges for role ${roleName("ann")} grant select on tables to ${roleName("bob")};
    alter default privileges for role ${roleName("ann")} in schema s revoke execute on functions from public;
    alter default privileges for role ${roleName("ann")} in schema s grant all on sequences to ${roleName("bob")} with grant option;`);
  const { objects, serverVersion } = await catalogOf(database.url);
  const ours = objects.flatMap((object) => [
    ...privilegeStatements(object, grantAddressOf(object), serverVersion),
    ...(object.kind === "default-privileges" ? defaultPrivilegeStatements(object.role, object.schema, object.type, object.privileges, serverVersion) : []),
  ]);
  expect(ours.toSorted()).toStrictEqual((await grantsOfDump(database.url)).toSorted());
  expect(ours.length).toBeGreaterThan(20);
});

afterAll(async () => {
  await using database = await createDatabase();
  for (const role of ROLES) await database.query(`drop role if exists ${roleName(role)}`);
});

function roleName(name: string): string {
  return name.startsWith('"') ? `"pgark_acl_${name.slice(1)}` : `pgark_acl_${name}`;
}

async function grantsOfDump(url: string): Promise<readonly string[]> {
  // Written by global-setup.ts as an object of strings.
  const folders = JSON.parse(process.env["PGARK_TEST_BIN"] ?? "{}") as Record<string, string>;
  const { stdout } = await promisify(execFile)(join(folders["17"] ?? "", "pg_dump"), ["--schema-only", "-d", url]);
  return stdout.split("\n").filter((line) => /^(GRANT|REVOKE|ALTER DEFAULT|SET SESSION|RESET SESSION)/.test(line));
}
