/** A digest of a set of rows that does not depend on their order, but on how often each is there. */
import { hash } from "node:crypto";

const WORDS = 8;
const WORD = 2 ** 32;
/** Sums of 32-bit words stay exact in a double for 2^21 additions; carrying at half of that leaves room for `merge`. */
const CARRY_EVERY = 2 ** 20;

/**
 * Adds up the SHA-256 of each row, modulo 2^256: unlike XOR, a sum notices rows that come twice. It tells equal
 * sets from different ones; it is not meant to withstand someone who constructs rows against it.
 * What the rows are (columns, format) is for the caller to bind in.
 */
export class RowsDigest {
  /** How many rows were added. */
  rows = 0;
  /** The sum in base 2^32, lowest word first; words above 2^32 are carried now and then. */
  private readonly sum = new Float64Array(WORDS);
  private uncarried = 0;

  add(row: Uint8Array): void {
    const digest = hash("sha256", row, "buffer");
    for (let word = 0; word < WORDS; word++) this.sum[word] = (this.sum[word] ?? 0) + digest.readUInt32LE(word * 4);
    this.rows += 1;
    this.uncarried += 1;
    if (this.uncarried >= CARRY_EVERY) this.carry();
  }

  /** Adds all rows of another digest: chunks may be digested apart and in any order. */
  merge(other: RowsDigest): void {
    this.carry();
    other.carry();
    for (let word = 0; word < WORDS; word++) this.sum[word] = (this.sum[word] ?? 0) + (other.sum[word] ?? 0);
    this.rows += other.rows;
    this.carry();
  }

  /** The count and the sum: `3:9f86…`. Equal for equal multisets of rows. */
  value(): string {
    this.carry();
    const words = [...this.sum].toReversed().map((word) => word.toString(16).padStart(8, "0"));
    return `${this.rows}:${words.join("")}`;
  }

  private carry(): void {
    let carried = 0;
    for (let word = 0; word < WORDS; word++) {
      const total = (this.sum[word] ?? 0) + carried;
      carried = Math.floor(total / WORD);
      this.sum[word] = total - carried * WORD;
    }
    this.uncarried = 0;
  }
}
