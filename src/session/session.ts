/**
 * One connection with its settings. This room is the only one that imports `pg`; it gives
 * the others plain promises and byte iterables. It promises that an aborted session's statement is cancelled on
 * the server through a second connection, and that a COPY which was not finished is never taken for complete.
 * It does not retry and it does not reconnect.
 */

export interface Session extends AsyncDisposable {
  /** `server_version_num`, e.g. 170011. */
  readonly serverVersion: number;
  readonly backendPid: number;
  /** Where it is connected to, without secrets: `postgres@127.0.0.1:5432/rulesdb`. */
  readonly place: string;
  /**
   * Runs one statement and gives its rows. `int8`, `numeric` and timestamps arrive as text, `oid`, `int4` and
   * `float8` as numbers, json parsed; `name[]` must be cast to `text[]` in the statement.
   * A failure is a `PgarkError` with the SQLSTATE and, where the server tells a position, the line and a caret.
   */
  query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** Runs one or several statements by the simple protocol; gives the number of rows the last one touched. */
  execute(sql: string): Promise<number>;
  /** Starts `COPY … TO STDOUT`. Nothing is sent before the first chunk is asked for. */
  copyOut(sql: string): CopyOut;
  /** Starts `COPY … FROM STDIN` and resolves when the server is ready for bytes. */
  copyIn(sql: string): Promise<CopyIn>;
  /** Ends the connection; an open transaction is rolled back by the server. */
  close(): Promise<void>;
}

/**
 * The bytes of a COPY TO. Iterating to the end means that the server said `COPY n` and was ready again; anything
 * less throws. Leaving the loop early cancels the statement on the server and closes the session.
 */
export interface CopyOut extends AsyncIterable<Uint8Array> {
  /** The server's own count, or null before the end. */
  readonly rows: number | null;
}

/** Bytes into a COPY FROM. It *must* be ended by `finish`; disposing without it aborts the COPY, and 0 rows stay. */
export interface CopyIn extends AsyncDisposable {
  /** Resolves when the bytes have been taken and more are welcome. Rejects as soon as the server has refused a row. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the COPY and gives the server's own row count. */
  finish(): Promise<number>;
}

export interface SessionOptions {
  /** Aborting it cancels the running statement on the server and makes every later call reject with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told for each NOTICE and WARNING of the server. Default: dropped. */
  readonly onNotice?: ((notice: { readonly severity: string; readonly message: string }) => void) | undefined;
  /** Texts as the bytes they are, unconverted (values/raw-text.ts), as always with a database in SQL_ASCII. Default: false. */
  readonly rawText?: boolean | undefined;
  /** What `pg_stat_activity` shows. Default: `pgark`. */
  readonly applicationName?: string | undefined;
  /** The database to connect to instead of the one in the settings. */
  readonly database?: string | undefined;
}
