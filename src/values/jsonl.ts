/** JSON lines: one object per row, keys in the order of the columns. Digits are never rounded on the way. */
import type { RowColumn } from "./row-reader.ts";
import { wireTypeOf } from "./types/registry.ts";

/**
 * A printer of lines, each with its line break, from the texts of a row. Numbers are JSON numbers, but strings
 * where they are int8 or numeric and no safe integer, NaN or infinite; json stays what it is; arrays and vectors
 * are arrays; everything else is its text.
 */
export function jsonlPrinter(columns: readonly RowColumn[]): (texts: readonly (string | null)[]) => string {
  const keys = columns.map((column) => `${JSON.stringify(column.name)}:`);
  const print = columns.map((column) => (column.wire === null ? null : wireTypeOf(column.wire))?.textToJson ?? ((text: string) => JSON.stringify(text)));
  return (texts) => `{${keys.map((key, index) => key + field(texts[index] ?? null, print[index])).join(",")}}\n`;
}

function field(text: string | null, print: ((text: string) => string) | undefined): string {
  return text === null || print === undefined ? "null" : print(text);
}
