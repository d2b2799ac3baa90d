/** What is said of a handful of runs. Medians, because one run that met a busy disk should not speak for the others. */

/** The middle one; of an even number, the mean of the two in the middle. Throws for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error("no value has no median");
  return (lower + upper) / 2;
}

/** How many times `ours` goes into `theirs`, by their medians: above 1 we are faster. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(theirs) / median(ours);
}

/** `12.3`, or `12.3 (11.9–14.0)` when there was more than one run. */
export function spread(values: readonly number[], digits = 1): string {
  const middle = median(values).toFixed(digits);
  return values.length === 1 ? middle : `${middle} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;
}
