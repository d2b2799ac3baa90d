/** Cancelling a statement on the server, which the protocol only allows through a second connection. */
import type { ConnectionOptions } from "node:tls";
import { createConnection } from "./driver.ts";

/** Everything a cancel request needs to know about the session it is for. */
export interface CancelTarget {
  /** The address that the session is really connected to: a name could lead to another server. */
  readonly address: string | undefined;
  readonly portOrPath: number | string;
  /** The session's own TLS rules; false when it is not encrypted. */
  readonly ssl: ConnectionOptions | false;
  readonly sslNegotiation: "postgres" | "direct";
  readonly processId: number;
  readonly secretKey: number;
}

const TIMEOUT_MS = 5_000;

/**
 * Sends a CancelRequest and resolves when the server has closed that connection, which it does after it has
 * signalled the session. A request is a wish: nothing is answered, so failures are not told either.
 */
export async function requestCancel(target: CancelTarget): Promise<void> {
  const connection = createConnection({ ssl: target.ssl, sslNegotiation: target.sslNegotiation });
  const send = () => connection.cancel(target.processId, target.secretKey);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, TIMEOUT_MS);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    connection.once("end", end);
    connection.on("error", end);
    connection.once("connect", () => {
      if (target.ssl === false) send();
      else if (target.sslNegotiation === "postgres") connection.requestSsl();
    });
    connection.once("sslconnect", send);
    if (typeof target.portOrPath === "string") connection.connect(target.portOrPath);
    else connection.connect(target.portOrPath, target.address);
  });
  connection.stream.destroy();
}
