import { expect, it } from "vitest";
import { countTables, type PgarkEvent, teller, tellTables } from "../src/events.ts";

const chunk = (table: string, rows: number): PgarkEvent => ({ type: "chunk", worker: 0, table, chunk: 1, rows, bytes: rows * 10 });

it("a table is told once, after its last chunk, with the sums of all its chunks", () => {
  const told: PgarkEvent[] = [];
  let now = 0;
  const tell = tellTables((event) => told.push(event), countTables(["a", "b", "a"], (table) => table), () => now);
  tell({ type: "progress", worker: 0, table: "a", rows: 1, bytes: 10 });
  now = 500;
  tell(chunk("a", 2));
  tell(chunk("b", 0));
  now = 2000;
  tell(chunk("a", 3));
  expect(told.filter(({ type }) => type === "table")).toStrictEqual([
    { type: "table", table: "b", rows: 0, bytes: 0, seconds: 0 },
    { type: "table", table: "a", rows: 5, bytes: 50, seconds: 2 },
  ]);
});

it("a listener that throws changes nothing", () => {
  expect(() => teller(() => {
    throw new Error("listener");
  })({ type: "step", step: "data" })).not.toThrow();
});
