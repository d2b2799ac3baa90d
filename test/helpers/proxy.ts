/** A TCP proxy that fails on command: cuts or stalls the connections through it after an exact number of bytes. */
import { createServer, connect as connectSocket } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export type Direction = "to server" | "to client";

export interface Fault {
  readonly direction: Direction;
  /** Bytes in that direction that still pass, counted from `arm` on. */
  readonly afterBytes: number;
  /** `cut` closes both sides; `stall` keeps them open and lets nothing pass any more, either way. */
  readonly action: "cut" | "stall";
}

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes that have passed so far, over all connections. */
  passed(direction: Direction): number;
  /** Applies to the connections that are open now; later ones (a cancel request) pass unharmed. */
  arm(fault: Fault): void;
  /** `url` with the proxy's address in it. */
  through(url: string): string;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  fault: { readonly direction: Direction; left: number; readonly action: "cut" | "stall" } | undefined;
  stalled: boolean;
}

export async function startProxy(targetUrl: string): Promise<Proxy> {
  const target = new URL(targetUrl);
  const pairs = new Set<Pair>();
  const passed = { "to server": 0, "to client": 0 };
  const listener = createServer((client) => {
    const server = connectSocket(Number(target.port), target.hostname);
    const pair: Pair = { client, server, fault: undefined, stalled: false };
    pairs.add(pair);
    const forward = (direction: Direction, bytes: Buffer) => {
      const allowed = allow(pair, direction, bytes);
      passed[direction] += allowed.length;
      const to = direction === "to server" ? server : client;
      if (allowed.length > 0) to.write(allowed);
      fail(pair);
    };
    client.on("data", (bytes: Buffer) => forward("to server", bytes));
    server.on("data", (bytes: Buffer) => forward("to client", bytes));
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      socket.on("error", () => {});
      socket.on("close", () => {
        // A stalled pair keeps its other half until the proxy goes.
        if (pair.stalled) return;
        pairs.delete(pair);
        other.end();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  // A listening TCP server has an address with a port.
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    passed: (direction) => passed[direction],
    arm({ direction, afterBytes, action }) {
      for (const pair of pairs) {
        pair.fault = { direction, left: afterBytes, action };
        fail(pair);
      }
    },
    through(url) {
      const address = new URL(url);
      address.hostname = "127.0.0.1";
      address.port = String(port);
      return address.href;
    },
    async [Symbol.asyncDispose]() {
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** The part of `bytes` that may pass. */
function allow(pair: Pair, direction: Direction, bytes: Buffer): Buffer {
  const { fault } = pair;
  if (pair.stalled) return Buffer.alloc(0);
  if (fault === undefined || fault.direction !== direction) return bytes;
  const allowed = bytes.subarray(0, fault.left);
  fault.left -= allowed.length;
  return allowed;
}

/** Applies the fault when its bytes have passed. `end` sends them on before it closes. */
function fail(pair: Pair): void {
  if (pair.fault === undefined || pair.fault.left > 0 || pair.stalled) return;
  if (pair.fault.action === "stall") {
    pair.stalled = true;
    return;
  }
  pair.fault = undefined;
  pair.client.end();
  pair.server.end();
  pair.stalled = true;
}
