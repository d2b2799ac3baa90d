/** An archive into a pipe. There is no name to give at the end: the footer alone is the commit mark. */
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { PgarkError } from "../../errors.ts";
import { errnoOf, ioError } from "../../io/io.ts";
import type { ArchiveSink } from "./sink.ts";

export interface StreamSinkOptions {
  /** How people call it. Default: `standard output`. */
  readonly name?: string;
  /** Whether the stream is ended by `commit` and destroyed by `abort`. Default: true. */
  readonly end?: boolean;
}

/** Each write waits until the stream has taken the bytes, so that a slow reader slows the dump down and memory stays flat. */
export function streamSink(stream: Writable, options: StreamSinkOptions = {}): ArchiveSink {
  const name = options.name ?? "standard output";
  const end = options.end ?? true;
  let failure: PgarkError | null = null;
  let wake: (() => void) | null = null;
  let committed = false;

  const fail = (error: unknown): void => {
    failure ??= pipeError(error, name);
    wake?.();
  };
  const onClose = (): void => fail(new Error("it was closed before the archive was complete"));
  stream.on("error", fail);
  stream.on("close", onClose);

  return {
    name,
    async write(bytes) {
      // An ended or destroyed stream may call back never, so its events settle the write as well.
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (failure !== null || stream.destroyed) return fail(new Error("it is closed"));
        stream.write(bytes, (error) => (error ? fail(error) : resolve()));
      });
      wake = null;
      if (failure !== null) throw failure;
    },
    readBack: async () => null,
    async commit() {
      if (failure !== null) throw failure;
      stream.off("close", onClose);
      if (end) {
        stream.end();
        await finished(stream, { readable: false }).catch((error: unknown) => Promise.reject(pipeError(error, name)));
      }
      committed = true;
    },
    async abort() {
      if (!committed && end) stream.destroy();
    },
  };
}

function pipeError(error: unknown, name: string): PgarkError {
  if (errnoOf(error) !== "EPIPE") return ioError(error, name);
  return new PgarkError("IO_FAILED", `${name}: whoever reads it has gone away (EPIPE); the archive is incomplete`, { object: name, cause: error });
}
