/** The archive as a restore sees it: a file that can be read at any place, or a pipe that is read once. */
import { addAbortSignal, type Readable } from "node:stream";
import type { Manifest } from "../archive/manifest.ts";
import { type ArchiveReader, openArchive } from "../archive/reader.ts";
import { fileSource, streamSource } from "../archive/store/source.ts";
import { type ArchiveEvent, readArchiveStream } from "../archive/stream-reader.ts";
import type { KeepOfEntry } from "../archive/toc-json.ts";
import type { Json, Toc, TocEntry } from "../archive/toc.ts";
import { PgarkError } from "../errors.ts";
import type { Listener } from "../events.ts";
import type { Io } from "../io/io.ts";

export type RestoreSource = AsyncDisposable & { readonly toc: Toc; readonly archiveId: string } & (
    | { readonly type: "file"; readonly reader: ArchiveReader; readonly manifest: Manifest }
    | { readonly type: "pipe"; readonly events: AsyncIterable<ArchiveEvent>; readonly manifest: null }
  );

/** Opens the archive and reads its TOC, whose entries are kept `asRestored` or whole; for a file its manifest too. Aborting `signal` ends a pipe, also one that is silent. */
export async function openSource(archive: string | Readable, io: Io, signal: AbortSignal | undefined, keep?: KeepOfEntry): Promise<RestoreSource> {
  if (typeof archive === "string") {
    const reader = await openArchive(await fileSource(archive, io), { keep });
    return { type: "file", reader, manifest: reader.manifest, toc: reader.toc, archiveId: reader.manifest.archiveId, [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose]() };
  }
  const events = orReason(readArchiveStream(streamSource(signal === undefined ? archive : addAbortSignal(signal, archive)), keep), signal);
  const first = await events.next();
  if (first.done === true || first.value.type !== "toc") throw new PgarkError("ARCHIVE_DAMAGED", "the archive does not begin with a TOC");
  const { toc, header } = first.value;
  return { type: "pipe", events, manifest: null, toc, archiveId: Buffer.from(header.archiveId).toString("hex"), [Symbol.asyncDispose]: async () => void (await events.return(undefined)) };
}

/**
 * An entry without what a restore does not ask of its record: of a table its columns, which are most of an archive's TOC,
 * and of what comes with every table everything. The statements say it all again.
 */
export function asRestored(entry: TocEntry): TocEntry {
  if (entry.kind === "table" || entry.kind === "foreign-table") return { ...entry, record: ancestryOf(entry.record) };
  return RECORD_UNUSED.has(entry.kind) ? { ...entry, record: null } : entry;
}

const RECORD_UNUSED: ReadonlySet<string> = new Set(["sequence", "sequence-owner", "identity", "default", "check", "index", "index-attach", "table-attach", "foreign-key", "trigger", "view", "function"]);

function ancestryOf(record: Json): Json {
  if (record === null || typeof record !== "object" || !("parents" in record)) return record;
  const { parents, isPartition } = record;
  return { parents: parents ?? [], isPartition: isPartition ?? false };
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
