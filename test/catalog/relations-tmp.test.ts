/**
 * The catalog's DDL against the oracle: each corpus file → catalog → order → statements in a second database, then
 * pg_dump of both sides must say the same. Rows, archives and workers have their own tests.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { privilegeStatements } from "../../src/catalog/acl.ts";
import { type Catalog, grantAddressOf, moduleOf } from "../../src/catalog/catalog.ts";
import { commentStatements } from "../../src/catalog/comment.ts";
import { dependsOnExtensionStatements } from "../../src/catalog/dependencies.ts";
import { ownerStatement } from "../../src/catalog/owner.ts";
import { arrange } from "../../src/order/arrange.ts";
import { createDatabase, testServers } from "../helpers/database.ts";
import { catalogOf } from "./session.ts";

const CORPUS = join(import.meta.dirname, "../corpus");
const KINDS = new RegExp("^(" + (process.env["ONLY"] ?? "table|generated|identity|sequence|partition|inheritance|check|default|constraint|foreign-key|index|view|materialized-view|rule|trigger|policy|statistics|privileges|owner|comment|extension|function|schema|domain") + ")--");

describe.each(Object.keys(testServers()))("on PostgreSQL %s", (major) => {
  const files = readdirSync(CORPUS).filter((file) => KINDS.test(file) && file.endsWith(".sql"));
  it.concurrent.each(files.filter((file) => Number(major) >= requirement(file)))("brings back %s as pg_dump sees it", async (file) => {
    await using source = await createDatabase(read(file), { major });
    const catalog = await catalogOf(source.url);
    await using target = await createDatabase("", { major });
    // As in a restore: functions may name what comes later, and the default path must not help to find anything.
    await target.query("set check_function_bodies = off; set client_min_messages = warning; set search_path = ''");
    for (const statement of statementsOf(catalog)) {
      await target.query(statement).catch((error: unknown) => {
        throw new Error(`${statement}\n${String(error)}`);
      });
    }
    const [restored, original] = await Promise.all([schemaDump(target.url, major), schemaDump(source.url, major)]);
    expect(restored).toBe(original);
  });
});

/** Everything but rows: definitions, then comments and privileges, as a restore without data would run them. */
function statementsOf(catalog: Catalog): readonly string[] {
  const { order, separate } = arrange(catalog);
  const context = { separate, serverVersion: catalog.serverVersion };
  const definitions: string[] = [];
  const privileges: string[] = [];
  for (const object of order) {
    const address = moduleOf(object).address(object);
    const create = moduleOf(object).create(object, context);
    definitions.push(...create, ...dependsOnExtensionStatements(address, catalog.dependsOnExtension.get(object.key) ?? []));
    const owner = ownerStatement(object, address);
    if (owner !== null) definitions.push(owner);
    privileges.push(...privilegeStatements(object, grantAddressOf(object), catalog.serverVersion));
  }
  const comments = order.flatMap((object) => {
    const found = catalog.comments.get(object.key);
    return found === undefined ? [] : commentStatements(moduleOf(object).address(object), found);
  });
  return [...definitions, ...comments, ...privileges];
}

async function schemaDump(url: string, major: string): Promise<string> {
  // Written by global-setup.ts as an object of strings.
  const folders = JSON.parse(process.env["PGARK_TEST_BIN"] ?? "{}") as Record<string, string>;
  const program = join(folders[major] ?? "", "pg_dump");
  const { stdout } = await promisify(execFile)(program, ["--schema-only", "-b", "-d", url], { maxBuffer: 1 << 24 });
  return stdout.replace(/^\\(un)?restrict .*$/gm, "");
}

function read(file: string): string {
  return readFileSync(join(CORPUS, file), "utf8");
}

/** The first line may name the oldest major that understands the file. */
function requirement(file: string): number {
  return Number(/^-- requires: (\d+)/.exec(read(file))?.[1] ?? 13);
}
