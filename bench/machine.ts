/** The shape of the machine, without which no figure means anything. Its name is nobody's business. */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly kernel: string;
  /** Of the minute before the first run: above the cores, somebody else was working too. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  return { cores: availableParallelism(), processor: cpus()[0]?.model.trim() ?? "unknown", memoryBytes: totalmem(), kernel: `${type()} ${release()}`, loadBefore: loadavg()[0] ?? 0 };
}
