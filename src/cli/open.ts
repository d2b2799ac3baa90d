/** Opens the archive that a verb was given. */
import { resolve } from "node:path";
import type { Archive } from "../index.ts";
import type { Context } from "./context.ts";

/**
 * A function of its own, because TypeScript (6.0) does not rewrite the path of an `import()` that stands in one block
 * with an `await using`: the built file would then look for index.ts. test/package.test.ts guards it.
 */
export async function openArchive(path: string, { io, signal }: Pick<Context, "io" | "signal">): Promise<Archive> {
  const engine = await import("../index.ts");
  return engine.openArchive(resolve(path), { io, signal });
}
