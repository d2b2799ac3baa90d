/**
 * A whole archive as plain SQL: what psql loads when pgark is not at hand. Statements come from the TOC, rows as
 * COPY text whatever format they are stored in. No comment holds a name and no line is a psql command, so that an
 * object called `\! rm` stays a name.
 */
import type { ArchiveReader } from "../archive/reader.ts";
import type { TocData, TocEntry } from "../archive/toc.ts";
import { isGlobalKind, readGlobalRecord } from "../catalog/globals.ts";
import { columnList, ident, literal, qualified } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import { bytesOfText, holdsBytes } from "../values/raw-text.ts";
import { rowReader } from "../values/row-reader.ts";
import { splitRows } from "../values/rows.ts";

/** Every setting is one that the server knows: what an older one lacks is not in its pg_settings. */
const PREAMBLE = `SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
  WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout');
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

`;

/** The script in pieces. Throws ARCHIVE_DAMAGED as soon as a block does not prove itself. */
export async function* sqlOf(reader: ArchiveReader, { globals, signal }: { readonly globals: boolean; readonly signal: AbortSignal | undefined }): AsyncGenerator<Uint8Array | string> {
  yield `SET client_encoding = '${reader.toc.source.encoding === "SQL_ASCII" ? "SQL_ASCII" : "UTF8"}';\n${PREAMBLE}`;
  for await (const piece of pieces(reader, globals, signal)) yield typeof piece === "string" && holdsBytes(piece) ? bytesOfText(piece) : piece;
}

async function* pieces(reader: ArchiveReader, globals: boolean, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array | string> {
  if (globals) yield globalsOf(reader.toc.entries);
  const place = { tablespace: "", accessMethod: "" };
  const inPass = (pass: TocEntry["pass"]) => reader.toc.entries.filter((entry) => entry.pass === pass);
  for (const entry of inPass("main")) {
    if (entry.kind === "table-data" && entry.data !== null) yield* copyBlock(reader, entry, entry.data, signal);
    else if (entry.kind === "large-object-data") yield* largeObjects(reader, entry, signal);
    else yield statements(entry, place);
  }
  for (const entry of [...inPass("privileges"), ...inPass("final")]) yield statements(entry, place);
}

/** What belongs to the whole server, as the source's version says it. */
function globalsOf(entries: readonly TocEntry[]): string {
  const globals = entries.filter(({ kind }) => isGlobalKind(kind));
  if (globals.length === 0) throw new PgarkError("NOTHING_MATCHED", "the archive holds no globals: no roles, no tablespaces", { hint: "Back up with --globals, or leave it out." });
  return globals.map(({ record }) => `${readGlobalRecord(record).properties.filter(({ before }) => before === undefined).map(({ statement }) => statement).join("\n")}\n\n`).join("");
}

/** The settings that stand beside a CREATE are only written when they change. */
function statements(entry: TocEntry, place: { tablespace: string; accessMethod: string }): string {
  const lines: string[] = [];
  if (entry.create.length > 0 && (entry.tablespace ?? "") !== place.tablespace) {
    place.tablespace = entry.tablespace ?? "";
    lines.push(`SET default_tablespace = ${literal(place.tablespace)};`);
  }
  if (entry.accessMethod !== null && entry.accessMethod !== place.accessMethod) {
    place.accessMethod = entry.accessMethod;
    lines.push(`SET default_table_access_method = ${literal(place.accessMethod)};`);
  }
  lines.push(...entry.create);
  if (entry.owner !== null) lines.push(`ALTER ${entry.address} OWNER TO ${ident(entry.owner)};`);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n\n`;
}

async function* copyBlock(reader: ArchiveReader, entry: TocEntry, data: TocData, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array | string> {
  const { columns, format } = data;
  if (format === "large-objects") return;
  const list = columns.length === 0 ? "" : ` ${columnList(columns.map(({ name }) => name))}`;
  yield `COPY ${qualified(data.schema, data.table)}${list} FROM stdin;\n`;
  const read = rowReader(format, columns);
  for (const chunk of reader.manifest.chunks) {
    if (chunk.entry !== entry.id) continue;
    for await (const rows of splitRows(format, reader.readChunk(chunk, { signal }))) yield read.copyText(rows);
  }
  yield "\\.\n\n";
}

const PIECE_HEADER_BYTES = 8;

/** Large objects as lo_put calls: their definitions stand among the other entries. */
async function* largeObjects(reader: ArchiveReader, entry: TocEntry, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const chunk = reader.manifest.chunks.find((one) => one.entry === entry.id);
  if (chunk === undefined) return;
  let pending = Buffer.alloc(0);
  let current = { oid: 0, at: 0 };
  for await (const bytes of reader.readChunk(chunk, { signal })) {
    pending = Buffer.concat([pending, bytes]);
    while (pending.length >= PIECE_HEADER_BYTES) {
      const [oid, length] = [pending.readUInt32BE(0), pending.readUInt32BE(4)];
      if (pending.length < PIECE_HEADER_BYTES + length) break;
      if (current.oid !== oid) current = { oid, at: 0 };
      if (length > 0) yield `SELECT pg_catalog.lo_put(${oid}, ${current.at}, '\\x${pending.toString("hex", PIECE_HEADER_BYTES, PIECE_HEADER_BYTES + length)}');\n`;
      current.at += length;
      pending = pending.subarray(PIECE_HEADER_BYTES + length);
    }
  }
}
