/** COPY … FROM STDIN: bytes in, with the socket's own back-pressure, and the server's count out. */
import type { Duplex } from "node:stream";
import { PgarkError } from "../errors.ts";
import { CopyQuery } from "./copy-query.ts";
import type { CopyHost } from "./copy-query.ts";
import type { DriverConnection } from "./driver.ts";
import type { CopyIn } from "./session.ts";

const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
/** Far below the protocol's 1 GiB; a message's boundaries mean nothing to COPY. */
const MESSAGE_BYTES = 16 * 1024 * 1024;

/** Starts the COPY; resolves when the server wants bytes, rejects when it refuses the statement. */
export async function startCopyIn(sql: string, host: CopyHost): Promise<CopyIn> {
  const query = new CopyInQuery(sql);
  await host.start(query);
  await query.ready;
  if (query.isSettled) throw host.explain(query.failure ?? new PgarkError("SQL_FAILED", `not a COPY from the client: ${sql}`), sql);
  let finished = false;
  return {
    async write(bytes) {
      if (finished) throw new Error("write after finish");
      await query.write(bytes);
      if (query.isSettled || query.aborted) throw host.explain(query.failure ?? new Error("the COPY was abandoned"), sql);
    },
    async finish() {
      if (finished) throw new Error("finish was called twice");
      finished = true;
      query.sendDone();
      await query.settled;
      if (query.rows === null || query.aborted) throw host.explain(query.failure ?? new Error("the COPY was abandoned"), sql);
      return query.rows;
    },
    async [Symbol.asyncDispose]() {
      query.abandon();
      await query.settled;
    },
  };
}

class CopyInQuery extends CopyQuery {
  /** Resolves when the server asks for bytes, or when it has refused the statement. */
  readonly ready: Promise<void>;
  #isReady: () => void = () => {};
  #state: "sent" | "copying" | "done" | "aborted" = "sent";

  constructor(sql: string) {
    super(sql);
    const asked = new Promise<void>((resolve) => (this.#isReady = resolve));
    this.ready = Promise.race([asked, this.settled]);
  }

  get aborted(): boolean {
    return this.#state === "aborted";
  }

  override handleCopyInResponse(connection: DriverConnection): void {
    if (this.#state === "aborted") {
      connection.sendCopyFail("aborted by pgark");
      return;
    }
    this.#state = "copying";
    this.#isReady();
  }

  /** Resolves when the socket has taken the bytes, or when the server has no more use for them. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && this.#state === "copying" && !this.isSettled; at += MESSAGE_BYTES) {
      await Promise.race([send(this.connection.stream, bytes.subarray(at, at + MESSAGE_BYTES)), this.settled]);
    }
  }

  sendDone(): void {
    if (this.#state !== "copying" || this.isSettled) return;
    this.#state = "done";
    this.connection.stream.write(COPY_DONE);
  }

  /** Makes the server forget the rows, unless the end was sent already. */
  abandon(): void {
    if (this.isSettled || this.#state === "done" || this.#state === "aborted") return;
    const copying = this.#state === "copying";
    this.#state = "aborted";
    if (copying) this.connection.sendCopyFail("aborted by pgark");
  }

  protected attach(): void {}
  protected detach(): void {}
}

/** One CopyData message. The callback of the last write says that the bytes are the caller's again. */
function send(stream: Duplex, bytes: Uint8Array): Promise<void> {
  const header = Buffer.allocUnsafe(5);
  header[0] = COPY_DATA;
  header.writeUInt32BE(bytes.length + 4, 1);
  return new Promise((resolve) => {
    stream.cork();
    stream.write(header);
    // An error closes the connection, which settles the query with it.
    stream.write(bytes, () => resolve());
    stream.uncork();
  });
}
