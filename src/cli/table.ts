/** Tables for people: columns as wide as they need, numbers to the right, an optional line of sums. */
import { plain } from "./plain.ts";

export interface Column {
  readonly title: string;
  /** Default: left. */
  readonly align?: "left" | "right";
}

/** Lines of a table, without a line end at the end. Cells are made safe to show. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], sum?: readonly string[]): string {
  const head = columns.map((column) => column.title);
  const body = rows.map((row) => row.map(plain));
  const foot = sum?.map(plain);
  const widths = columns.map((_column, index) => widest([head, ...body, ...(foot === undefined ? [] : [foot])], index));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => padded(cell, widths[index] ?? 0, columns[index]?.align ?? "left"))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(head), rule, ...body.map(line), ...(foot === undefined ? [] : [rule, line(foot)])].join("\n");
}

function widest(rows: readonly (readonly string[])[], index: number): number {
  return rows.reduce((width, row) => Math.max(width, length(row[index] ?? "")), 0);
}

function padded(cell: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - length(cell)));
  return align === "right" ? space + cell : cell + space;
}

/** Characters, not UTF-16 units. */
function length(text: string): number {
  return [...text].length;
}
