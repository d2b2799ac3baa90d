/**
 * What was said of the database itself: owner, comment, privileges, settings, limits. Only a restore that makes the
 * database says it again, and at its very end: a setting could get in its way.
 */
import { privilegeRoles, privilegeStatements } from "./acl.ts";
import type { DatabaseFacts } from "./database.ts";
import { ident, literal } from "./quote.ts";
import { settingClause } from "./setting.ts";

/** One statement that sets a property, and the roles it names. Plain data: it stands in the record of the entry `database`. */
export interface DatabaseProperty {
  readonly type: "owner" | "privileges" | "comment" | "limit" | "template" | "setting" | "role-setting" | "public-schema";
  readonly roles: readonly string[];
  readonly statement: string;
}

/** Everything that CREATE DATABASE, by the role that read the facts, would not bring by itself. Empty when that is nothing. */
export function databaseProperties(facts: DatabaseFacts, publicExists: boolean): readonly DatabaseProperty[] {
  const name = ident(facts.name);
  const properties: DatabaseProperty[] = [];
  const add = (type: DatabaseProperty["type"], statement: string, roles: readonly string[] = []) => properties.push({ type, roles, statement });
  if (!facts.ownedByReader) add("owner", `ALTER DATABASE ${name} OWNER TO ${ident(facts.owner)};`, [facts.owner]);
  if (facts.comment !== null) add("comment", `COMMENT ON DATABASE ${name} IS ${literal(facts.comment)};`);
  if (facts.connectionLimit !== -1) add("limit", `ALTER DATABASE ${name} CONNECTION LIMIT ${facts.connectionLimit};`);
  if (facts.isTemplate) add("template", `ALTER DATABASE ${name} IS_TEMPLATE true;`);
  if (!publicExists) add("public-schema", "DROP SCHEMA IF EXISTS public;");
  const roles = privilegeRoles(facts);
  for (const statement of privilegeStatements(facts, `DATABASE ${name}`, facts.serverVersion)) add("privileges", statement, roles);
  for (const { role, values } of facts.settings) {
    for (const value of values) {
      if (role === null) add("setting", `ALTER DATABASE ${name} ${settingClause(value)};`);
      else add("role-setting", `ALTER ROLE ${ident(role)} IN DATABASE ${name} ${settingClause(value)};`, [role]);
    }
  }
  return properties;
}

export interface PropertyOptions {
  readonly noOwner: boolean;
  readonly noPrivileges: boolean;
  /** Those of the target's server. */
  readonly roles: ReadonlySet<string>;
}

/** What of the entry's record a restore says, and what it leaves because a role is missing. Throws a plain Error for what is no such record. */
export function propertiesToRestore(record: unknown, { noOwner, noPrivileges, roles }: PropertyOptions): { readonly statements: readonly string[]; readonly left: readonly DatabaseProperty[] } {
  const wanted = propertiesOf(record).filter(({ type }) => !(noOwner && type === "owner") && !(noPrivileges && type === "privileges"));
  const isPossible = (property: DatabaseProperty) => property.roles.every((role) => roles.has(role));
  return { statements: wanted.filter(isPossible).map(({ statement }) => statement), left: wanted.filter((property) => !isPossible(property)) };
}

function propertiesOf(record: unknown): readonly DatabaseProperty[] {
  if (typeof record !== "object" || record === null || !("properties" in record) || !Array.isArray(record.properties) || !record.properties.every(isProperty)) {
    throw new Error("the entry for the database holds no properties");
  }
  return record.properties;
}

function isProperty(value: unknown): value is DatabaseProperty {
  if (typeof value !== "object" || value === null || !("type" in value && "roles" in value && "statement" in value)) return false;
  return typeof value.type === "string" && typeof value.statement === "string" && Array.isArray(value.roles) && value.roles.every((role) => typeof role === "string");
}
