/** Where sequences stand after a restore into a database that was there before: as in the archive, but never further back than they were. */
import type { TocEntry } from "../archive/toc.ts";
import { literal, qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";

/** The statement that sets the sequence of a `sequence-value` entry. */
export function sequenceStatement(entry: TocEntry): string {
  const { lastValue, isCalled, increment } = valueOf(entry);
  const name = qualified(entry.schema, entry.name);
  const ahead = increment.startsWith("-") ? "<" : ">";
  // A sequence that stands on the same value is behind when that value was not given out yet.
  return `SELECT pg_catalog.setval(${literal(name)}, ${lastValue}, ${isCalled}) FROM ${name} WHERE ${lastValue} ${ahead} last_value OR (${lastValue} = last_value AND ${isCalled} AND NOT is_called);`;
}

function valueOf(entry: TocEntry): { readonly lastValue: string; readonly isCalled: boolean; readonly increment: string } {
  const { record } = entry;
  if (record !== null && typeof record === "object" && "lastValue" in record) {
    const { lastValue, isCalled, increment } = record;
    if (isNumeral(lastValue) && typeof isCalled === "boolean" && isNumeral(increment)) return { lastValue, isCalled, increment };
  }
  throw new PgarkError("ARCHIVE_DAMAGED", `${entry.address}: the record of its value is not one`, { object: entry.address });
}

function isNumeral(value: unknown): value is string {
  return typeof value === "string" && /^-?\d+$/.test(value);
}
