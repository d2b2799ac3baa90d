/** How long does a dump take, until the archive is on the disk? pgark's default also reads it back and proves it. */
import { join } from "node:path";
import { archiveBytes, removeArchive } from "./archives.ts";
import type { Contender } from "./contenders.ts";
import type { RoundsOptions, Series, Turn } from "./rounds.ts";
import { runOnce, takeTurns } from "./rounds.ts";
import type { BenchServer } from "./server.ts";

/** Dumps the database with each in turn; no archive stays. */
export async function benchDump(contenders: readonly Contender[], database: string, options: RoundsOptions): Promise<readonly Series[]> {
  const turns = contenders.map((contender, index) => dumpTurn(contender, database, join(options.server.archives, `dump-${index}`)));
  return takeTurns(turns, options);
}

function dumpTurn(contender: Contender, database: string, archive: string): Turn {
  let bytes = 0;
  return {
    contender: contender.name,
    command: contender.dump(database, archive),
    prepare: () => removeArchive(archive),
    async check() {
      bytes = await archiveBytes(archive);
      await removeArchive(archive);
    },
    archiveBytes: async () => bytes,
  };
}

/** One codec of pg_dump and how long it took, the faster of two runs. */
export interface Trial {
  readonly codec: string;
  readonly seconds: number;
  readonly archiveBytes: number;
}

const CODECS = ["lz4", "zstd:1", "none", "gzip:1"];

/**
 * Tries the rival's codecs, twice each: the faster run counts, and the first of all warms the caches. A pg_dump that was built without one, or is too old for it,
 * goes without; gzip is known to be slowest and tried only when nothing else compresses.
 */
export async function calibrate(contenderWith: (codec: string) => Contender, database: string, server: BenchServer, onStep: (text: string) => void): Promise<readonly Trial[]> {
  const archive = join(server.archives, "trial");
  const tryCodec = async (codec: string): Promise<Trial> => {
    const seconds: number[] = [];
    for (let run = 0; run < 2; run++) {
      await removeArchive(archive);
      seconds.push((await runOnce(contenderWith(codec).dump(database, archive), server)).seconds);
    }
    return { codec, seconds: Math.min(...seconds), archiveBytes: await archiveBytes(archive) };
  };
  const trials: Trial[] = [];
  for (const codec of CODECS) {
    if (codec === "gzip:1" && trials.some((trial) => trial.codec !== "none")) continue;
    const trial = await tryCodec(codec).catch((error: unknown) => onStep(`pg_dump ${codec} is left out: ${String(error)}`));
    if (trial === undefined) continue;
    trials.push(trial);
    onStep(`pg_dump ${codec}: ${trial.seconds.toFixed(1)} s`);
  }
  await removeArchive(archive);
  return trials;
}

/** The fastest; of those that a single run cannot tell from it, the one with the smallest archive. Throws for none. */
export function bestTrial(trials: readonly Trial[]): Trial {
  const fastest = Math.min(...trials.map(({ seconds }) => seconds));
  const [best] = trials.filter(({ seconds }) => seconds <= fastest * 1.05).toSorted((a, b) => a.archiveBytes - b.archiveBytes);
  if (best === undefined) throw new Error("pg_dump could not dump the set with any codec");
  return best;
}
