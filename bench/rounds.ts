/** Contenders in turn, a checkpoint before each run, so that nobody pays for what another left to be written. */
import type { Command, Measured } from "./measure.ts";
import { measure } from "./measure.ts";
import type { BenchServer } from "./server.ts";

export interface Run extends Measured {
  /** Processor seconds of the server's sessions. Null where the system does not tell. */
  readonly serverSeconds: number | null;
}

/** The runs of one contender, in order. */
export interface Series {
  readonly contender: string;
  readonly runs: readonly Run[];
  /** Of the last run. */
  readonly archiveBytes: number;
}

/** One contender's part in a question. */
export interface Turn {
  readonly contender: string;
  readonly command: Command;
  /** Around each run, and not timed. */
  readonly prepare: () => Promise<void>;
  readonly check: () => Promise<void>;
  readonly archiveBytes: () => Promise<number>;
}

export interface RoundsOptions {
  readonly server: BenchServer;
  readonly runs: number;
  readonly onStep: (text: string) => void;
}

/** First, second, first, second …: what the machine does meanwhile meets all of them alike. */
export async function takeTurns(turns: readonly Turn[], { server, runs, onStep }: RoundsOptions): Promise<readonly Series[]> {
  const series = turns.map(({ contender }) => ({ contender, runs: [] as Run[], archiveBytes: 0 }));
  for (let round = 1; round <= runs; round++) {
    for (const [index, turn] of turns.entries()) {
      await turn.prepare();
      const run = await runOnce(turn.command, server);
      await turn.check();
      const own = series[index]!;
      own.runs.push(run);
      own.archiveBytes = await turn.archiveBytes();
      onStep(`${turn.contender}, run ${round} of ${runs}: ${run.seconds.toFixed(1)} s`);
    }
  }
  return series;
}

/** One run, with what it cost the server. */
export async function runOnce(command: Command, server: BenchServer): Promise<Run> {
  await server.query("postgres", "checkpoint");
  const before = await server.sessionSeconds();
  const measured = await measure(command, { folder: server.archives, environment: server.environment });
  const after = await server.sessionSeconds();
  return { ...measured, serverSeconds: before === null || after === null ? null : after - before };
}
