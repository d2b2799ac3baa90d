/** Asking before something is lost. Without a terminal there is nobody to ask, and silence is not a yes. */
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { PgarkError } from "../errors.ts";
import { plain } from "./plain.ts";

/**
 * Returns when every name was confirmed: by `--yes NAME`, else by typing it on the terminal. Throws `NOT_CONFIRMED`,
 * before anything was done, for the first that was not.
 */
export async function confirmByName(names: readonly string[], yes: readonly string[], signal: AbortSignal, what = "drop it"): Promise<void> {
  const stray = yes.find((name) => !names.includes(name));
  if (stray !== undefined) throw new PgarkError("NOT_CONFIRMED", `--yes ${stray} names none of the databases that this is about: ${names.join(", ")}`);
  for (const name of names) {
    if (yes.includes(name)) continue;
    if (process.stdin.isTTY !== true) {
      throw new PgarkError("NOT_CONFIRMED", `${name} was not confirmed, and there is no terminal to ask on`, { object: `database ${name}`, hint: `Give --yes ${name} to ${what}.` });
    }
    const typed = await ask(`Type ${plain(name)} to ${what}: `, signal);
    if (typed !== name) throw new PgarkError("NOT_CONFIRMED", `${name} was not confirmed; nothing was changed`, { object: `database ${name}` });
  }
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // In raw mode Ctrl-C reaches readline instead of the process.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    // The end of the input closes readline without an answer.
    return await Promise.race([lines.question(question, { signal }), once(lines, "close").then(() => "")]);
  } catch {
    signal.throwIfAborted();
    // Ctrl-D rejects the question: no answer either.
    return "";
  } finally {
    lines.close();
  }
}
