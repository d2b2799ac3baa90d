/** A set of texts as sorted hashes in typed arrays: it knows whether a text is in it, and how many are, not which. */
import { hash } from "node:crypto";
import { endianness } from "node:os";

const BUCKETS = 256;
const FIRST_CAPACITY = 32;
/** Each bucket grows on its own, so that hardly more than this share of the whole is ever empty. */
const GROWTH = 1.25;
/** A bucket that sorting leaves fuller than this gets more room. */
const FULL_SHARE = 0.8;
/** Where the halves of a 64-bit number stand in memory. */
const [LOW, HIGH] = endianness() === "LE" ? [0, 1] : [1, 0];

/** By which a text is known: made once for all sets that are asked. */
export interface TextKey {
  readonly bucket: number;
  readonly high: number;
  readonly low: number;
}

export function textKey(text: string): TextKey {
  const digest = hash("sha256", text, "buffer");
  return { bucket: digest.readUInt8(0), high: digest.readUInt32LE(1), low: digest.readUInt32LE(5) };
}

/**
 * A text is known by 72 bits of its SHA-256: 8 bytes each, and the bucket it is in; a million distinct texts take about
 * 10 MB, however long they are. Two different texts with the same 72 bits are taken for one. So `has` may say yes where no is
 * true, never the other way round: with ten million texts in the set the chance is 2 in 10^15 for each question.
 */
export class TextSet {
  private readonly buckets: Bucket[] = Array.from({ length: BUCKETS }, () => new Bucket());

  add(key: TextKey): void {
    this.bucket(key.bucket).add(key);
  }

  has(key: TextKey): boolean {
    return this.bucket(key.bucket).has(key);
  }

  /** How many different texts. */
  size(): number {
    return this.buckets.reduce((total, bucket) => total + bucket.size(), 0);
  }

  /** How many of its texts are not in `other`. */
  countMissing(other: TextSet): number {
    return this.buckets.reduce((total, bucket, index) => total + bucket.countMissing(other.bucket(index)), 0);
  }

  private bucket(index: number): Bucket {
    const bucket = this.buckets[index];
    if (bucket === undefined) throw new Error(`there is no bucket ${index}`);
    return bucket;
  }
}

/** Hashes, sorted and without repetitions whenever somebody looks or the room is used up. */
class Bucket {
  private hashes = new BigUint64Array(0);
  /** The same memory in halves: comparing numbers costs less than comparing bigints. */
  private halves = new Uint32Array(0);
  private used = 0;
  private settled = true;

  add({ high, low }: TextKey): void {
    if (this.used === this.hashes.length) this.makeRoom();
    this.put(this.used, high, low);
    this.used += 1;
    this.settled = false;
  }

  has({ high, low }: TextKey): boolean {
    this.settle();
    let from = 0;
    let to = this.used;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.compare(middle, high, low) < 0) from = middle + 1;
      else to = middle;
    }
    return from < this.used && this.compare(from, high, low) === 0;
  }

  size(): number {
    this.settle();
    return this.used;
  }

  countMissing(other: Bucket): number {
    this.settle();
    let missing = 0;
    for (let at = 0; at < this.used; at++) if (!other.has({ bucket: 0, high: this.high(at), low: this.low(at) })) missing += 1;
    return missing;
  }

  /** Sorts, and puts what comes twice out. */
  private settle(): void {
    if (this.settled) return;
    this.hashes.subarray(0, this.used).sort();
    let kept = 0;
    for (let at = 0; at < this.used; at++) {
      const [high, low] = [this.high(at), this.low(at)];
      if (kept > 0 && this.compare(kept - 1, high, low) === 0) continue;
      this.put(kept, high, low);
      kept += 1;
    }
    this.used = kept;
    this.settled = true;
  }

  private makeRoom(): void {
    this.settle();
    if (this.used < this.hashes.length * FULL_SHARE) return;
    const larger = new BigUint64Array(Math.max(FIRST_CAPACITY, Math.ceil(this.hashes.length * GROWTH)));
    larger.set(this.hashes.subarray(0, this.used));
    this.hashes = larger;
    this.halves = new Uint32Array(larger.buffer);
  }

  private compare(at: number, high: number, low: number): number {
    return this.high(at) - high || this.low(at) - low;
  }

  private high(at: number): number {
    return this.halves[2 * at + HIGH] ?? 0;
  }

  private low(at: number): number {
    return this.halves[2 * at + LOW] ?? 0;
  }

  private put(at: number, high: number, low: number): void {
    this.halves[2 * at + HIGH] = high;
    this.halves[2 * at + LOW] = low;
  }
}
