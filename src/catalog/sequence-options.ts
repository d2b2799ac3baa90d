/** What sequences have in common, whether they stand alone, serve a serial column or an identity column. */
import type { Key } from "./kind.ts";

/** The numbers are texts: they go up to 2^63, which a JavaScript number cannot hold. */
export interface SequenceOptions {
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle: boolean;
}

/** The column that a sequence serves. */
export interface SequenceColumn {
  readonly tableKey: Key;
  readonly tableSchema: string;
  readonly table: string;
  readonly column: string;
}

/** The fields of `SequenceOptions`, for queries with `pg_sequence s`. */
export const SEQUENCE_FIELDS = /* sql */ `s.seqstart::text as start,
    s.seqincrement::text as increment,
    s.seqmin::text as minimum,
    s.seqmax::text as maximum,
    s.seqcache::text as cache,
    s.seqcycle as cycle`;

/** The fields of `SequenceColumn`, for queries with `owningColumn`. */
export const SEQUENCE_COLUMN_FIELDS = /* sql */ `'pg_class/' || t.oid as "tableKey",
    tn.nspname as "tableSchema",
    t.relname as table,
    a.attname as column`;

/** The column that the sequence `c` depends on: `deptype` is 'a' for OWNED BY and 'i' for an identity column. */
export function owningColumn(deptype: "a" | "i"): string {
  return /* sql */ `join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.objsubid = 0
    and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjsubid > 0 and d.deptype = '${deptype}'
  join pg_catalog.pg_class t on t.oid = d.refobjid
  join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid`;
}

/** `START WITH 1 INCREMENT BY 1 …`, all of it: defaults are not the same for every type and direction. */
export function sequenceClauses(options: SequenceOptions): string {
  return [
    `START WITH ${options.start}`,
    `INCREMENT BY ${options.increment}`,
    `MINVALUE ${options.minimum}`,
    `MAXVALUE ${options.maximum}`,
    `CACHE ${options.cache}`,
    ...(options.cycle ? ["CYCLE"] : []),
  ].join(" ");
}
