/**
 * The story of a dump: connect, lock and then take the snapshot, read the catalog, order it, write the TOC, copy
 * the rows on several sessions, and commit the archive with its manifest. Each step is a call; none a detail.
 */
import { addAbortSignal, type Writable } from "node:stream";
import { chunksByEntry, type Manifest, type SourceFacts } from "./archive/manifest.ts";
import { defaultCodec, parseCodec } from "./archive/codec.ts";
import { fileSink } from "./archive/store/file-sink.ts";
import type { ArchiveSink } from "./archive/store/sink.ts";
import { streamSink } from "./archive/store/stream-sink.ts";
import type { Json, TocEntry } from "./archive/toc.ts";
import { type ArchiveWriter, createArchive } from "./archive/writer.ts";
import { readCatalog } from "./catalog/catalog.ts";
import { readGlobals } from "./catalog/globals.ts";
import { ident, qualified } from "./catalog/quote.ts";
import { type PlannedChunk, planChunks } from "./dump/chunks.ts";
import { dumpLargeObjects } from "./dump/large-objects.ts";
import { lockError, lockThenSnapshot } from "./dump/lock.ts";
import { readRestoreUnderWay, withoutJournal } from "./dump/restore-under-way.ts";
import { readSearchPath } from "./dump/search-path.ts";
import { readSequences } from "./dump/sequence-values.ts";
import { readSizes } from "./dump/sizes.ts";
import { readMoment, sourceFacts } from "./dump/source-facts.ts";
import { dumpChunk } from "./dump/table-data.ts";
import { readUndisturbed } from "./dump/undisturbed.ts";
import { buildToc } from "./dump/toc.ts";
import { type ReadChunk, readChunks } from "./dump/workers.ts";
import { isPgarkError, namingObject } from "./errors.ts";
import { countTables, type Listener, teller, tellTables, type Warning } from "./events.ts";
import { type DumpOptions, type Resolved, resolveDumpOptions, selectionForManifest } from "./options.ts";
import { arrange } from "./order/arrange.ts";
import type { DumpedTable, DumpReport } from "./report.ts";
import { createSelection, type Selection } from "./selection.ts";
import { type ConnectionSettings, resolveConnection } from "./session/conninfo.ts";
import { connect } from "./session/connect.ts";
import { makeReady, openSessions } from "./session/group.ts";
import type { Session } from "./session/session.ts";
import { prepareDumpSession } from "./session/prepare-session.ts";
import { useSnapshot } from "./session/snapshot.ts";
import { VERSION } from "./version.ts";

/**
 * Dumps a database into an archive.
 *
 * @param source a connection URL, key=value text or database name, as libpq takes them; undefined: the PG* environment
 * @param archive the archive's path, which must not exist yet, or a stream
 * @throws PgarkError; a file never appears under `archive` unless it is complete and, by default, verified
 */
export async function dump(source: string | undefined, archive: string | Writable, options: DumpOptions = {}): Promise<DumpReport> {
  const resolved = resolveDumpOptions(options);
  try {
    return await dumpInto(source, archive, resolved);
  } catch (error) {
    // A stream or a file that was closed under the writer's hands says something else.
    resolved.signal?.throwIfAborted();
    throw error;
  }
}

async function dumpInto(source: string | undefined, archive: string | Writable, resolved: Resolved<DumpOptions>): Promise<DumpReport> {
  const { io } = resolved;
  const tell = teller(resolved.onEvent);
  const startedMs = io.tickMs();
  const codec = resolved.codec === undefined ? defaultCodec() : parseCodec(resolved.codec);
  const settings = await resolveConnection(source);
  const stop = new AbortController();
  const signal = resolved.signal === undefined ? stop.signal : AbortSignal.any([resolved.signal, stop.signal]);

  await using leader = await openSession(settings, resolved, signal);
  const { toc, chunks, jobs, facts, warnings } = await readSource({ leader, settings, resolved, signal, tell });

  await using writer = await createArchive(await sinkOf(archive, resolved), { io, codec, toolVersion: VERSION, verify: resolved.verify, signal: resolved.signal });
  await writer.writeToc({ entries: toc.entries, interleave: jobs, source: facts });
  // Of tens of thousands of tables the definitions are most of the memory.
  const entries = (toc.entries = toc.entries.filter(({ kind, data }) => data !== null || kind === "large-object"));
  await dumpRows({ leader, settings, snapshot: facts.snapshot, entries, chunks, jobs, writer, resolved, signal, stop, tell });

  tell({ type: "step", step: "commit" });
  const manifest = await writer.commit({ source: { ...facts, endedAt: new Date(io.nowMs()).toISOString() }, options: optionsForManifest(resolved), warnings });
  return {
    path: typeof archive === "string" ? archive : null,
    manifest,
    storedBytes: writer.storedBytes,
    tables: dumpedTables(entries, manifest),
    warnings,
    seconds: (io.tickMs() - startedMs) / 1000,
  };
}

interface SourceToRead {
  readonly leader: Session;
  readonly settings: ConnectionSettings;
  readonly resolved: Resolved<DumpOptions>;
  readonly signal: AbortSignal;
  readonly tell: Listener;
}

/** What will be dumped. The entries can be taken out when they have been written. */
interface SourceRead {
  readonly toc: { entries: readonly TocEntry[] };
  readonly chunks: readonly PlannedChunk[];
  readonly jobs: number;
  readonly facts: SourceFacts;
  readonly warnings: readonly Warning[];
}

/** Locks, takes the snapshot, reads the catalog and plans the chunks. */
async function readSource({ leader, settings, resolved, signal, tell }: SourceToRead): Promise<SourceRead> {
  const startedAt = new Date(resolved.io.nowMs()).toISOString();
  const underWay = await readRestoreUnderWay(leader);
  const selection = createSelection(underWay === null ? resolved : withoutJournal(resolved), resolved.content, await readSearchPath(leader));
  const { snapshot, moment, catalog, globals, sequenceValues } = await readUndisturbed(
    leader,
    async () => {
      tell({ type: "step", step: "lock" });
      return await lockOnHelper(leader, settings, resolved, signal, selection);
    },
    async (snapshot) => {
      const moment = await readMoment(leader);
      tell({ type: "step", step: "catalog" });
      const catalog = await readCatalog(leader, { onEvent: tell }).catch((error: unknown) => {
        throw isPgarkError(error) ? lockError(error, resolved.lockTimeoutMs) : error;
      });
      const globals = resolved.globals ? await readGlobals(leader, resolved) : { globals: [], warnings: [] };
      return { snapshot, moment, catalog, globals, sequenceValues: resolved.content === "schema" ? new Map() : await readSequences(leader, catalog, selection) };
    },
  );
  const arrangement = arrange(catalog);
  const toc = buildToc(catalog, arrangement, { textOnly: resolved.textOnly, sequenceValues, globals: globals.globals });
  const entries = selection.entries(toc.entries);
  const facts = await sourceFacts(leader, catalog.database, { snapshot, moment, startedAt, migrationsTable: resolved.migrationsTable });

  const own = [...globals.warnings, ...(underWay === null ? [] : [underWay]), ...selection.warnings(toc.entries)];
  for (const warning of [...arrangement.warnings, ...own]) tell({ type: "warning", warning });
  const selected = new Set(entries.map(({ id }) => id));
  const sizes = await readSizes(leader, new Map([...toc.sources].filter(([id]) => selected.has(id))));
  const chunks = planChunks(entries, sizes, { chunkBytes: resolved.chunkBytes, serverVersion: leader.serverVersion });
  const jobs = Math.max(1, Math.min(resolved.jobs, chunks.length));
  return { toc: { entries }, chunks, jobs, facts, warnings: [...catalog.warnings, ...arrangement.warnings, ...own] };
}

interface RowsToDump {
  readonly leader: Session;
  readonly settings: ConnectionSettings;
  readonly snapshot: string;
  readonly entries: readonly TocEntry[];
  readonly chunks: readonly PlannedChunk[];
  /** How many chunks are read at a time. */
  readonly jobs: number;
  readonly writer: ArchiveWriter;
  readonly resolved: Resolved<DumpOptions>;
  readonly signal: AbortSignal;
  readonly stop: AbortController;
  readonly tell: Listener;
}

async function dumpRows({ leader, settings, snapshot, entries, chunks, jobs, writer, resolved, signal, stop, tell }: RowsToDump): Promise<void> {
  tell({ type: "step", step: "data" });
  tell({ type: "plan", tables: new Set(chunks.map(({ entry }) => entry.id)).size, chunks: chunks.length, bytes: sum(chunks, "bytes"), rows: sum(chunks, "rows") });
  await using workers = await openSessions(jobs - 1, async () => {
    return makeReady(await openSession(settings, resolved, signal), (session) =>
      useSnapshot(session, snapshot).catch(async (error: unknown) => {
        // A snapshot goes with the session that exported it: if that one was lost, that is what happened.
        await leader.execute("SELECT");
        throw error;
      }),
    );
  });
  const tellDone = tellTables(tell, countTables(chunks, ({ entry }) => qualified(entry.schema, entry.name)), resolved.io.tickMs);
  const read: ReadChunk = async (session, chunk, worker) => {
    await dumpChunk(session, chunk, writer, worker, tellDone).catch((error: unknown) => {
      throw namingObject(error, `table ${qualified(chunk.entry.schema, chunk.entry.name)}`);
    });
  };
  await readChunks(leader, workers.sessions, chunks, read, (error) => stop.abort(error));
  for (const entry of entries) if (entry.kind === "large-object-data") await dumpLargeObjects(leader, entry, entries, writer);
}

/** Lists on a session of its own, because the leader must not read anything before its locks are there. */
async function lockOnHelper(leader: Session, settings: ConnectionSettings, resolved: Resolved<DumpOptions>, signal: AbortSignal, selection: Selection): Promise<string> {
  await using helper = await openSession(settings, resolved, signal);
  return await lockThenSnapshot(leader, helper, selection, resolved.lockTimeoutMs);
}

async function openSession(settings: ConnectionSettings, resolved: Resolved<DumpOptions>, signal: AbortSignal): Promise<Session> {
  return makeReady(await connect(settings, { signal }), async (session) => {
    if (resolved.role !== undefined) await session.execute(`SET ROLE ${ident(resolved.role)}`);
    await prepareDumpSession(session);
  });
}

function sinkOf(archive: string | Writable, resolved: Resolved<DumpOptions>): Promise<ArchiveSink> | ArchiveSink {
  if (typeof archive === "string") return fileSink(archive, resolved.io);
  // A reader that has stopped reading would keep a cancelled dump waiting for ever.
  return streamSink(resolved.signal === undefined ? archive : addAbortSignal(resolved.signal, archive));
}

function dumpedTables(entries: readonly TocEntry[], manifest: Manifest): readonly DumpedTable[] {
  const chunksOf = chunksByEntry(manifest.chunks);
  return entries
    .filter(({ kind }) => kind === "table-data")
    .map((entry) => {
      const chunks = chunksOf.get(entry.id) ?? [];
      return { table: qualified(entry.schema, entry.name), rows: sum(chunks, "rows"), plainBytes: sum(chunks, "plainBytes"), storedBytes: sum(chunks, "storedBytes"), chunks: chunks.length };
    });
}

function optionsForManifest(resolved: Resolved<DumpOptions>): Json {
  const { content, jobs, schemas, excludeSchemas, tables, excludeTables, excludeTableData, chunkBytes, textOnly, role, globals, rolePasswords } = resolved;
  const asked = { content, jobs, schemas: schemas ?? null, excludeSchemas, tables: tables ?? null, excludeTables, excludeTableData, chunkBytes, textOnly, role: role ?? null };
  return { ...asked, ...(globals ? { globals, rolePasswords } : {}), ...selectionForManifest(resolved) };
}

function sum<K extends string>(items: readonly { readonly [key in K]: number }[], field: K): number {
  return items.reduce((total, item) => total + item[field], 0);
}
