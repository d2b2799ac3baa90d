import { expect, it } from "vitest";
import { readCatalog } from "../../src/catalog/catalog.ts";
import type { Session } from "../../src/session/session.ts";
import { createDatabase } from "../helpers/database.ts";
import { makeTables } from "../helpers/many-tables.ts";
import { catalogSession } from "./session.ts";

/** The statements that reading a catalog of so many tables sends, and how many objects it finds. */
async function reading(tables: number): Promise<{ readonly statements: readonly string[]; readonly objects: number }> {
  await using database = await createDatabase();
  await makeTables(database, tables);
  await using session = await catalogSession(database.url);
  const statements: string[] = [];
  const counting: Session = {
    ...session,
    serverVersion: session.serverVersion,
    place: session.place,
    backendPid: session.backendPid,
    query: (sql, parameters) => {
      statements.push(sql);
      return session.query(sql, parameters);
    },
    execute: (sql) => {
      statements.push(sql);
      return session.execute(sql);
    },
  };
  const { objects } = await readCatalog(counting);
  return { statements, objects: objects.length };
}

it("reads 500 tables with the very statements that read 10", async () => {
  const few = await reading(10);
  const many = await reading(500);
  expect(many.statements).toStrictEqual(few.statements);
  expect(few.statements.length).toBeGreaterThan(10);
  // Table, identity, serial with its owner and default, check, key and index of each.
  expect(many.objects).toBeGreaterThan(500 * 8);
}, 60_000);
