/**
 * Statements on objects that the archive does not create: members of extensions and what came with the server. The
 * target brings its own, of another version perhaps, so nothing may be taken for granted.
 */
import type { AnyObject, Kind } from "./kind.ts";
import { dollarQuoted, literal, qualified } from "./quote.ts";

/**
 * Kinds that users put on tables of extensions and that are their own then. Nothing in the catalogs tells them from
 * those that the extension's script made, so they are made where they are not there.
 */
const ADDITIONS: ReadonlySet<Kind> = new Set<Kind>(["check", "constraint", "foreign-key", "index", "policy", "row-security", "rule", "trigger"]);

/** Whether `object` can be what a user added to a member of an extension. */
export function canBeAdded(object: AnyObject): boolean {
  if (object.kind === "rule") return object.event !== "select";
  if (object.kind === "trigger") return !object.clone;
  if (object.kind === "check") return object.local && object.type === "check";
  if (object.kind === "index" || object.kind === "constraint") return object.parentIndex === null;
  return ADDITIONS.has(object.kind);
}

/** Changes to an object that the target may lack, or that the role may not change: then it stays as it is, with a warning. */
export function whereAllowed(address: string, statements: readonly string[]): readonly string[] {
  if (statements.length === 0) return [];
  const body = [
    "",
    "BEGIN",
    ...statements.map((statement) => `  ${statement}`),
    "EXCEPTION WHEN undefined_table OR undefined_function OR undefined_object OR undefined_column OR invalid_schema_name OR insufficient_privilege THEN",
    `  RAISE WARNING '%', ${literal(`${address} stays as it is: `)} || SQLERRM;`,
    "END",
    "",
  ];
  return [`DO ${dollarQuoted(body.join("\n"))};`];
}

/** The statements that make an addition, when its table is there and it is not. */
export function unlessThere(object: AnyObject, statements: readonly string[]): readonly string[] {
  if (statements.length === 0) return [];
  const { table, missing } = conditions(object);
  const body = [
    "",
    "BEGIN",
    `  IF pg_catalog.to_regclass(${literal(table)}) IS NOT NULL AND ${missing} THEN`,
    ...statements.map((statement) => `    EXECUTE ${literal(statement)};`),
    "  END IF;",
    "END",
    "",
  ];
  return [`DO ${dollarQuoted(body.join("\n"))};`];
}

function conditions(object: AnyObject): { readonly table: string; readonly missing: string } {
  const name = "table" in object && typeof object.table === "string" ? object.table : object.kind === "rule" ? object.relation : object.name;
  const table = qualified(object.schema, name);
  const noRow = (catalog: string, relation: string, named: string) =>
    `NOT EXISTS (SELECT FROM pg_catalog.${catalog} x WHERE x.${relation} = pg_catalog.to_regclass(${literal(table)}) AND x.${named} = ${literal(object.name)})`;
  switch (object.kind) {
    case "index":
      return { table, missing: `pg_catalog.to_regclass(${literal(qualified(object.schema, object.name))}) IS NULL` };
    case "trigger":
      return { table, missing: noRow("pg_trigger", "tgrelid", "tgname") };
    case "rule":
      return { table, missing: noRow("pg_rewrite", "ev_class", "rulename") };
    case "policy":
      return { table, missing: noRow("pg_policy", "polrelid", "polname") };
    case "check":
    case "constraint":
    case "foreign-key":
      return { table, missing: noRow("pg_constraint", "conrelid", "conname") };
    default:
      return { table, missing: "true" };
  }
}
