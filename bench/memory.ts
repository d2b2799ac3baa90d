/** Does pgark stay under its 256 MiB, with one big table, at its default settings? The peak of the whole process is what counts. */
import type { Contender } from "./contenders.ts";
import { benchDump } from "./dump.ts";
import { ensureFixture, fixtureBytes, memorySet } from "./fixtures.ts";
import { benchRestore } from "./restore.ts";
import type { RoundsOptions, Series } from "./rounds.ts";

/** What DESIGN promises. */
export const PROMISED_BYTES = 256 * 1024 ** 2;

export interface MemoryCase {
  readonly table: string;
  readonly rows: number;
  readonly tableBytes: number;
  readonly dump: Series;
  readonly restore: Series;
}

/** One table of text and one of embeddings, each in a database of its own. */
export async function benchMemory(contender: Contender, options: RoundsOptions & { readonly quick: boolean }): Promise<readonly MemoryCase[]> {
  const cases: MemoryCase[] = [];
  for (const kind of ["text", "vectors"] as const) {
    const fixture = memorySet(kind, options);
    await ensureFixture(options.server, fixture, options.onStep);
    const { tableBytes } = await fixtureBytes(options.server, fixture);
    const [dump] = await benchDump([contender], fixture.database, options);
    const [restore] = await benchRestore([contender], fixture, options);
    const rows = fixture.tables.reduce((sum, table) => sum + table.rows, 0);
    // One contender went in, one series came out.
    cases.push({ table: kind, rows, tableBytes, dump: dump!, restore: restore! });
  }
  return cases;
}
