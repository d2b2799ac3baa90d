/**
 * COPY … TO STDOUT as chunks of bytes. The payload of CopyData messages is taken straight off the socket; every
 * other message goes to pg's own parser, so that notices, late errors and the final count arrive as for any
 * query. (`pg-copy-streams` ends its stream at CopyDone, before the server has said whether all went well.)
 */
import { PgarkError } from "../errors.ts";
import { CopyQuery } from "./copy-query.ts";
import type { CopyHost } from "./copy-query.ts";
import { takeParser } from "./driver.ts";
import type { DriverConnection } from "./driver.ts";
import type { CopyOut } from "./session.ts";

const CHUNK_BYTES = 256 * 1024;
/** Chunks that wait for the reader before the socket is paused. */
const WAITING_CHUNKS = 2;
const HEADER_BYTES = 5;
const COPY_DATA = 0x64;

/** The COPY as the caller sees it. */
export function createCopyOut(sql: string, host: CopyHost): CopyOut {
  const query = new CopyOutQuery(sql);
  let begun = false;
  return {
    get rows() {
      return query.rows;
    },
    [Symbol.asyncIterator]() {
      if (begun) throw new Error("a COPY can be read once");
      begun = true;
      return readChunks(query, host);
    },
  };
}

async function* readChunks(query: CopyOutQuery, host: CopyHost): AsyncGenerator<Uint8Array, void, undefined> {
  await host.start(query);
  try {
    for (let chunk = await query.next(); chunk !== null; chunk = await query.next()) yield chunk;
  } catch (error) {
    throw host.explain(error, query.sql);
  } finally {
    // Not settled here means that the reader has left the loop early.
    if (!query.isSettled) await host.leave(query);
  }
}

class CopyOutQuery extends CopyQuery {
  #parse: (bytes: Uint8Array) => void = () => {};
  #attached = false;
  #abandoned = false;
  #chunks: Uint8Array[] = [];
  #filling = Buffer.alloc(0);
  #filled = 0;
  #header = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  #isCopyData = false;
  #payloadLeft = 0;
  #wake = () => {};
  readonly #feed = (bytes: Buffer) => this.#demultiplex(bytes);

  /** The next chunk, or null when the server has said how many rows it sent and is ready again. */
  async next(): Promise<Uint8Array | null> {
    for (;;) {
      // Before the chunks: once it has failed, what is left of them is of no use.
      if (this.failure !== undefined) throw this.failure;
      if (this.#abandoned) throw new PgarkError("INTERRUPTED", "the COPY was abandoned");
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#steer();
        return chunk;
      }
      if (this.isSettled) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  abandon(): void {
    this.#abandoned = true;
    this.#chunks = [];
    this.#steer();
    this.#wake();
  }

  protected attach({ stream }: DriverConnection): void {
    this.#parse = takeParser(stream);
    this.#attached = true;
    stream.on("data", this.#feed);
  }

  protected detach(): void {
    if (this.#attached) {
      this.#attached = false;
      const { stream } = this.connection;
      stream.removeListener("data", this.#feed);
      stream.on("data", this.#parse);
      stream.resume();
    }
    if (this.failure === undefined) this.#ship();
    this.#wake();
  }

  #demultiplex(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (!this.#attached) {
        // The query ended inside this read; the rest belongs to what comes after it.
        this.#parse(bytes.subarray(at));
        return;
      }
      if (this.#payloadLeft === 0) at = this.#readHeader(bytes, at);
      else {
        const end = Math.min(bytes.length, at + this.#payloadLeft);
        this.#payloadLeft -= end - at;
        if (this.#isCopyData) this.#keep(bytes, at, end);
        else this.#parse(bytes.subarray(at, end));
        at = end;
      }
    }
    this.#steer();
  }

  /** Reads a message's type and length, which may arrive in pieces, and gives where it stopped. */
  #readHeader(bytes: Buffer, start: number): number {
    let header = bytes;
    let at = start;
    let end = start + HEADER_BYTES;
    if (this.#headerFilled > 0 || end > bytes.length) {
      end = Math.min(bytes.length, start + HEADER_BYTES - this.#headerFilled);
      this.#headerFilled += bytes.copy(this.#header, this.#headerFilled, start, end);
      if (this.#headerFilled < HEADER_BYTES) return end;
      this.#headerFilled = 0;
      // The parser may keep what it is given, so a header that was put together is not reused.
      header = Buffer.from(this.#header);
      at = 0;
    }
    const length = header.readInt32BE(at + 1) - 4;
    if (length < 0) {
      this.connection.stream.destroy(new Error("the server sent a message of an impossible length"));
      return bytes.length;
    }
    this.#isCopyData = header[at] === COPY_DATA;
    this.#payloadLeft = length;
    if (!this.#isCopyData) this.#parse(header.subarray(at, at + HEADER_BYTES));
    return end;
  }

  /** Copies a payload into the chunk being filled: rows are small, and each has a header between it and the next. */
  #keep(bytes: Buffer, from: number, to: number): void {
    if (this.#abandoned) return;
    let at = from;
    while (at < to) {
      if (this.#filled === this.#filling.length) {
        this.#ship();
        this.#filling = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      }
      const copied = bytes.copy(this.#filling, this.#filled, at, to);
      this.#filled += copied;
      at += copied;
    }
  }

  /** Hands the filled part over to the reader. */
  #ship(): void {
    if (this.#filled > 0 && !this.#abandoned) this.#chunks.push(this.#filling.subarray(0, this.#filled));
    this.#filling = Buffer.alloc(0);
    this.#filled = 0;
    this.#wake();
  }

  /** Lets the server send, or not: as fast as the chunks are taken. */
  #steer(): void {
    if (!this.#attached) return;
    if (this.#chunks.length >= WAITING_CHUNKS) this.connection.stream.pause();
    else this.connection.stream.resume();
  }
}
