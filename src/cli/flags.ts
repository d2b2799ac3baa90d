/** Values of flags: text in, a value or a USAGE error out. */
import { PgarkError } from "../errors.ts";

const MS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;

/** For commander: a whole number of at least 1. */
export function wholeNumber(flag: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) throw new PgarkError("USAGE", `${flag} must be a whole number of at least 1, not ${text}`);
    return value;
  };
}

/** For commander: milliseconds, or a number with ms, s, min or h. */
export function durationMs(flag: string): (text: string) => number {
  return (text) => {
    const [, amount, unit = "ms"] = /^(\d+)\s*(ms|s|min|h)?$/.exec(text) ?? [];
    if (amount === undefined) throw new PgarkError("USAGE", `${flag} must be a time such as 500, 30s or 5min, not ${text}`);
    // The expression above lets no other unit through.
    return Number(amount) * MS[unit as keyof typeof MS];
  };
}

/** For commander: a flag that may come again. */
export function repeated(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}
