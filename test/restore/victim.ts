/**
 * A process that restores and kills itself (-9): loaded first, it waits for its orders on stdin, one line of JSON. Said on
 * stdout when it has survived: how many writes to its sockets there were.
 */
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { type PgarkEvent, restore } from "../../src/index.ts";
import type { Orders } from "./killing.ts";

const die = () => process.kill(process.pid, "SIGKILL");

for await (const line of createInterface(process.stdin)) {
  // What killing.ts writes.
  const { archive, target, options, point } = JSON.parse(line) as Orders;
  let writes = 0;
  const write = Socket.prototype.write;
  // Overloaded, and passed on as it came.
  Socket.prototype.write = function (this: Socket, ...given: Parameters<typeof write>): boolean {
    if (this === process.stdout || this === process.stderr) return write.apply(this, given);
    writes += 1;
    if (point.at === "write" && writes === point.nth && !point.sent) die();
    const result = write.apply(this, given);
    if (point.at === "write" && writes === point.nth) die();
    return result;
  } as typeof write;
  let chunks = 0;
  const onEvent = (event: PgarkEvent) => {
    if (event.type === "chunk" && ++chunks === point.nth && point.at === "chunk") die();
  };
  await restore(archive, target, { ...options, onEvent });
  console.log(writes);
  break;
}
process.exit(0);
