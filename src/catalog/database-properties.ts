/**
 * What was said of the database itself: owner, comment, labels, limits, privileges, settings. Only a restore that makes
 * the database says it again, and at its end: a setting could get in its way.
 */
import { privilegeRoles, privilegeStatements } from "./acl.ts";
import type { DatabaseFacts } from "./database.ts";
import { type Property, type PropertyType, propertiesOf } from "./property.ts";
import { ident, literal } from "./quote.ts";
import { securityLabelStatements } from "./security-label.ts";
import { settingClause } from "./setting.ts";

/** What the entry of the database holds beside the manifest's facts. */
export interface DatabaseRecord {
  /** Null for the server's default. */
  readonly tablespace: string | null;
  readonly icuRules: string | null;
  readonly properties: readonly Property[];
}

/** Of a database of which an archive says nothing. */
export const NOTHING_SAID: DatabaseRecord = { tablespace: null, icuRules: null, properties: [] };

export function databaseRecord(facts: DatabaseFacts, publicExists: boolean): DatabaseRecord {
  return { tablespace: facts.tablespace === "pg_default" ? null : facts.tablespace, icuRules: facts.icuRules, properties: databaseProperties(facts, publicExists) };
}

/** Everything that CREATE DATABASE does not bring, in the order in which it is to be said. */
function databaseProperties(facts: DatabaseFacts, publicExists: boolean): readonly Property[] {
  const name = ident(facts.name);
  const properties: Property[] = [];
  const add = (type: PropertyType, statement: string, roles: readonly string[] = []) => properties.push({ type, roles, statement });
  add("owner", `ALTER DATABASE ${name} OWNER TO ${ident(facts.owner)};`, [facts.owner]);
  if (facts.comment !== null) add("comment", `COMMENT ON DATABASE ${name} IS ${literal(facts.comment)};`);
  for (const statement of securityLabelStatements(`DATABASE ${name}`, facts.securityLabels)) add("security-label", statement);
  if (facts.connectionLimit !== -1) add("limit", `ALTER DATABASE ${name} CONNECTION LIMIT ${facts.connectionLimit};`);
  if (facts.isTemplate) add("template", `ALTER DATABASE ${name} IS_TEMPLATE true;`);
  if (!publicExists) add("public-schema", "DROP SCHEMA IF EXISTS public;");
  const privileges = privilegeStatements(facts, `DATABASE ${name}`, facts.serverVersion);
  if (privileges.length > 0) add("privileges", privileges.join("\n"), privilegeRoles(facts));
  for (const { role, values } of facts.settings) {
    for (const value of values) {
      if (role === null) add("setting", `ALTER DATABASE ${name} ${settingClause(value)};`);
      else add("role-setting", `ALTER ROLE ${ident(role)} IN DATABASE ${name} ${settingClause(value)};`, [role]);
    }
  }
  return properties;
}

/** The record of the archive's entry. Throws a plain Error for what is no such record. */
export function readDatabaseRecord(record: unknown): DatabaseRecord {
  const properties = propertiesOf(record);
  const { tablespace, icuRules }: Record<string, unknown> = { ...(record as object) }; // propertiesOf takes nothing else.
  return { tablespace: typeof tablespace === "string" ? tablespace : null, icuRules: typeof icuRules === "string" ? icuRules : null, properties };
}
