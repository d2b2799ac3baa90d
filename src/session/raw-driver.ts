/**
 * A connection that takes and gives texts as the bytes they are (values/raw-text.ts): `pg` reads and writes UTF-8 only, and
 * would replace every other byte in silence. Rows are read here and handed to it decoded; statements and parameters
 * that hold such bytes are sent from here. Messages of errors stay pg's: there a byte may be replaced.
 */
import type { Duplex } from "node:stream";
import { bytesOfText, holdsBytes, textOfBytes } from "../values/raw-text.ts";
import { takeParser } from "./driver.ts";
import type { DriverConnection } from "./driver.ts";

const DATA_ROW = 0x44;
const HEADER_BYTES = 5;

/** What `pg` gives to `bind`. */
interface Bind {
  readonly portal?: string;
  readonly statement?: string;
  readonly values?: readonly unknown[];
  readonly valueMapper?: (value: unknown, index: number) => unknown;
}

/** Makes the connection do so from now on. To be called between statements. */
export function speakBytes(connection: DriverConnection): void {
  readRows(connection, connection.stream);
  const { query, parse, bind } = connection;
  connection.query = (sql) => {
    if (holdsBytes(sql)) send(connection, "Q", [cstring(sql)]);
    else query.call(connection, sql);
  };
  connection.parse = (statement) => {
    // Statements of ours have no names and leave the types of parameters to the server.
    if (holdsBytes(statement.text)) send(connection, "P", [cstring(""), cstring(statement.text), int16(0)]);
    else parse.call(connection, statement);
  };
  connection.bind = (config: Bind) => {
    const values = (config.values ?? []).map((value, index) => config.valueMapper?.(value, index) ?? null);
    if (values.some((value) => typeof value === "string" && holdsBytes(value))) send(connection, "B", bindMessage(config, values));
    else bind.call(connection, config);
  };
}

/** Takes DataRow messages out of the stream; everything else goes on to pg's parser. */
function readRows(connection: DriverConnection, stream: Duplex): void {
  const parse = takeParser(stream);
  let kept: Buffer = Buffer.alloc(0);
  stream.on("data", (some: Buffer) => {
    const bytes = kept.length === 0 ? some : Buffer.concat([kept, some]);
    let done = 0;
    let at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      if (bytes[at] === DATA_ROW) {
        if (at > done) parse(bytes.subarray(done, at));
        connection.emit("dataRow", { name: "dataRow", fields: fieldsOf(bytes, at + HEADER_BYTES) });
        done = end;
      }
      at = end;
    }
    // A message of which a part has come waits for the rest of it.
    if (at > done) parse(bytes.subarray(done, at));
    kept = bytes.subarray(at);
  });
}

function fieldsOf(bytes: Buffer, start: number): readonly (string | null)[] {
  let at = start + 2;
  return Array.from({ length: bytes.readUInt16BE(start) }, () => {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length === -1) return null;
    at += length;
    return textOfBytes(bytes.subarray(at - length, at));
  });
}

/** Every parameter as text, every result as text. */
function bindMessage({ portal, statement }: Bind, values: readonly unknown[]): readonly Buffer[] {
  const parameters = values.flatMap((value) => {
    if (value === null || value === undefined) return [int32(-1)];
    const bytes = Buffer.isBuffer(value) ? Buffer.from(`\\x${value.toString("hex")}`) : bytesOfText(String(value));
    return [int32(bytes.length), bytes];
  });
  return [cstring(portal ?? ""), cstring(statement ?? ""), int16(0), int16(values.length), ...parameters, int16(0)];
}

function send({ stream }: DriverConnection, type: string, parts: readonly Buffer[]): void {
  const body = Buffer.concat(parts);
  if (stream.writable) stream.write(Buffer.concat([Buffer.from(type), int32(body.length + 4), body]));
}

function cstring(text: string): Buffer {
  return Buffer.concat([bytesOfText(text), Buffer.alloc(1)]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
