/** Reads some columns of a table's rows as texts. The others are not decoded: nobody wants an embedding for the id beside it. */
import type { ArchiveReader } from "../archive/reader.ts";
import { PgarkError } from "../errors.ts";
import { binaryFields } from "../values/copy-binary.ts";
import { textFields } from "../values/copy-text.ts";
import { splitRows } from "../values/rows.ts";
import { wireTypeOf } from "../values/types/registry.ts";
import { utf8 } from "../values/types/wire-type.ts";
import type { RowsEntry } from "./find-column.ts";

/** The texts of `names`, in their order, of each row in the archive's order, a block's rows together. Throws ARCHIVE_DAMAGED, UNSUPPORTED for a wire of a newer version. */
export async function* readColumns(reader: ArchiveReader, { id, data }: RowsEntry, names: readonly string[], signal: AbortSignal | undefined): AsyncGenerator<readonly (readonly (string | null)[])[]> {
  const pick = picker(data, names);
  for (const chunk of reader.manifest.chunks) {
    if (chunk.entry !== id) continue;
    for await (const rows of splitRows(data.format, reader.readChunk(chunk, { signal }))) yield rows.map(pick);
  }
}

function picker({ format, columns, schema, table }: RowsEntry["data"], names: readonly string[]): (row: Uint8Array) => readonly (string | null)[] {
  const wanted = names.map((name) => {
    const index = columns.findIndex((column) => column.name === name);
    const wire = columns[index]?.wire ?? null;
    const toText = format === "copy-text" ? utf8 : wire === null ? undefined : wireTypeOf(wire)?.toText;
    if (toText === undefined) throw new PgarkError("UNSUPPORTED", `expected a binary type that this version knows, found ${wire ?? "none"}`, { object: `column ${schema}.${table}.${name}` });
    return { index, toText };
  });
  const fieldsOf = format === "copy-text" ? textFields : binaryFields;
  return (row) => {
    const fields = fieldsOf(row, columns.length);
    return wanted.map(({ index, toText }) => {
      const field = fields[index] ?? null;
      return field === null ? null : toText(field);
    });
  };
}
