/**
 * How the fields of an archive's rows become the columns of a target's table. Made by drift.ts before the first
 * write; read by the loaders.
 */

export interface ColumnMap {
  /** The fields of each row, in the archive's order, with the type of the staging column that takes them as they are. */
  readonly fields: readonly Field[];
  /** The columns that get a value, in the target's order. Generated columns and those that take their default are not among them. */
  readonly columns: readonly MappedColumn[];
  /** A condition over the fields' names, for a table that was split off: rows that do not meet it are not this load's. */
  readonly where: string | null;
  /** Whether COPY can write the rows into the target's columns as they are: nothing left out, cast or filtered. */
  readonly direct: boolean;
}

export interface Field {
  /** The column's name in the archive. */
  readonly name: string;
  /** `format_type` text in the archive. */
  readonly type: string;
  /**
   * A type of the target that reads the field in the archive's format whatever the target's column has become: the
   * archive's type where the target knows it, `text` for COPY text otherwise; in binary, the built-in type of its wire.
   */
  readonly stagingType: string;
}

export interface MappedColumn {
  /** On the target. */
  readonly name: string;
  /** Whose value it takes: the name of a field. */
  readonly field: string;
  /** `TableColumn.bareType`. */
  readonly bareType: string;
  /** Whether the types are the same, so that no cast is needed. */
  readonly sameType: boolean;
  /**
   * Types that the value is cast through, the archive's first and the target's last; `["json", "jsonb"]`. The last one has
   * the target's modifier where the stored value would otherwise be another: `["numeric", "numeric(10,2)"]`. Empty with `sameType`.
   */
  readonly casts: readonly string[];
  /** Whether the cast can lose something in silence (numeric to integer, timestamp to date): the value must then come back equal. */
  readonly lossy: boolean;
}

/** SQL that turns `reference`, a field as it was staged, into what the target's column holds, of its bare type. */
export function castExpression(column: MappedColumn, reference: string): string {
  return castThrough(reference, column.casts);
}

/**
 * SQL that is true when the value is not the same any more after its casts; null where they lose nothing. The way back is
 * one cast. What a text is parsed into counts from there: `007` is 7. Values of types that are not the server's own have no
 * `=` that every search_path finds, so they are compared by image.
 */
export function lossyCheck(column: MappedColumn, reference: string): string | null {
  const { casts, lossy } = column;
  if (!lossy) return null;
  const last = casts.length - 1;
  const parsed = casts.findLastIndex((type, index) => index < last && (type === "text" || type === "text[]")) + 1;
  const first = parsed === last ? last - 1 : parsed;
  const type = casts[first]!;
  const before = castThrough(reference, casts.slice(0, first + 1));
  const after = castThrough(castThrough(reference, casts), [type]);
  return type.includes(".") ? `pg_catalog.record_image_ne(ROW(${before}), ROW(${after}))` : `(${before}) IS DISTINCT FROM (${after})`;
}

/** The target's columns as COPY must name them for a `direct` map: in the order of the archive's fields. */
export function directColumns({ fields, columns }: ColumnMap): readonly string[] {
  const byField = new Map(columns.map(({ name, field }) => [field, name]));
  return fields.flatMap(({ name }) => byField.get(name) ?? []);
}

function castThrough(reference: string, types: readonly string[]): string {
  return types.reduce((value, type) => `CAST(${value} AS ${type})`, reference);
}
