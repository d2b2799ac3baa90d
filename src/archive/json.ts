/** JSON as it stands in an archive: read strictly, into plain data that no key can turn into something else. */
import * as v from "valibot";
import { messageOf } from "../errors.ts";
import { MAX_DEPTH, MAX_VALUE_BYTES } from "./layout.ts";
import type { Json } from "./toc.ts";

export function encodeJson(value: unknown): Buffer {
  return checkedLength(Buffer.from(JSON.stringify(value), "utf8"));
}

export function checkedLength(bytes: Buffer): Buffer {
  if (bytes.length > MAX_VALUE_BYTES) throw new Error(`a value of ${bytes.length} bytes does not fit into an archive, which takes ${MAX_VALUE_BYTES}`);
  return bytes;
}

export function decodeJson<T>(bytes: Uint8Array, schema: v.GenericSchema<unknown, T>): T {
  return fitting(parseJson(bytes), schema);
}

/** Throws an `Error` for what is no JSON that an archive may hold. */
export function parseJson(bytes: Uint8Array): Json {
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  checkJson(value, 0);
  return value as Json; // JSON.parse gives nothing else.
}

/** Throws an `Error` that says where the value differs from the schema. Fields that the schema does not name are dropped. */
export function fitting<T>(value: Json, schema: v.GenericSchema<unknown, T>): T {
  try {
    return v.parse(schema, value);
  } catch (error) {
    if (!(error instanceof v.ValiError)) throw error;
    const issue: v.BaseIssue<unknown> | undefined = error.issues[0];
    throw new Error(`${(issue && v.getDotPath(issue)) ?? "it"}: ${messageOf(error)}`, { cause: error });
  }
}

/** Any JSON. What `JSON.parse` gave is nothing else, so there is nothing left to check. */
export const anyJson = v.custom<Json>(() => true);
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const sha256Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
export const dataFormat = v.picklist(["copy-text", "copy-binary", "large-objects"]);
export const text = v.string();
export const textOrNull = v.nullable(text);

/** `__proto__` would change what an object is as soon as somebody copies it; deep nesting would exhaust the stack of whoever walks it. */
function checkJson(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth >= MAX_DEPTH) throw new Error(`it is nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) {
    for (const element of value) checkJson(element, depth + 1);
    return;
  }
  // Plain data has no inherited keys, and `in` makes no list of its own.
  for (const key in value) {
    if (key === "__proto__") throw new Error("it has a key __proto__");
    checkJson(Reflect.get(value, key), depth + 1);
  }
}
