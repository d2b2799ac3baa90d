/** What only a superuser may read: told where it could not be read, carried where it could. */
import { expect, it } from "vitest";
import { kinds } from "../../../src/catalog/catalog.ts";
import { createDatabase, testServers } from "../../helpers/database.ts";
import { as, createRole } from "../../helpers/role.ts";
import { catalogOf } from "../session.ts";

const CONTEXT = { separate: new Set<never>(), serverVersion: 170_000 };

it.each(Object.keys(testServers()))("tells of user mappings whose options it may not read, and only of those, on PostgreSQL %s", async (major) => {
  await using role = await createRole({ major });
  await using database = await createDatabase(
    /* sql */ `
    create foreign data wrapper w;
    create server mine foreign data wrapper w; alter server mine owner to ${role.name};
    create server other foreign data wrapper w; grant usage on foreign server other to ${role.name};
    create user mapping for public server mine options (secret 'a');
    create user mapping for ${role.name} server mine;
    create user mapping for postgres server mine options (secret 'b');
    create user mapping for public server other options (secret 'c');
    create user mapping for ${role.name} server other options (secret 'd');`,
    { major },
  );
  const own = await catalogOf(as(role, database.url));
  const hidden = ["USER MAPPING FOR postgres SERVER mine", "USER MAPPING FOR PUBLIC SERVER other"];
  expect(own.warnings).toStrictEqual(
    hidden.map((object) => ({ code: "OPTIONS_HIDDEN", object, message: `${object} has options that this role may not read, if it has any; they are not in this archive` })),
  );
  const statements = (objects: typeof own.objects) => objects.flatMap((object) => (object.kind === "user-mapping" ? kinds["user-mapping"].create(object, CONTEXT) : [])).sort();
  expect(statements(own.objects)).toStrictEqual(
    [
      `CREATE USER MAPPING FOR ${role.name} SERVER mine;`,
      "CREATE USER MAPPING FOR PUBLIC SERVER mine OPTIONS (secret 'a');",
      "CREATE USER MAPPING FOR postgres SERVER mine;",
      `CREATE USER MAPPING FOR ${role.name} SERVER other OPTIONS (secret 'd');`,
      "CREATE USER MAPPING FOR PUBLIC SERVER other;",
    ].sort(),
  );
  const all = await catalogOf(database.url);
  expect(all.warnings).toStrictEqual([]);
  expect(statements(all.objects).filter((statement) => statement.includes("OPTIONS"))).toHaveLength(4);
});

it.each(Object.keys(testServers()))("tells a role that may not read connection strings of subscriptions that they are not carried, on PostgreSQL %s", async (major) => {
  await using role = await createRole({ major });
  await using database = await createDatabase(`create subscription "Sub 1" connection 'password=hidden' publication pub with (connect = false)`, { major });
  const own = await catalogOf(as(role, database.url));
  expect(own.objects.filter(({ kind }) => kind === "subscription")).toStrictEqual([]);
  expect(own.warnings.map(({ code, object }) => [code, object])).toStrictEqual([["UNMODELLED_OBJECT", 'subscription "Sub 1"']]);
  const all = await catalogOf(database.url);
  expect([all.objects.map(({ kind }) => kind), all.warnings]).toStrictEqual([["schema", "subscription"], []]);
});
