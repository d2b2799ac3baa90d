/**
 * The story of a dump: connect, lock and then take the snapshot, read the catalog, order it, write the TOC, copy
 * the rows on several sessions, and commit the archive with its manifest. Each step is a call; none a detail.
 */
import type { Writable } from "node:stream";
import type { Manifest } from "./archive/manifest.ts";
import { defaultCodec, parseCodec } from "./archive/codec.ts";
import { fileSink } from "./archive/store/file-sink.ts";
import type { ArchiveSink } from "./archive/store/sink.ts";
import { streamSink } from "./archive/store/stream-sink.ts";
import type { Json, TocEntry } from "./archive/toc.ts";
import { type ArchiveWriter, createArchive } from "./archive/writer.ts";
import { readCatalog } from "./catalog/catalog.ts";
import { ident } from "./catalog/quote.ts";
import { planChunks, type TableSize } from "./dump/chunks.ts";
import { dumpLargeObjects } from "./dump/large-objects.ts";
import { lockThenSnapshot } from "./dump/lock.ts";
import { readSequences } from "./dump/sequence-values.ts";
import { sourceFacts } from "./dump/source-facts.ts";
import { dumpChunk } from "./dump/table-data.ts";
import { buildToc } from "./dump/toc.ts";
import { readChunks } from "./dump/workers.ts";
import { type Listener, teller, type Warning } from "./events.ts";
import { type DumpOptions, type Resolved, resolveDumpOptions } from "./options.ts";
import { arrange } from "./order/arrange.ts";
import type { DumpedTable, DumpReport } from "./report.ts";
import { createSelection, type Selection } from "./selection.ts";
import { type ConnectionSettings, resolveConnection } from "./session/conninfo.ts";
import { connect } from "./session/connect.ts";
import { openSessions } from "./session/group.ts";
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
  const { io } = resolved;
  const tell = teller(resolved.onEvent);
  const startedMs = io.tickMs();
  const startedAt = new Date(io.nowMs()).toISOString();
  const codec = resolved.codec === undefined ? defaultCodec() : parseCodec(resolved.codec);
  const settings = await resolveConnection(source);
  const stop = new AbortController();
  const signal = resolved.signal === undefined ? stop.signal : AbortSignal.any([resolved.signal, stop.signal]);

  await using leader = await openSession(settings, resolved, signal);
  const selection = createSelection(resolved, resolved.content);
  tell({ type: "step", step: "lock" });
  const snapshot = await lockOnHelper(leader, settings, resolved, signal, selection);

  tell({ type: "step", step: "catalog" });
  const catalog = await readCatalog(leader, { onEvent: tell });
  const arrangement = arrange(catalog);
  const sequenceValues = await readSequences(leader, catalog, selection);
  const toc = buildToc(catalog, arrangement, { textOnly: resolved.textOnly, sequenceValues });
  const entries = selection.entries(toc.entries);
  const facts = await sourceFacts(leader, catalog.database, { snapshot, startedAt, migrationsTable: resolved.migrationsTable });

  await using writer = await createArchive(await sinkOf(archive, resolved), { io, codec, toolVersion: VERSION, verify: resolved.verify });
  await writer.writeToc({ entries, interleave: resolved.jobs, source: facts });
  await dumpRows({ leader, settings, snapshot, entries, sizes: toc.sizes, writer, resolved, signal, stop, tell });

  const warnings: readonly Warning[] = [...catalog.warnings, ...arrangement.warnings];
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

interface RowsToDump {
  readonly leader: Session;
  readonly settings: ConnectionSettings;
  readonly snapshot: string;
  readonly entries: readonly TocEntry[];
  readonly sizes: ReadonlyMap<number, TableSize>;
  readonly writer: ArchiveWriter;
  readonly resolved: Resolved<DumpOptions>;
  readonly signal: AbortSignal;
  readonly stop: AbortController;
  readonly tell: Listener;
}

async function dumpRows({ leader, settings, snapshot, entries, sizes, writer, resolved, signal, stop, tell }: RowsToDump): Promise<void> {
  const chunks = planChunks(entries, sizes, { chunkBytes: resolved.chunkBytes, serverVersion: leader.serverVersion });
  tell({ type: "step", step: "data" });
  tell({ type: "plan", tables: new Set(chunks.map(({ entry }) => entry.id)).size, chunks: chunks.length, bytes: sum(chunks, "bytes"), rows: sum(chunks, "rows") });
  const helpers = Math.min(resolved.jobs, chunks.length) - 1;
  await using workers = await openSessions(helpers, async () => {
    const session = await openSession(settings, resolved, signal);
    await useSnapshot(session, snapshot);
    return session;
  });
  await readChunks(leader, workers.sessions, chunks, async (session, chunk, worker) => void (await dumpChunk(session, chunk, writer, worker, tell)), (error) => stop.abort(error));
  for (const entry of entries) if (entry.kind === "large-object-data") await dumpLargeObjects(leader, entry, entries, writer);
}

/** Lists on a session of its own, because the leader must not read anything before its locks are there. */
async function lockOnHelper(leader: Session, settings: ConnectionSettings, resolved: Resolved<DumpOptions>, signal: AbortSignal, selection: Selection): Promise<string> {
  await using helper = await openSession(settings, resolved, signal);
  return await lockThenSnapshot(leader, helper, selection, resolved.lockTimeoutMs);
}

async function openSession(settings: ConnectionSettings, resolved: Resolved<DumpOptions>, signal: AbortSignal): Promise<Session> {
  const session = await connect(settings, { signal });
  if (resolved.role !== undefined) await session.execute(`SET ROLE ${ident(resolved.role)}`);
  await prepareDumpSession(session);
  return session;
}

function sinkOf(archive: string | Writable, resolved: Resolved<DumpOptions>): Promise<ArchiveSink> | ArchiveSink {
  return typeof archive === "string" ? fileSink(archive, resolved.io) : streamSink(archive);
}

function dumpedTables(entries: readonly TocEntry[], manifest: Manifest): readonly DumpedTable[] {
  return entries
    .filter(({ kind }) => kind === "table-data")
    .map((entry) => {
      const chunks = manifest.chunks.filter((chunk) => chunk.entry === entry.id);
      return { table: `${entry.schema}.${entry.name}`, rows: sum(chunks, "rows"), plainBytes: sum(chunks, "plainBytes"), storedBytes: sum(chunks, "storedBytes"), chunks: chunks.length };
    });
}

function optionsForManifest(resolved: Resolved<DumpOptions>): Json {
  const { content, jobs, schemas, excludeSchemas, tables, excludeTables, excludeTableData, chunkBytes, textOnly, role } = resolved;
  return { content, jobs, schemas: schemas ?? null, excludeSchemas, tables: tables ?? null, excludeTables, excludeTableData, chunkBytes, textOnly, role: role ?? null };
}

function sum<K extends string>(items: readonly { readonly [key in K]: number }[], field: K): number {
  return items.reduce((total, item) => total + item[field], 0);
}
