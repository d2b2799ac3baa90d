import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BINARY_HEADER, BINARY_TRAILER, binaryFields } from "../../src/values/copy-binary.ts";
import { textFields } from "../../src/values/copy-text.ts";
import { splitRows } from "../../src/values/rows.ts";
import type { RowFormat } from "../../src/values/rows.ts";
import { createDatabase } from "../helpers/database.ts";
import { serverCopy } from "./server-copy.ts";

async function* blocksOf(...blocks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* blocks;
}

async function rowsOf(format: RowFormat, ...blocks: readonly Uint8Array[]): Promise<readonly string[]> {
  const rows: string[] = [];
  for await (const batch of splitRows(format, blocksOf(...blocks))) rows.push(...batch.map((row) => Buffer.from(row).toString("hex")));
  return rows;
}

const COLUMNS = 3;
const QUERY = `values (1, null, 'plain'), (2, '', E'tab\\tbreak\\nslash\\\\ \\\\N'), (null, null, null), (4, E'\\\\.', 'ünï')`;

describe.each(["copy-text", "copy-binary"] as const)("%s", (format) => {
  const serverFormat = format === "copy-text" ? "text" : "binary";

  test("a stream cut anywhere gives the rows of the whole stream", async () => {
    await using database = await createDatabase();
    await using server = await serverCopy(database);
    const stream = await server.out(QUERY, serverFormat);
    const whole = await rowsOf(format, stream);

    const fields = format === "copy-text" ? textFields : binaryFields;
    const last = fields(Buffer.from(whole.at(-1) ?? "", "hex"), COLUMNS).map((field) => field && Buffer.from(field).toString());
    expect(last.slice(1)).toStrictEqual(["\\.", "ünï"]);
    expect(whole.length).toBe(4);

    for (let cut = 0; cut <= stream.length; cut++) expect(await rowsOf(format, stream.subarray(0, cut), stream.subarray(cut))).toStrictEqual(whole);
    expect(await rowsOf(format, ...Array.from(stream, (_, at) => stream.subarray(at, at + 1)))).toStrictEqual(whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(stream.length), { maxLength: 12 }), async (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const blocks = edges.slice(1).map((edge, index) => stream.subarray(edges[index], edge));
        expect(await rowsOf(format, ...blocks)).toStrictEqual(whole);
      }),
    );
  });

  test("a stream that ends early is damaged, wherever it ends inside of a row", async () => {
    await using database = await createDatabase();
    await using server = await serverCopy(database);
    const stream = await server.out(QUERY, serverFormat);
    for (let cut = 0; cut < stream.length; cut++) {
      // Text has no trailer: between two rows, only the count of rows can tell.
      if (format === "copy-text" && (cut === 0 || stream[cut - 1] === 0x0a)) continue;
      await expect(rowsOf(format, stream.subarray(0, cut))).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
    }
  });

  test("tables without columns and without rows have as many rows as they have", async () => {
    await using database = await createDatabase("create table nothing (); insert into nothing default values; insert into nothing default values;");
    await using server = await serverCopy(database);
    const two = await rowsOf(format, await server.out("table nothing", serverFormat));
    expect(two).toStrictEqual(format === "copy-text" ? ["", ""] : ["0000", "0000"]);
    expect((format === "copy-text" ? textFields : binaryFields)(Buffer.from(two[0] ?? "", "hex"), 0)).toStrictEqual([]);
    expect(await rowsOf(format, await server.out("select 1 where false", serverFormat))).toStrictEqual([]);
  });

  test("a row of many blocks is put together once", async () => {
    const block = Buffer.alloc(4096, "x");
    const blocks = Array.from({ length: 8192 }, () => block);
    const length = Buffer.alloc(6);
    length.writeInt16BE(1);
    length.writeInt32BE(blocks.length * block.length, 2);
    const stream = format === "copy-text" ? [...blocks, Buffer.from("\n")] : [BINARY_HEADER, length, ...blocks, BINARY_TRAILER];
    const lengths: number[] = [];
    const started = performance.now();
    for await (const batch of splitRows(format, blocksOf(...stream))) lengths.push(...batch.map((row) => row.length));
    expect(lengths).toStrictEqual([blocks.length * block.length + (format === "copy-text" ? 0 : 6)]);
    // Joining again for every block would copy 137 GB.
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

const binary = (...hex: readonly string[]): Buffer => Buffer.concat([BINARY_HEADER, ...hex.map((part) => Buffer.from(part, "hex"))]);

test.each([
  ["a foreign signature", Buffer.from("PGDMP-and-more-than-19-bytes")],
  ["a critical flag", Buffer.concat([BINARY_HEADER.subarray(0, 11), Buffer.from("0001000000000000ffff", "hex")])],
  ["rows of different widths", binary("0001ffffffff", "0002ffffffffffffffff", "ffff")],
  ["a negative width", binary("fffe")],
  ["a negative length", binary("0001fffffffe", "ffff")],
  ["a length beyond the server's limit", binary("00017fffffff")],
  ["bytes after the trailer", binary("ffff", "00")],
  ["another stream after the trailer", Buffer.concat([binary("ffff"), binary("ffff")])],
])("binary rows with %s are damaged", async (_, stream) => {
  await expect(rowsOf("copy-binary", stream)).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
  await expect(rowsOf("copy-binary", ...Array.from(stream, (__, at) => stream.subarray(at, at + 1)))).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
});

test("an extension of the binary header is skipped", async () => {
  const stream = Buffer.concat([BINARY_HEADER.subarray(0, 15), Buffer.from("00000003616263", "hex"), Buffer.from("0001ffffffffffff", "hex")]);
  for (let cut = 0; cut <= stream.length; cut++) expect(await rowsOf("copy-binary", stream.subarray(0, cut), stream.subarray(cut))).toStrictEqual(["0001ffffffff"]);
});

test("an end-of-data mark among text rows is damage: a COPY FROM would end there in silence", async () => {
  await expect(rowsOf("copy-text", Buffer.from("1\n\\.\n2\n"))).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
});

test.each(["0001", "0001000000", "000100000002ff", "0001ffffffff00", "0002ffffffff", ""])("binary fields that do not fill their row (%s) are damaged", (hex) => {
  expect(() => binaryFields(Buffer.from(hex, "hex"), 1)).toThrow(expect.objectContaining({ code: "ARCHIVE_DAMAGED" }));
});
