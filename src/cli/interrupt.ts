/** Ctrl-C, SIGTERM and SIGHUP: the first cancels in good order, the second leaves at once. */
import { constants } from "node:os";
import { PgarkError } from "../errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** 128 and the signal's number once one has come, else null. */
  exitCode(): number | null;
}

/** Listens from now on. `onFirst` is told the name of the signal that cancels. */
export function listenForInterrupt(onFirst: (signal: string) => void): Interrupt {
  const controller = new AbortController();
  let exitCode: number | null = null;
  for (const name of SIGNALS) {
    process.on(name, () => {
      const code = 128 + constants.signals[name];
      if (exitCode !== null) process.exit(code);
      exitCode = code;
      onFirst(name);
      controller.abort(new PgarkError("INTERRUPTED", `interrupted by ${name}`));
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}
