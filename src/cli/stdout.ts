/** stdout as a pipe: data goes at the reader's pace, and a reader that leaves (`| head`) ends the writing without a word. */
import { once } from "node:events";

const readerLeft = new AbortController();

/** Keeps a closed pipe from ending the process; any other error of stdout does end it. */
export function guardStdout(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return readerLeft.abort();
    process.stderr.write(`error: cannot write to stdout: ${error.message}\n`);
    process.exit(1);
  });
  process.stderr.on("error", () => {});
}

/** Writes everything, or as much as the reader wants. */
export async function writeOut(chunks: AsyncIterable<Uint8Array | string>): Promise<void> {
  for await (const chunk of chunks) {
    if (readerLeft.signal.aborted) return;
    if (process.stdout.write(chunk)) continue;
    try {
      await once(process.stdout, "drain", { signal: readerLeft.signal });
    } catch (error) {
      if (readerLeft.signal.aborted) return;
      throw error;
    }
  }
}
