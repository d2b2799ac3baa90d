/** What the demo says while it works: a line per step, begun when the step begins and ended with its seconds. */
import { secondsText } from "../src/cli/units.ts";

let lineIsOpen = false;

/** Does one step. `outcome` says in a few words what came of it. Throws what the work throws. */
export async function step<Result>(name: string, work: () => Promise<Result>, outcome: (result: Result) => string = () => ""): Promise<Result> {
  const startedMs = performance.now();
  process.stdout.write(`${name.padEnd(20)} `);
  lineIsOpen = true;
  const result = await work();
  const seconds = secondsText((performance.now() - startedMs) / 1000);
  process.stdout.write(`${lineIsOpen ? "" : " ".repeat(21)}${seconds.padStart(12)}  ${outcome(result)}`.trimEnd() + "\n");
  lineIsOpen = false;
  return result;
}

/** A line of its own, also in the middle of a step. */
export function say(text: string): void {
  process.stdout.write(`${lineIsOpen ? "\n" : ""}${text}\n`);
  lineIsOpen = false;
}
