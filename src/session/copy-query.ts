/** What COPY TO and COPY FROM have in common as queries of the driver: they end at ReadyForQuery or at an error, once. */
import { PgarkError } from "../errors.ts";
import type { DriverConnection, DriverQuery } from "./driver.ts";

/** A call that holds the session's turn. */
export interface Running {
  /** Resolves when the server is done with it, well or badly. Never rejects. */
  readonly settled: Promise<void>;
  /** The caller has gone: whatever is still to come is not wanted, and nothing more will be sent. */
  abandon(): void;
}

export abstract class CopyQuery implements DriverQuery, Running {
  readonly sql: string;
  readonly settled: Promise<void>;
  #settle: () => void = () => {};
  #connection: DriverConnection | undefined;
  #taggedRows: number | null = null;
  #rows: number | null = null;
  #failure: unknown;
  #isSettled = false;

  constructor(sql: string) {
    this.sql = sql;
    this.settled = new Promise((resolve) => (this.#settle = resolve));
  }

  /** The server's count; null until it has said `COPY n` *and* was ready again. */
  get rows(): number | null {
    return this.#rows;
  }

  /** Why it failed; undefined while it runs and when it went well. */
  get failure(): unknown {
    return this.#failure;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  submit(connection: DriverConnection): null {
    this.#connection = connection;
    this.attach(connection);
    connection.query(this.sql);
    return null;
  }

  handleCommandComplete({ text }: { readonly text?: string }): void {
    const tag = /^COPY (\d+)$/.exec(text ?? "");
    if (tag !== null) this.#taggedRows = Number(tag[1]);
  }

  handleReadyForQuery(): void {
    this.#rows = this.#taggedRows;
    this.#end(this.#rows === null ? new PgarkError("SQL_FAILED", `not a COPY between client and server: ${this.sql}`) : undefined);
  }

  handleError(error: Error): void {
    this.#end(error);
  }

  handleCopyInResponse(connection: DriverConnection): void {
    connection.sendCopyFail("a COPY TO was expected");
  }

  // Messages of queries that are no COPY; the missing tag tells in the end.
  handleCopyData(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}

  abstract abandon(): void;
  protected abstract attach(connection: DriverConnection): void;
  /** Called once, when nothing more will come. */
  protected abstract detach(): void;

  /** The protocol layer, once the query was sent. */
  protected get connection(): DriverConnection {
    if (this.#connection === undefined) throw new Error("the COPY was not sent yet");
    return this.#connection;
  }

  #end(failure: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#failure = failure;
    this.detach();
    this.#settle();
  }
}

/** What a COPY needs of its session. */
export interface CopyHost {
  /** Waits for the session's turn and sends the query, which keeps the turn until it has settled. */
  start(query: CopyQuery): Promise<void>;
  /** The error as the caller should see it. */
  explain(error: unknown, sql: string): unknown;
  /** Cancels the query on the server, waits until it has settled and closes the session. */
  leave(query: CopyQuery): Promise<void>;
}
