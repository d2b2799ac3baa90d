/**
 * Objects that are alike, written as what differs from the last one of their sort: thousands of columns say the same
 * of themselves but for a name and a type. What is read shares what it did not differ in. By docs/archive-format.md,
 * «Objects written short»; writing and reading face each other.
 */
import { MAX_DEPTH, MAX_PART_VALUES } from "./layout.ts";
import type { Json } from "./toc.ts";

/** Whose value is the number of the object that the others differ from. */
const LIKE = "";

interface Fields {
  readonly [key: string]: Json | undefined;
}

interface Written {
  readonly number: number;
  last: Fields;
}

/** Writes the values of one part. Throws an `Error` for what no reader would take. */
export class DifferenceWriter {
  /** Fields and list elements so far, as they are in full. */
  values = 0;
  /** By depth, then by the object's `kind` and keys. */
  readonly #known: Map<string, Written>[] = [];
  readonly #counts: number[] = [];

  write(value: Json, depth: number): Json {
    if (typeof value !== "object" || value === null) return value;
    if (depth >= MAX_DEPTH) throw new Error(`it is nested deeper than ${MAX_DEPTH}`);
    if (!Array.isArray(value)) return this.#object(value as Fields, depth); // Neither null nor a list, the line above says.
    this.values += value.length;
    return value.map((element: Json) => this.write(element, depth + 1));
  }

  #object(object: Fields, depth: number): Json {
    const keys = Object.keys(object).filter((key) => object[key] !== undefined);
    for (const key of keys) if (key === "__proto__" || key === LIKE) throw new Error(`it has a key ${key === LIKE ? "of no characters" : key}`);
    this.values += keys.length;
    const sort = [typeof object["kind"] === "string" ? object["kind"] : "", ...keys].map((text) => `${text.length}:${text}`).join("");
    const known = (this.#known[depth] ??= new Map());
    const like = known.get(sort);
    const last = like?.last;
    const written: Record<string, Json> = like === undefined ? {} : { [LIKE]: like.number };
    for (const key of keys) {
      const value = object[key] ?? null;
      if (last === undefined || !isSame(value, last[key] ?? null)) written[key] = this.write(value, depth + 1);
      else this.values += countOf(value);
    }
    if (like === undefined) known.set(sort, { number: this.#next(depth), last: object });
    else like.last = object;
    return written;
  }

  #next(depth: number): number {
    const number = this.#counts[depth] ?? 0;
    this.#counts[depth] = number + 1;
    return number;
  }
}

/** Reads the values of one part, which `JSON.parse` gave and `checkJson` has found good. Throws an `Error` that says what is wrong. */
export class DifferenceReader {
  #values = 0;
  /** By depth, then by number. */
  readonly #last: Fields[][] = [];

  read(value: Json, depth: number): Json {
    if (typeof value !== "object" || value === null) return value;
    if (!Array.isArray(value)) return this.#object(value as Fields, depth); // Neither null nor a list, the line above says.
    this.#count(value.length);
    return value.map((element: Json) => this.read(element, depth + 1));
  }

  #object(object: Fields, depth: number): Json {
    const ended = (this.#last[depth] ??= []);
    const number = object[LIKE];
    if (number === undefined) {
      const whole = this.#fields(object, depth);
      ended.push(whole);
      return whole as Json; // What was read of JSON is JSON.
    }
    const last = typeof number === "number" ? ended[number] : undefined;
    if (last === undefined) throw new Error(`an object is like number ${String(number)}, which has not been before it`);
    for (const key in last) if (!Object.hasOwn(object, key)) this.#count(1 + countOf(last[key] ?? null, MAX_PART_VALUES - this.#values));
    const { [LIKE]: _, ...own } = object;
    const full = { ...last, ...this.#fields(own, depth) };
    ended[Number(number)] = full;
    return full as Json; // As above.
  }

  #fields(object: Fields, depth: number): Fields {
    const full: Record<string, Json> = {};
    for (const key in object) full[key] = this.read(object[key] ?? null, depth + 1);
    this.#count(Object.keys(full).length);
    return full;
  }

  /** What is written short can be made to be endless when it is read. */
  #count(values: number): void {
    this.#values += values;
    if (this.#values > MAX_PART_VALUES) throw new Error(`it has more than ${MAX_PART_VALUES} fields and list elements`);
  }
}

/** Whether both are the same JSON, in the same order. */
function isSame(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [ours, theirs] = [present(a), present(b)];
  return ours.length === theirs.length && ours.every(([key, value], at) => key === theirs[at]?.[0] && isSame(value, theirs[at][1]));
}

function present(value: object): readonly (readonly [string, Json])[] {
  return Object.entries(value).filter(([, one]) => one !== undefined);
}

/** Fields and list elements within a value. Stops counting behind `enough`. */
function countOf(value: Json, enough = Infinity): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  for (const one of Object.values(value)) if (count <= enough) count += 1 + countOf(one, enough - count);
  return count;
}
