/** The session over `pg`: turns, errors, cancelling and closing in one place; the statements themselves elsewhere. */
import { PgarkError } from "../errors.ts";
import { requestCancel } from "./cancel.ts";
import type { CancelTarget } from "./cancel.ts";
import { startCopyIn } from "./copy-in.ts";
import { createCopyOut } from "./copy-out.ts";
import { CopyQuery } from "./copy-query.ts";
import type { CopyHost, Running } from "./copy-query.ts";
import type { DriverClient, DriverResult, DriverStatement } from "./driver.ts";
import type { CopyIn, CopyOut, Session } from "./session.ts";
import { isServerError, sqlError } from "./sql-error.ts";
import { Turns } from "./turns.ts";

/** How long a cancelled statement or a closing server is waited for before the socket is cut. */
const PATIENCE_MS = 5_000;
/** A request that overtook its statement is lost, so it is repeated. */
const REPEAT_MS = 500;

export interface OpenedSession {
  readonly client: DriverClient;
  readonly serverVersion: number;
  readonly place: string;
  readonly cancelTarget: CancelTarget;
  readonly signal: AbortSignal | undefined;
}

export class PgSession implements Session {
  readonly serverVersion: number;
  readonly backendPid: number;
  readonly place: string;
  readonly #client: DriverClient;
  readonly #cancelTarget: CancelTarget;
  readonly #signal: AbortSignal | undefined;
  readonly #turns = new Turns();
  readonly #copyHost: CopyHost;
  readonly #abort = () => this.#interrupt();
  #running: Running | undefined;
  #lost: PgarkError | undefined;
  #closed: Promise<void> | undefined;

  constructor({ client, serverVersion, place, cancelTarget, signal }: OpenedSession) {
    this.serverVersion = serverVersion;
    this.backendPid = client.processID;
    this.place = place;
    this.#client = client;
    this.#cancelTarget = cancelTarget;
    this.#signal = signal;
    this.#copyHost = {
      start: async (query) => {
        const end = await this.#begin(query, query.sql);
        void query.settled.then(end);
        this.#client.query(query);
      },
      explain: (error, sql) => this.#explain(error, sql),
      leave: async (query) => {
        query.abandon();
        await this.#cancel(query);
        await this.close();
      },
    };
    client.on("error", (error) => this.#lose(error));
    signal?.addEventListener("abort", this.#abort);
  }

  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    const result = await this.#run({ text: sql, values: parameters, queryMode: "extended" });
    // The caller knows the columns of its own statement.
    return (result[0]?.rows ?? []) as readonly Row[];
  }

  async execute(sql: string): Promise<number> {
    const results = await this.#run({ text: sql });
    return results.at(-1)?.rowCount ?? 0;
  }

  copyOut(sql: string): CopyOut {
    return createCopyOut(sql, this.#copyHost);
  }

  copyIn(sql: string): Promise<CopyIn> {
    return startCopyIn(sql, this.#copyHost);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(statement: DriverStatement): Promise<readonly DriverResult[]> {
    let settle = () => {};
    const settled = new Promise<void>((resolve) => (settle = resolve));
    const end = await this.#begin({ settled, abandon: () => {} }, statement.text);
    try {
      const result = await this.#client.query(statement);
      this.#signal?.throwIfAborted();
      return isSeveral(result) ? result : [result];
    } catch (error) {
      throw this.#explain(error, statement.text);
    } finally {
      settle();
      end();
    }
  }

  /** Waits for the turn and checks that the session is still good for a statement. Gives what ends the turn. */
  async #begin(running: Running, sql: string): Promise<() => void> {
    this.#check(sql);
    const end = await this.#turns.take(running instanceof CopyQuery ? sql : undefined);
    try {
      this.#check(sql);
    } catch (error) {
      end();
      throw error;
    }
    this.#running = running;
    return () => {
      if (this.#running === running) this.#running = undefined;
      end();
    };
  }

  #check(sql: string): void {
    this.#signal?.throwIfAborted();
    if (this.#closed !== undefined) throw new PgarkError("CONNECTION_LOST", `the session with ${this.place} is closed`);
    if (this.#lost !== undefined) throw new PgarkError(this.#lost.code, this.#lost.message, { sqlState: this.#lost.sqlState, cause: this.#lost });
    // The protocol ends a statement at a zero byte: the server would run something else than was meant.
    if (sql.includes("\0")) throw new PgarkError("SQL_FAILED", "the statement holds a zero byte");
  }

  #explain(error: unknown, sql: string): unknown {
    if (this.#signal?.aborted === true) return this.#signal.reason;
    if (!isServerError(error) && this.#lost === undefined) return error;
    const ours = sqlError(error, sql, this.place);
    if (ours.code === "CONNECTION_LOST") this.#lost ??= ours;
    return ours;
  }

  #lose(error: unknown): void {
    this.#lost ??= sqlError(error, "", this.place);
  }

  #interrupt(): void {
    const running = this.#running;
    if (running === undefined) return;
    running.abandon();
    void this.#cancel(running);
  }

  /** Asks the server to stop until it has, or cuts the socket when it does not answer. Never rejects. */
  async #cancel(running: Running): Promise<void> {
    const cut = setTimeout(() => this.#client.connection.stream.destroy(), PATIENCE_MS);
    try {
      while (this.#running === running) {
        await requestCancel(this.#cancelTarget);
        await settledWithin(running, REPEAT_MS);
      }
    } finally {
      clearTimeout(cut);
    }
  }

  async #end(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#abort);
    const cut = setTimeout(() => this.#client.connection.stream.destroy(), PATIENCE_MS);
    try {
      await this.#client.end();
    } finally {
      clearTimeout(cut);
    }
  }
}

async function settledWithin({ settled }: Running, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([settled, waited]);
  clearTimeout(timer);
}

function isSeveral(result: DriverResult | readonly DriverResult[]): result is readonly DriverResult[] {
  return Array.isArray(result);
}
