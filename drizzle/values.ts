/**
 * SQL expressions whose value follows from a number, for the seeds: the same number gives the same value on every
 * server and in every run, so random() and now() do not occur. `of` is an SQL expression of an integer, and `salt` keeps columns
 * of one row independent of each other.
 */
import { literal } from "../src/catalog/quote.ts";

/** An integer from 0 to n - 1; `n` may be an SQL expression. */
export function below(n: number | string, of: string, salt: number): string {
  return `((hashint8extended((${of})::bigint, ${salt}) & 9223372036854775807) % (${n}))`;
}

/** True in about one of `n` rows. */
export function oneIn(n: number, of: string, salt: number): string {
  return `(${below(n, of, salt)} = 0)`;
}

/** One of the texts. */
export function oneOf(texts: readonly string[], of: string, salt: number): string {
  return `(array[${texts.map(literal).join(", ")}])[1 + ${below(texts.length, of, salt)}]`;
}

/** A moment to the microsecond in the `days` after `from`. */
export function moment(from: string, days: number, of: string, salt: number): string {
  return `(timestamptz '${from} 00:00:00+00' + ${below(days * 86_400_000_000, of, salt)} * interval '1 microsecond')`;
}

/** A UUID that belongs to a text and a number. */
export function uuidOf(name: string, of: string): string {
  return `md5('${name} ' || (${of}))::uuid`;
}

/** `count` of the texts with a space between them. */
export function sentences(texts: readonly string[], count: number, of: string, salt: number): string {
  return Array.from({ length: count }, (_, n) => oneOf(texts, of, salt + n)).join(" || ' ' || ");
}
