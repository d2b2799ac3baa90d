/**
 * What is missing or wrong here, and the fix for each. The room promises that nothing is changed, that one failed look does
 * not keep the others from being taken, and that a check is a function from facts to a finding, so that a test needs no
 * sick machine. It repairs nothing.
 */
export interface Finding {
  /** What was looked at: `node`, `rulesdb: privileges`. */
  readonly check: string;
  /** `bad`: something will fail. `warn`: something will be missed one day. */
  readonly state: "ok" | "warn" | "bad";
  readonly found: string;
  /** What to do about it; null when all is well. */
  readonly fix: string | null;
}

export function ok(check: string, found: string): Finding {
  return { check, state: "ok", found, fix: null };
}

export function warn(check: string, found: string, fix: string): Finding {
  return { check, state: "warn", found, fix };
}

export function bad(check: string, found: string, fix: string): Finding {
  return { check, state: "bad", found, fix };
}
