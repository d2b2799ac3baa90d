/** Rows that a constraint refused, into `pgark.rejects`: told as JSON for a person, kept as a ROW literal for another try. */
import { ident, literal } from "../../catalog/quote.ts";
import type { Session } from "../../session/session.ts";
import type { Field, MappedColumn } from "../column-map.ts";
import type { MergeLoad } from "./merge-load.ts";

/** Three SQL expressions over an alias: what `pgark.rejects` tells of its row. */
export interface Told {
  /** A JSON object of the merge key's columns, or NULL. */
  readonly key: string;
  /** A JSON object of the fields, by their names. */
  readonly row: string;
  /** The fields' texts as a ROW literal, in the order of `map.fields`. */
  readonly literal: string;
}

/** A field as two SQL expressions. */
interface Value {
  readonly json: string;
  readonly text: string;
}

/** Of rows whose columns are the fields, in their staging types. */
export function tellFields(load: MergeLoad, alias: string): Told {
  return tell(load, (field) => {
    const value = `${alias}.${ident(field.name)}`;
    return { json: value, text: value };
  });
}

/** Of rows whose columns are the fields as text, which may not be what their types say: only numbers and booleans become JSON's own. */
export function tellTexts(load: MergeLoad, alias: string): Told {
  return tell(load, (field) => {
    const value = `${alias}.${ident(field.name)}`;
    return { json: jsonOfText(field, value), text: value };
  });
}

/**
 * Of rows whose columns are those that the fields became: `Staging.rows`. A field that became no column is NULL in the
 * literal and not in the JSON.
 */
export function tellColumns(load: MergeLoad, alias: string): Told {
  const columns = new Map<string, MappedColumn>();
  for (const column of load.map.columns) if (!columns.has(column.field)) columns.set(column.field, column);
  return tell(load, ({ name }) => {
    const column = columns.get(name);
    if (column === undefined) return null;
    const value = `${alias}.${ident(column.name)}`;
    return { json: value, text: `${value}::pg_catalog.text` };
  });
}

/** Writes the rows that `from` gives under the alias or aliases that its expressions use. Gives how many they were. */
export async function writeRejects(session: Session, load: MergeLoad, chunk: number, told: Told, constraint: string, message: string, from: string): Promise<number> {
  return session.execute(
    `INSERT INTO pgark.rejects (load, chunk, constraint_name, message, key, "row", literal)
     SELECT ${load.load}, ${chunk}, ${constraint}, ${message}, ${told.key}, ${told.row}, ${told.literal} FROM ${from}`,
  );
}

function tell({ map, key }: MergeLoad, valueOf: (field: Field) => Value | null): Told {
  const values = map.fields.map((field) => ({ name: field.name, value: valueOf(field) }));
  const fieldOf = new Map(map.columns.map(({ name, field }) => [name, field]));
  const keyFields = key?.columns?.map((name) => ({ name, value: values.find((one) => one.name === fieldOf.get(name))?.value ?? null })) ?? [];
  const known = keyFields.length > 0 && keyFields.every(({ value }) => value !== null);
  return {
    key: known ? jsonObject(keyFields) : "NULL::pg_catalog.json",
    row: jsonObject(values),
    literal: `ROW(${values.map(({ value }) => value?.text ?? "NULL").join(", ")})::pg_catalog.text`,
  };
}

/** json_build_object takes no more than fifty values. */
function jsonObject(members: readonly { readonly name: string; readonly value: Value | null }[]): string {
  const list = members.flatMap(({ name, value }) => (value === null ? [] : [`${value.json} AS ${ident(name)}`]));
  if (list.length === 0) return `'{}'::pg_catalog.json`;
  return `(SELECT pg_catalog.row_to_json(o.*) FROM (SELECT ${list.join(", ")}) o)`;
}

const NUMBER = /^(smallint|integer|bigint|numeric|real|double precision)\b/;
const JSON_NUMBER = literal("^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?$");

function jsonOfText({ stagingType }: Field, value: string): string {
  const asText = `pg_catalog.to_json(${value})`;
  if (NUMBER.test(stagingType) && !stagingType.endsWith("]")) return `CASE WHEN ${value} ~ ${JSON_NUMBER} THEN ${value}::pg_catalog.json ELSE ${asText} END`;
  if (stagingType === "boolean") return `CASE ${value} WHEN 't' THEN 'true'::pg_catalog.json WHEN 'f' THEN 'false'::pg_catalog.json ELSE ${asText} END`;
  return value;
}
