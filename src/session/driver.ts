/**
 * The parts of `pg` that its type declarations leave out, typed here once. Everything used is what pg's own
 * Client and its companion packages use; the versions are pinned in package.json.
 */
import type { Duplex } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import pg from "pg";

/** The protocol layer under a client. */
export interface DriverConnection extends NodeJS.EventEmitter {
  /** The socket; replaced by a TLS socket during the handshake. */
  readonly stream: Duplex & { ref(): void; unref(): void };
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
  query(sql: string): void;
  parse(statement: { readonly text: string }): void;
  bind(config: object): void;
  sendCopyFail(reason: string): void;
  attachListeners(stream: Duplex): void;
}

/** What `pg` calls on the query that is running. */
export interface DriverQuery {
  submit(connection: DriverConnection): Error | null;
  handleError(error: Error): void;
  handleReadyForQuery(): void;
  handleCommandComplete(message: { readonly text?: string }): void;
  handleCopyInResponse(connection: DriverConnection): void;
  handleCopyData(): void;
  handleRowDescription(): void;
  handleDataRow(): void;
  handleEmptyQuery(): void;
  handlePortalSuspended(): void;
}

export interface DriverResult {
  readonly rows: readonly object[];
  readonly rowCount: number | null;
}

export interface DriverStatement {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly queryMode?: "extended";
}

export interface DriverClient extends NodeJS.EventEmitter {
  readonly connection: DriverConnection;
  readonly processID: number;
  readonly secretKey: number;
  connect(): Promise<unknown>;
  query(statement: DriverStatement): Promise<DriverResult | readonly DriverResult[]>;
  query(query: DriverQuery): DriverQuery;
  end(): Promise<void>;
  getStartupConf(): Readonly<Record<string, string>>;
}

export interface DriverConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: () => Promise<string>;
  readonly ssl: ConnectionOptions | false;
  readonly sslnegotiation: "postgres" | "direct";
  readonly enableChannelBinding: boolean;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelayMillis: number;
  readonly types: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
}

/**
 * A client that sends exactly `startup` and nothing that it finds in the environment, and that turns a message
 * it cannot read into an error instead of an exception out of a socket's event.
 */
export function createClient(config: DriverConfig, startup: Readonly<Record<string, string>>): DriverClient {
  const bare: unknown = new pg.Client({ ...config, connectionTimeoutMillis: 0 } as pg.ClientConfig);
  // The same object under the interface above, which is wider than @types/pg's.
  const client = bare as DriverClient;
  client.getStartupConf = () => startup;
  guardParser(client.connection);
  return client;
}

/** A connection without a client: only good for a cancel request. */
export function createConnection(config: { readonly ssl: ConnectionOptions | false; readonly sslNegotiation: "postgres" | "direct" }): DriverConnection {
  const bare: unknown = new pg.Connection(config as pg.ConnectionConfig);
  // As above: connect, requestSsl and cancel are there but not declared.
  return bare as DriverConnection;
}

/** Takes the listener that parses the server's messages off the socket, and gives it. */
export function takeParser(stream: Duplex): (bytes: Uint8Array) => void {
  const [parse, ...others] = stream.listeners("data");
  if (parse === undefined || others.length > 0) throw new Error("expected exactly one listener for the server's messages");
  // It is pg's or guardParser's: both take one Buffer.
  const listener = parse as (bytes: Uint8Array) => void;
  stream.removeListener("data", listener);
  return listener;
}

/** pg-protocol throws on an unknown authentication request: from a socket's event that would end the process. */
function guardParser(connection: DriverConnection): void {
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    attach(stream);
    const parse = takeParser(stream);
    stream.on("data", (bytes: Uint8Array) => {
      try {
        parse(bytes);
      } catch (error) {
        stream.destroy();
        connection.emit("error", error);
      }
    });
  };
}
