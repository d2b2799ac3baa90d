/** The archive as a restore sees it: a file that can be read at any place, or a pipe that is read once. */
import { addAbortSignal, type Readable } from "node:stream";
import type { Manifest } from "../archive/manifest.ts";
import { type ArchiveReader, openArchive } from "../archive/reader.ts";
import { fileSource, streamSource } from "../archive/store/source.ts";
import { type ArchiveEvent, readArchiveStream } from "../archive/stream-reader.ts";
import type { Toc } from "../archive/toc.ts";
import { PgarkError } from "../errors.ts";
import type { Listener } from "../events.ts";
import type { Io } from "../io/io.ts";

export type RestoreSource = AsyncDisposable & { readonly toc: Toc; readonly archiveId: string } & (
    | { readonly type: "file"; readonly reader: ArchiveReader; readonly manifest: Manifest }
    | { readonly type: "pipe"; readonly events: AsyncIterable<ArchiveEvent>; readonly manifest: null }
  );

/** Opens the archive and reads its TOC; for a file its manifest too. Aborting `signal` ends a pipe, also one that is silent. */
export async function openSource(archive: string | Readable, io: Io, signal: AbortSignal | undefined): Promise<RestoreSource> {
  if (typeof archive === "string") {
    const reader = await openArchive(await fileSource(archive, io));
    return { type: "file", reader, manifest: reader.manifest, toc: reader.toc, archiveId: reader.manifest.archiveId, [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose]() };
  }
  const events = orReason(readArchiveStream(streamSource(signal === undefined ? archive : addAbortSignal(signal, archive))), signal);
  const first = await events.next();
  if (first.done === true || first.value.type !== "toc") throw new PgarkError("ARCHIVE_DAMAGED", "the archive does not begin with a TOC");
  const { toc, header } = first.value;
  return { type: "pipe", events, manifest: null, toc, archiveId: Buffer.from(header.archiveId).toString("hex"), [Symbol.asyncDispose]: async () => void (await events.return(undefined)) };
}

/** Reads every byte before anything is written. Throws ARCHIVE_DAMAGED with the first finding, USAGE for a pipe. */
export async function verifyFirst(source: RestoreSource, tell: Listener, signal: AbortSignal | undefined): Promise<void> {
  if (source.type === "pipe") throw new PgarkError("USAGE", "an archive from a pipe cannot be verified first: it can be read only once");
  tell({ type: "step", step: "verify" });
  const [problem] = (await source.reader.verify({ signal })).findings;
  if (problem !== undefined) throw new PgarkError("ARCHIVE_DAMAGED", `the archive is damaged: ${problem.problem}`);
}

/** The same events; a stream that was destroyed by the signal fails with the signal's reason. */
async function* orReason(events: AsyncGenerator<ArchiveEvent>, signal: AbortSignal | undefined): AsyncGenerator<ArchiveEvent> {
  try {
    yield* events;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
